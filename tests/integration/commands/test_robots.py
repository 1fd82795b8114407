"""`digilab robots …`: from nothing to a robot that may work, stop, hold, and a password that is seen nowhere."""

import io
import json
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from digilab.access.records import Audit
from digilab.config import Settings
from digilab.database.session import Database
from digilab.hours.records import Baseline
from digilab.services.menu import service_of
from digilab.services.rules import Kind
from digilab.targets import engine
from digilab.targets.use import hold, target_named, targets
from digilab.vault import use as vault
from integration.targets.conftest import LOGIN, PASSWORD
from integration.targets.test_bringing_robots_in import FACTS
from integration.test_command_line import Command

URL = "https://zaimu.example.lg.jp"
NAME = "expense_entry"


@pytest.fixture
def robots(facts: Path, house: Command) -> Command:
    """A house with one robot that nobody has set up."""
    assert facts.is_file()
    return house


def typed(monkeypatch: pytest.MonkeyPatch, text: str = f"{PASSWORD}\n") -> None:
    """What is piped in."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def audit(record: Database) -> list[tuple[str, str]]:
    with record.reading() as session:
        lines = session.scalars(select(Audit).order_by(Audit.id))
        return [(line.action, line.subject) for line in lines if line.login.startswith("cli:")]


def test_a_house_starts_with_the_engines_robots_and_an_entry_that_is_closed(robots: Command, record: Database) -> None:
    listed = robots("robots", "list").out
    assert listed.splitlines()[0].split("\t") == [NAME, "支出命令登録", "1", "支払あり", "URL未設定"]
    assert "未登録" in listed
    with record.reading() as session:
        service = service_of(session, "expense-entry")
        [baseline] = session.scalars(select(Baseline).where(Baseline.service_id == service.id))
    assert (service.kind, service.open, service.options) == (Kind.ROBOT.value.name, False, {"robot": NAME})
    assert (baseline.minutes_per_unit, baseline.unit, baseline.approved_at) == (0.9, "row", None)


def test_a_robot_is_set_up_from_nothing(
    robots: Command, record: Database, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = robots(
        *("robots", "set", NAME, "--url", f"{URL}/", "--contexts", "1", "--most-rows", "200"),
        *(
            "--most-yen",
            "50000000",
            "--settle-seconds",
            "90",
            "--window",
            "月-金 8:30-22:00",
            "--window",
            "sat 9:00-12:00",
        ),
    )
    assert done.code == 0, done.err
    assert "業務メニュー expense-entry の受付を始めました" in done.out
    assert "mon-fri 08:30-22:00; sat 09:00-12:00" in done.out
    assert "50,000,000 円" in done.out
    robots("department", "add", "210", "会計課")
    typed(monkeypatch)
    sealed = robots(
        *("robots", "credential", "set", NAME, "--login", LOGIN),
        *("--department", "210", "--expires", "2099-03-31"),
    )
    assert sealed.code == 0, sealed.err
    assert "vault.key" in sealed.out
    shown = robots("robots", "credential", "show").out
    assert "会計課" in shown
    assert "2099-03-31" in shown
    with record.reading() as session:
        opened = vault.credential(session, Settings(data=settings), target_named(session, NAME))
    assert tuple(opened) == (LOGIN, PASSWORD)
    for told in (done, sealed):
        assert PASSWORD not in told.out + told.err
    assert LOGIN not in shown
    assert audit(record) == [
        ("robot-set", NAME),
        ("service-open", "expense-entry"),
        ("department-add", "210"),
        ("credential-set", NAME),
    ]


def test_an_entry_that_was_closed_later_stays_closed(robots: Command, record: Database) -> None:
    robots("robots", "set", NAME, "--url", URL)
    robots("services", "close", "expense-entry")
    robots("robots", "set", NAME, "--contexts", "3")
    with record.reading() as session:
        assert not service_of(session, "expense-entry").open


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--url", "zaimu"), "target-url-malformed"),
        (("--url", f"https://{LOGIN}:himitsu@zaimu.example/"), "target-url-credentials"),
        (("--contexts", "0"), "target-number"),
        (("--window", "nights"), "target-window"),
    ],
)
def test_what_cannot_be_set_is_refused_in_words(
    robots: Command, record: Database, arguments: tuple[str, ...], code: str
) -> None:
    refused = robots("robots", "set", NAME, *arguments)
    assert refused.code == 1
    assert refused.err.startswith(f"[{code}]")
    assert "himitsu" not in refused.err
    assert audit(record) == []


def test_unknown_robots_are_refused_before_a_password_is_asked_for(
    robots: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "")
    assert robots("robots", "credential", "set", "payroll", "--login", "x").err.startswith("[target-unknown]")
    assert robots("robots", "hold", "payroll", "--reason", "点検").err.startswith("[target-unknown]")


def test_service_hours_can_be_taken_away(robots: Command) -> None:
    robots("robots", "set", NAME, "--window", "mon 00:00-00:01")
    assert "稼働時間: mon 00:00-00:01" in robots("robots", "list").out
    assert "いつでも" in robots("robots", "set", NAME, "--always").out
    assert robots("robots", "set", NAME, "--always", "--window", "mon 9:00-10:00").code == 2


def test_a_password_is_no_argument(robots: Command) -> None:
    assert robots("robots", "credential", "set", NAME, "--login", "x", "--password", "y").code == 2


def test_an_empty_password_is_refused(robots: Command, monkeypatch: pytest.MonkeyPatch, settings: Path) -> None:
    typed(monkeypatch, "\n")
    assert robots("robots", "credential", "set", NAME, "--login", "x").err.startswith("[credential-malformed]")
    assert not (settings / "vault.key").exists()


def test_the_key_changes_and_the_credential_still_opens(
    robots: Command, record: Database, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch)
    robots("robots", "credential", "set", NAME, "--login", LOGIN)
    before = (settings / "vault.key").read_bytes()
    rotated = robots("robots", "credential", "rotate-key")
    assert rotated.code == 0, rotated.err
    assert "1 件" in rotated.out
    assert (settings / "vault.key").read_bytes() != before
    with record.reading() as session:
        assert vault.credential(session, Settings(data=settings), target_named(session, NAME))[1] == PASSWORD
    assert robots("robots", "credential", "remove", NAME).code == 0
    assert robots("robots", "credential", "remove", NAME).err.startswith("[credential-missing]")
    assert [action for action, _ in audit(record)] == ["credential-set", "credential-rotate-key", "credential-remove"]


def test_all_robots_are_stopped_and_let_go_on(robots: Command, record: Database, settings: Path) -> None:
    assert robots("robots", "stop").code == 2
    stopped = robots("robots", "stop", "--reason", "財務システムの表示がおかしい")
    assert stopped.code == 0, stopped.err
    assert f"sqlite:///{settings / 'digilab.sqlite'}" in stopped.out, "which of two houses was stopped"
    assert "財務システムの表示がおかしい" in robots("robots", "list").out
    assert "[NG] robots" in robots("doctor").out
    assert robots("robots", "resume", "--reason", "確認済み").code == 0
    assert "停止中" not in robots("robots", "list").out
    assert audit(record) == [("robots-stop", "robot"), ("robots-resume", "robot")]


def test_one_robot_is_held_and_lifted_with_a_reason(robots: Command, record: Database) -> None:
    assert robots("robots", "hold", NAME, "--reason", "年度切替の確認中").code == 0
    assert "年度切替の確認中" in robots("robots", "list").out
    assert robots("robots", "lift", NAME).code == 2
    assert robots("robots", "lift", NAME, "--reason", " ").err.startswith("[reason-missing]")
    assert robots("robots", "lift", NAME, "--reason", "切替を確認した").code == 0
    assert "保留" not in robots("robots", "list").out
    assert audit(record) == [("robot-hold", NAME), ("robot-lift", NAME)]


def test_the_template_is_taken_out_once_and_only_whole(
    robots: Command, record: Database, settings: Path, tmp_path: Path
) -> None:
    file = tmp_path / "rows.xlsx"
    assert robots("robots", "template", NAME, "-o", file).code == 0
    assert file.read_text("utf-8") == f"template {NAME} 1"
    assert robots("robots", "template", NAME, "-o", file).err.startswith("[file-unusable]")
    with record.reading() as session:
        key = target_named(session, NAME).template["key"]
    (settings / "files" / "kept" / key).write_text("damaged", "utf-8")
    assert robots("robots", "template", NAME, "-o", tmp_path / "two.xlsx").err.startswith("[stored-file-damaged]")
    assert not (tmp_path / "two.xlsx").exists()


def test_a_new_version_of_a_robot_is_brought_in_by_hand(robots: Command, facts: Path) -> None:
    robots("robots", "set", NAME, "--url", URL)
    facts.write_text(json.dumps([{**FACTS, "version": "2"}]), "utf-8")
    assert NAME in robots("robots", "refresh").out
    listed = robots("robots", "list").out.splitlines()[0].split("\t")
    assert (listed[2], listed[4]) == ("2", URL)
    facts.write_text(json.dumps("No module named robots"), "utf-8")
    failed = robots("robots", "refresh")
    assert failed.err.startswith("[robot-engine]")
    assert "No module named robots" in failed.err


def test_a_house_without_the_engine_starts_all_the_same(
    facts: Path, digilab: Command, caplog: pytest.LogCaptureFixture
) -> None:
    facts.write_text(json.dumps("No module named robots"), "utf-8")
    assert digilab("db", "upgrade").code == 0
    assert "No module named robots" in caplog.text


def test_the_robots_of_the_distribution_come_with_workbooks_that_can_be_filled_in(
    digilab: Command, record: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(engine, "ENGINE", (sys.executable, "-P", "-m", "robots"))
    assert digilab("db", "upgrade").code == 0
    with record.reading() as session:
        found = {target.robot: target for target in targets(session)}
        entries = {slug: service_of(session, slug) for slug in ("expense-entry", "bank-transfer")}
    assert found.keys() == {"expense_entry", "bank_transfer"}
    assert {service.options["robot"] for service in entries.values()} == found.keys()
    for name, target in found.items():
        assert target.money
        assert any(column["secret"] for column in target.columns), "account numbers are masked"
        file = tmp_path / f"{name}.xlsx"
        assert digilab("robots", "template", name, "-o", file).code == 0
        headings = {cell.value for row in load_workbook(file).worksheets[0].iter_rows() for cell in row}
        assert {column["heading"] for column in target.columns} <= {str(text).rstrip("*※ ") for text in headings}
    assert digilab("robots", "refresh").out.strip().endswith("-")


# --- doctor -------------------------------------------------------------------------------------------------


def lines(command: Command) -> dict[str, str]:
    """What doctor says of each thing."""
    said = command("doctor").out.splitlines()
    return {line[5:].partition(":")[0]: line for line in said if line.startswith("[")}


def test_a_house_without_robots_in_use_needs_neither_browser_nor_key(
    robots: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGILAB_ROBOTS__BROWSER", "/nowhere/chromium")
    told = lines(robots)
    for name in ("browser", "vault", "robots", f"robot {NAME}"):
        assert told[name].startswith("[OK]"), told[name]


def test_doctor_says_what_is_missing_from_a_robot_in_use(
    robots: Command, record: Database, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    robots("robots", "set", NAME, "--url", URL)
    assert "credential set" in lines(robots)[f"robot {NAME}"]
    typed(monkeypatch)
    robots("robots", "credential", "set", NAME, "--login", LOGIN, "--expires", "2020-03-31")
    assert "2020-03-31" in lines(robots)[f"robot {NAME}"]
    typed(monkeypatch)
    robots("robots", "credential", "set", NAME, "--login", LOGIN)
    told = lines(robots)
    assert told[f"robot {NAME}"] == f"[OK] robot {NAME}: {URL}"
    assert told["vault"].startswith("[OK]")
    assert told["browser"].startswith("[OK]")
    with record.transaction() as session:
        hold(session, target_named(session, NAME), "screen-changed", {"ja": "画面が変わりました。", "en": "Changed."})
    (settings / "vault.key").chmod(0o644)
    monkeypatch.setenv("DIGILAB_ROBOTS__BROWSER", "/nowhere/chromium")
    told = lines(robots)
    assert "画面が変わりました。" in told[f"robot {NAME}"]
    assert "chmod 600" in told["vault"]
    assert "/nowhere/chromium" in told["browser"]
    assert robots("doctor").code == 1


# --- recorded screens ---------------------------------------------------------------------------------------

SCREEN = {"heading": "支出命令入力", "labels": [], "fields": [], "headings": [], "buttons": ["確認"]}
RECORD = {"robot": NAME, "version": "1", "screens": [SCREEN, {**SCREEN, "heading": "支出命令確認"}]}


def test_screens_that_a_person_has_looked_at_are_accepted_and_given_up_again(
    robots: Command, record: Database, tmp_path: Path
) -> None:
    file = tmp_path / "screens.json"
    file.write_text(json.dumps(RECORD), "utf-8")
    assert robots("robots", "screens", NAME, file).code == 2
    done = robots("robots", "screens", NAME, file, "--reason", "改修後の画面を財政課と確かめた")
    assert done.code == 0, done.err
    assert "2 画面" in done.out
    with record.reading() as session:
        kept = target_named(session, NAME).screens
    assert kept is not None
    assert kept["screens"] == RECORD["screens"]
    assert "受け入れたもの(版 1)" in robots("robots", "list").out
    assert robots("robots", "screens", NAME, "--shipped", "--reason", "画面が元に戻った").code == 0
    with record.reading() as session:
        assert target_named(session, NAME).screens is None
    assert robots("robots", "screens", NAME, file, "--shipped", "--reason", "x").code == 2
    assert audit(record) == [("robot-screens", NAME)] * 2


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"screens": []}',
        json.dumps({**RECORD, "robot": "bank_transfer"}),
        json.dumps({**RECORD, "version": "2"}),
        json.dumps({**RECORD, "screens": []}),
        json.dumps({**RECORD, "screens": [{"heading": "支出命令入力"}]}),
        json.dumps({**RECORD, "screens": [{**SCREEN, "labels": "金額"}]}),
        "[" * 100_000,
        json.dumps(RECORD) + " " * 1024 * 1024,
    ],
)
def test_what_is_no_record_of_the_robots_screens_is_refused(
    robots: Command, record: Database, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "screens.json"
    file.write_text(content, "utf-8")
    assert robots("robots", "screens", NAME, file, "--reason", "確認済み").err.startswith("[screens-refused]")
    with record.reading() as session:
        assert target_named(session, NAME).screens is None
