"""`digilab glossary …`: a roster comes in, is looked at, transferred, written out and taken away."""

import os
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import select

from digilab.access.people import add_department
from digilab.access.records import Audit
from digilab.database.session import Database
from digilab.glossary import sheet, use
from digilab.services.menu import add_service
from digilab.services.rules import Kind
from integration.test_command_line import Command
from servers.digilab_up import DIGILAB
from servers.postgresql import until_one_waits

ROSTER = "用語,種類\n髙橋一郎,人名\n佐藤花子,人名\n"


@pytest.fixture
def roster(tmp_path: Path, record: Database) -> Path:
    """A roster as an old spreadsheet saves it, for a department that there is."""
    with record.transaction() as session:
        add_department(session, "gikai", "議会事務局")
    path = tmp_path / "名簿.csv"
    path.write_bytes(ROSTER.encode("cp932"))
    return path


def test_a_roster_is_tried_brought_in_and_listed(house: Command, record: Database, roster: Path) -> None:
    tried = house("glossary", "import", roster, "--department", "gikai", "--trial")
    assert "加える 2" in tried.out
    assert house("glossary", "list").out == ""
    done = house("glossary", "import", roster, "--department", "gikai")
    assert (done.code, "加えた 2" in done.out) == (0, True)
    lines = [line.split("\t") for line in house("glossary", "list", "--kind", "person").out.splitlines()]
    assert [(line[0], line[3], line[5]) for line in lines] == [
        ("髙橋一郎", "gikai", "期限なし"),
        ("佐藤花子", "gikai", "期限なし"),
    ]
    with record.reading() as session:
        [row] = session.scalars(select(Audit).where(Audit.action == "glossary-import"))
    assert (row.subject, row.detail["added"]) == ("名簿.csv", 2)


def test_the_yearly_transfer_is_one_command(house: Command, roster: Path, tmp_path: Path) -> None:
    house("glossary", "import", roster, "--department", "gikai")
    new = tmp_path / "新名簿.csv"
    new.write_text("用語,種類\n髙橋一郎,人名\n渡邉三郎,人名\n", "utf-8")
    done = house("glossary", "import", new, "--department", "gikai", "--from", "令和9年5月1日")
    assert "加えた 1、改めた 0、終えた 1、変わらない 1" in done.out
    before = house("glossary", "list", "--day", "2027-04-30").out
    after = house("glossary", "list", "--day", "2027/5/1").out
    assert [line.split("\t")[0] for line in before.splitlines()] == ["髙橋一郎", "佐藤花子"]
    assert [line.split("\t")[0] for line in after.splitlines()] == ["髙橋一郎", "渡邉三郎"]
    copy = tmp_path / "控え.csv"
    assert "3語" in house("glossary", "export", "-o", copy).out
    assert "変わらない 3" in house("glossary", "import", copy).out
    assert house("glossary", "export", "-o", copy).code == 1


def test_every_faulty_line_is_told_and_nothing_is_taken(house: Command, roster: Path) -> None:
    roster.write_text("用語,種類,有効開始\n山本,役職,\n田中,人名,いつか\n佐藤,人名,\n", "utf-8")
    refused = house("glossary", "import", roster)
    assert refused.code == 1
    assert "2行目: 種類「役職」" in refused.err
    assert "3行目: 日付「いつか」" in refused.err
    assert house("glossary", "list").out == ""


def test_a_term_that_somebody_else_takes_away_meanwhile_is_told_as_unknown(
    settings: Path, postgresql: Database, postgresql_url: str
) -> None:
    with postgresql.transaction() as session:
        add_service(session, slug="minutes", kind=Kind.TRANSCRIPTION, name="会議録")
        use.bring_in(session, sheet.read_entries(ROSTER.encode()))
    environment = {**os.environ, "DIGILAB_DATABASE__URL": postgresql_url, "DIGILAB_DATA": str(settings)}
    command = [DIGILAB, "glossary", "remove", "佐藤花子"]
    with postgresql.transaction() as session:
        use.alone(session)
        use.remove(session, use.named(session, "佐藤花子"))
        second = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        until_one_waits(postgresql)
    _, told = second.communicate(timeout=60)
    assert (second.returncode, "佐藤花子" in told, "Traceback" in told) == (1, True, False)
    with postgresql.reading() as session:
        assert session.scalars(select(Audit.action)).all() == []


def test_a_term_is_taken_away_by_its_spelling(house: Command, roster: Path) -> None:
    house("glossary", "import", roster)
    assert "1件" in house("glossary", "remove", "佐藤花子").out
    assert house("glossary", "remove", "佐藤花子").code == 1
    assert house("glossary", "list", "--day", "きのう").code == 1
    assert house("glossary", "import", roster, "--department", "nowhere").code == 1
