"""`digilab audit …`: the trail that so many pages promise can be read, and who read it stands in it."""

import csv
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from digilab.access import audit
from digilab.access.records import Audit
from digilab.database.session import Database
from integration.test_command_line import Command


def rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.reader(opened))


@pytest.fixture
def trail(house: Command, record: Database) -> Command:
    """A house in which something happened, the first of it long ago."""
    house("department", "add", "010", "総務課")
    house("user", "add", "sato", "佐藤", "010")
    house("department", "add", "=SUM(A1)", "計算")
    with record.transaction() as session:
        old = session.scalars(select(Audit).order_by(Audit.id)).first()
        assert old is not None
        # Half an hour into the first of April where the office is; the day before in UTC.
        old.at = datetime(2025, 3, 31, 15, 30, tzinfo=UTC)
    return house


def test_the_newest_lines_are_listed_with_who_did_what_and_to_what(trail: Command) -> None:
    listed = [line.split("\t") for line in trail("audit", "list").out.splitlines()]
    assert [(line[1].partition(":")[0], line[2], line[3], line[4]) for line in listed] == [
        ("admin", "first-start", "admin", "ok"),
        ("cli", "department-add", "010", "ok"),
        ("cli", "user-add", "sato", "ok"),
        ("cli", "department-add", "=SUM(A1)", "ok"),
    ]
    assert listed[0][0] == "2025-04-01 00:30:00"
    assert listed[1][6] == '{"name": "総務課"}'
    assert [line.split("\t")[2] for line in trail("audit", "list", "--count", "1").out.splitlines()] == ["audit-list"]


def test_lines_are_chosen_by_day_login_and_action(trail: Command) -> None:
    def actions(*words: str) -> list[str]:
        return [line.split("\t")[2] for line in trail("audit", "list", *words).out.splitlines()]

    assert actions("--to", "2025-04-01") == ["first-start"]
    assert actions("--from", "2025-04-01", "--to", "2025-04-01") == ["first-start"]
    assert actions("--to", "2025-03-31") == []
    assert actions("--action", "user-add") == ["user-add"]
    assert actions("--login", "admin") == ["first-start"]
    assert actions("--from", "2025-04-02", "--action", "department-add") == ["department-add"] * 2
    for day in ("0001-01-01", "9999-12-31", "yesterday"):
        assert trail("audit", "list", "--from", day).code == 2
        assert trail("audit", "list", "--to", day).code == 2


def test_the_trail_is_exported_whole_page_by_page_and_no_cell_is_a_formula(
    trail: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE", 3)
    file = tmp_path / "監査.csv"
    assert "4 件" in trail("audit", "export", "-o", file).out
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    [head, *lines] = rows(file)
    assert head == ["番号", "日時", "利用者", "接続元", "操作", "対象", "結果", "詳細"]
    assert [line[0] for line in lines] == ["1", "2", "3", "4"]
    assert lines[0][1] == "2025-04-01T00:30:00.000+09:00"
    assert lines[3][5] == "'=SUM(A1)"


def test_who_looked_at_the_trail_stands_in_it(trail: Command, record: Database, tmp_path: Path) -> None:
    trail("audit", "list", "--login", "sato")
    trail("audit", "export", "-o", tmp_path / "a.csv", "--from", "2026-04-01")
    with record.reading() as session:
        read = session.scalars(select(Audit).where(Audit.action.like("audit-%")).order_by(Audit.id)).all()
        assert [(line.login.partition(":")[0], line.action, line.subject, line.detail) for line in read] == [
            ("cli", "audit-list", "audit", {"lines": 0, "whose": "sato"}),
            ("cli", "audit-export", "a.csv", {"since": "2026-04-01"}),
        ]


def test_an_export_overwrites_nothing_and_one_that_fails_leaves_nothing(
    trail: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("something else")
    assert trail("audit", "export", "-o", tmp_path / "a.csv").err.startswith("[file-unusable]")
    assert (tmp_path / "a.csv").read_text() == "something else"
    monkeypatch.setenv("DIGILAB_DATABASE__URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    assert trail("audit", "export", "-o", tmp_path / "b.csv").err.startswith("[database-unreachable]")
    assert not (tmp_path / "b.csv").exists()
