"""The engine's robots come into the record, and what the lab has set of them stays."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.access.records import Audit
from digilab.database.session import Database
from digilab.errors import RobotEngineError
from digilab.store.contract import Store
from digilab.targets import engine
from digilab.targets.bring import bring
from digilab.targets.engine import Facts
from digilab.targets.records import Target
from digilab.targets.use import hold, set_up, target_named

FACTS: dict[str, Any] = {
    "name": "expense_entry",
    "title": "支出命令登録",
    "version": "1",
    "money": True,
    "synchronous": False,
    "amount": "amount",
    "minutes_per_row": 0.9,
    "columns": [{"name": "amount", "heading": "金額", "type": "amount", "secret": False, "longest": 12}],
}


pytestmark = pytest.mark.usefixtures("told")


class Engine:
    """The engine's command, and what it tells."""

    def __init__(self, folder: Path) -> None:
        shutil.copyfile(Path(__file__).with_name("engine.py"), folder / "engine.py")
        self._file = folder / "facts.json"
        self.tells([FACTS])

    def tells(self, facts: object) -> None:
        self._file.write_text(json.dumps(facts), "utf-8")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    folder = tmp_path / "engine"
    folder.mkdir()
    monkeypatch.setattr(engine, "ENGINE", (sys.executable, str(folder / "engine.py")))
    return Engine(folder)


@pytest.fixture
def added() -> list[str]:
    """Robots for which the rest of the house was furnished."""
    return []


def brought(database: Database, store: Store, added: list[str]) -> list[str]:
    def furnish(_session: Session, target: Target, facts: Facts) -> None:
        assert target.id
        added.append(f"{target.robot} {facts.minutes_per_row:g}")

    return bring(database, store, "admin", furnish)


def only(database: Database) -> Target:
    with database.reading() as session:
        return session.scalars(select(Target)).one()


def content(store: Store, target: Target) -> str:
    with store.open(target.template["key"]) as blocks:
        return b"".join(blocks).decode()


def test_a_new_robot_comes_with_its_columns_and_template_and_is_not_set_up(
    database: Database, store: Store, added: list[str]
) -> None:
    assert brought(database, store, added) == ["expense_entry"]
    target = only(database)
    assert (target.title, target.version, target.money, target.url, target.held) == (
        "支出命令登録",
        "1",
        True,
        "",
        None,
    )
    assert (target.contexts, target.most_rows, target.windows) == (2, 500, [])
    assert target.columns == FACTS["columns"]
    assert content(store, target) == "template expense_entry 1"
    assert target.template["name"] == "支出命令登録_1.xlsx"
    assert added == ["expense_entry 0.9"]
    with database.reading() as session:
        [line] = session.scalars(select(Audit))
    assert (line.login, line.action, line.detail["version"]) == ("admin", "robot-bring", "1")


def test_a_robot_that_is_known_is_not_brought_in_again(
    database: Database, folder_store: Store, added: list[str]
) -> None:
    brought(database, folder_store, added)
    before = only(database).template
    assert brought(database, folder_store, added) == []
    assert only(database).template == before
    assert len(list(folder_store.keys("robots/"))) == 1
    assert len(added) == 1


def test_another_version_changes_what_the_engine_tells_and_nothing_that_the_lab_has_set(
    database: Database, folder_store: Store, told: Engine, added: list[str]
) -> None:
    brought(database, folder_store, added)
    with database.transaction() as session:
        target = target_named(session, "expense_entry")
        set_up(
            session,
            target,
            "cli:tanaka",
            url="https://zaimu.example/",
            contexts=4,
            most_yen=5,
            windows=["mon-fri 08:30-22:00"],
        )
        target.screens = {"menu": ["支出命令入力"]}
        hold(session, target, "screen-changed", {"ja": "画面が変わりました。", "en": "The screen has changed."})
    told.tells([{**FACTS, "version": "2", "columns": [], "title": "支出命令"}])
    assert brought(database, folder_store, added) == ["expense_entry"]
    target = only(database)
    assert (target.version, target.columns, target.title) == ("2", [], "支出命令")
    assert content(folder_store, target) == "template expense_entry 2"
    assert [listed.key for listed in folder_store.keys("robots/")] == [target.template["key"]]
    assert (target.url, target.contexts, target.most_yen) == ("https://zaimu.example", 4, 5)
    assert target.windows == [{"days": "mon-fri", "from": "08:30", "to": "22:00"}]
    assert target.screens == {"menu": ["支出命令入力"]}
    assert target.held is not None
    assert len(added) == 1


def test_a_robot_that_the_engine_has_no_more_stays_with_its_history(
    database: Database, folder_store: Store, told: Engine, added: list[str]
) -> None:
    brought(database, folder_store, added)
    told.tells([])
    assert brought(database, folder_store, added) == []
    assert only(database).robot == "expense_entry"


def test_where_furnishing_fails_nothing_is_left(database: Database, folder_store: Store) -> None:
    def furnish(_session: Session, _target: Target, _facts: Facts) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        bring(database, folder_store, "admin", furnish)
    with database.reading() as session:
        assert session.scalars(select(Target)).all() == []
    assert list(folder_store.keys("robots/")) == []


@pytest.mark.parametrize(
    "facts",
    [
        "No module named robots",
        {"robots": []},
        [{**FACTS, "name": "../passwd"}],
        [{**FACTS, "minutes_per_row": 0}],
        [{**FACTS, "minutes_per_row": "NaN"}],
        [{**FACTS, "columns": [{"name": "amount"}]}],
        [{key: value for key, value in FACTS.items() if key != "money"}],
    ],
)
def test_an_engine_that_cannot_be_asked_is_told_in_words_and_nothing_changes(
    sqlite: Database, folder_store: Store, told: Engine, added: list[str], facts: object
) -> None:
    told.tells(facts)
    with pytest.raises(RobotEngineError) as failed:
        brought(sqlite, folder_store, added)
    assert failed.value.evidence["reason"]
    assert added == []


def test_a_flow_that_does_not_say_whether_it_moves_money_is_taken_to_move_it(told: Engine) -> None:
    told.tells([{**FACTS, "money": None}])
    [facts] = engine.robots()
    assert facts.money
    assert not facts.synchronous


def test_an_engine_that_takes_too_long_is_ended(
    monkeypatch: pytest.MonkeyPatch, sqlite: Database, folder_store: Store, added: list[str]
) -> None:
    monkeypatch.setattr(engine, "SECONDS", 0.01)
    with pytest.raises(RobotEngineError):
        brought(sqlite, folder_store, added)
