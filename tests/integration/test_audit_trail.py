"""Reading the audit trail, on SQLite and on PostgreSQL."""

from datetime import timedelta

import pytest

from digilab.access import audit
from digilab.access.audit import Wanted
from digilab.database.session import Database, now


@pytest.fixture
def trail(database: Database) -> Database:
    """Seven lines, one a minute, the latest of this moment."""
    with database.transaction() as session:
        moment = now(session)
        for number in range(7):
            audit.record(session, None, f"act-{number}", "thing", login="sato" if number % 2 else "ito", number=number)
            session.flush()
        for line in audit.newest(session, Wanted(), 7):
            line.at = moment - timedelta(minutes=6 - line.detail["number"])
    return database


def read(database: Database, wanted: Wanted, upto: int | None = None) -> list[list[int]]:
    """The numbers of the lines, page by page."""
    with database.reading() as session:
        last = audit.last(session) if upto is None else upto
        return [[line.detail["number"] for line in page] for page in audit.pages(session, wanted, last)]


def test_a_long_trail_is_read_in_pages_each_line_once_and_in_order(
    trail: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE", 3)
    assert read(trail, Wanted()) == [[0, 1, 2], [3, 4, 5], [6]]
    assert read(trail, Wanted(login="sato")) == [[1, 3, 5]]
    assert read(trail, Wanted(action="nobody-did")) == []


def test_days_logins_and_actions_choose_lines(trail: Database) -> None:
    with trail.reading() as session:
        third, fifth = (line.at for line in audit.newest(session, Wanted(), 7)[2:5:2])
    assert read(trail, Wanted(since=third, before=fifth)) == [[2, 3]]
    assert read(trail, Wanted(since=third, login="sato")) == [[3, 5]]
    assert read(trail, Wanted(action="act-4")) == [[4]]


def test_the_newest_lines_come_in_the_order_in_which_they_were_written(trail: Database) -> None:
    with trail.reading() as session:
        assert [line.action for line in audit.newest(session, Wanted(), 2)] == ["act-5", "act-6"]
        assert [line.action for line in audit.newest(session, Wanted(login="ito"), 2)] == ["act-4", "act-6"]


def test_what_is_written_while_the_trail_is_read_is_left_for_the_next_time(trail: Database) -> None:
    with trail.transaction() as session:
        upto = audit.last(session)
        audit.record(session, None, "later", "thing", number=7)
    assert read(trail, Wanted(), upto) == [[0, 1, 2, 3, 4, 5, 6]]


def test_an_empty_trail_has_no_last_line_and_no_pages(database: Database) -> None:
    with database.reading() as session:
        assert audit.last(session) == 0
        assert list(audit.pages(session, Wanted(), 100)) == []
