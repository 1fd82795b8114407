"""The command line's ledger: its states, its unique keys, and who may write."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from robots.errors import FencedError, LedgerBusyError, LedgerUnreadableError, LedgerUnwritableError, StoppedError
from robots.ledger.contract import RowState
from robots.ledger.file import resume, stop
from robots.ledger.presence import Presence
from robots.ledger.sqlite import SqliteLedger, open_ledger
from robots.rows.records import Place, Row


def rows(count: int) -> list[tuple[Row, str]]:
    return [(Row(number, Place("a.xlsx"), {"amount": "1"}), f"key-{number}") for number in range(1, count + 1)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    with open_ledger(path, "robot", "RUN1") as opened:
        opened.enrol(rows(3))
        yield opened


def change_holder(path: Path, **changed: object) -> None:
    """As another process at another time would have left it."""
    with closing(sqlite3.connect(path)) as database, database:
        for name, value in changed.items():
            database.execute(f"UPDATE holders SET {name} = ?", (value,))  # noqa: S608 - names of this file


def take_over(path: Path) -> SqliteLedger:
    """Another process has the rows now."""
    change_holder(path, held=0)
    with open_ledger(path, "robot", "RUN1") as opened:
        return opened


def test_a_row_goes_from_ready_by_intent_and_sent_to_done(ledger: SqliteLedger) -> None:
    entry = ledger.intend(1, "hash")
    assert (entry.state, entry.attempt, entry.payload) == (RowState.INTENT, 1, "hash")
    assert 0 < ledger.send(1, {"confirmation": "a.jpg"}) <= 60
    ledger.done(1, "2026-1", {"result": "b.jpg"})
    entry = ledger.entries([1])[1]
    assert (entry.state, entry.receipt) == (RowState.DONE, "2026-1")
    assert entry.evidence == {"confirmation": "a.jpg", "result": "b.jpg"}


def test_every_step_is_added_to_the_events_and_none_can_be_changed(ledger: SqliteLedger, path: Path) -> None:
    ledger.intend(1, "hash")
    ledger.withdraw(1, "system-unavailable", {})
    ledger.intend(1, "hash")
    ledger.send(1, {})
    ledger.doubt(1, "not-arrived", "", {})
    with closing(sqlite3.connect(path)) as database:
        states = [state for (state,) in database.execute("SELECT state FROM events WHERE number = 1 ORDER BY id")]
        assert states == ["ready", "intent", "ready", "intent", "sent", "unknown"]
        with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
            database.execute("DELETE FROM events")
        with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
            database.execute("UPDATE events SET state = 'done'")


def test_a_full_disk_takes_nothing_by_halves_and_is_told(ledger: SqliteLedger) -> None:
    (pages,) = ledger._connection.execute("PRAGMA page_count").fetchone()
    ledger._connection.execute(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        while True:
            ledger.intend(1, "hash" * 50)
            ledger.withdraw(1, "system-unavailable" * 50, {})

    with pytest.raises(LedgerUnwritableError, match="full"):
        fill()
    before = ledger.entries([1])[1].state
    with pytest.raises(LedgerUnwritableError, match="full"):
        ledger.enrol(
            [(Row(number, Place("a.xlsx"), {"amount": "1"}), "key" * 99 + str(number)) for number in range(9, 60)]
        )
    assert ledger.entries([1])[1].state is before
    with pytest.raises(KeyError):
        ledger.entries([9])
    ledger._connection.execute(f"PRAGMA max_page_count = {pages + 100}")
    if before is RowState.INTENT:
        ledger.withdraw(1, "not-sent", {})
    ledger.intend(1, "hash")
    assert ledger.send(1, {}) > 0


def test_a_ledger_that_became_read_only_sends_nothing(ledger: SqliteLedger) -> None:
    ledger.intend(1, "hash")
    ledger._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(LedgerUnwritableError, match="readonly"):
        ledger.send(1, {})
    assert ledger.entries([1])[1].state is RowState.INTENT
    ledger._connection.execute("PRAGMA query_only = OFF")


def test_commits_wait_for_the_disk(ledger: SqliteLedger) -> None:
    connection = ledger._connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


@pytest.mark.parametrize("verb", ["send", "done", "withdraw", "resend", "doubt", "reject"])
def test_a_row_that_is_not_where_it_should_be_is_left_alone(ledger: SqliteLedger, verb: str) -> None:
    ledger.intend(1, "hash")
    ledger.send(1, {})
    ledger.done(1, "2026-1", {})
    arguments = {
        "send": ({},),
        "done": ("2026-2", {}),
        "withdraw": ("code", {}),
        "resend": ("code",),
        "doubt": ("code", "", {}),
        "reject": ("code", "", {}),
    }[verb]
    with pytest.raises(FencedError):
        getattr(ledger, verb)(1, *arguments)
    assert ledger.entries([1])[1].receipt == "2026-1"


def test_who_was_followed_can_write_nothing_any_more(ledger: SqliteLedger, path: Path) -> None:
    ledger.intend(1, "hash")
    ledger.intend(2, "hash")
    ledger.send(2, {})
    successor = take_over(path)
    assert successor.epoch == ledger.epoch + 1
    for verb, arguments in (
        ("check", ()),
        ("intend", (3, "hash")),
        ("withdraw", (1, "code", {})),
        ("send", (1, {})),
        ("resend", (2, "code")),
        ("done", (2, "2026-1", {})),
        ("doubt", (2, "code", "", {})),
        ("reject", (1, "code", "", {})),
    ):
        with pytest.raises(FencedError):
            getattr(ledger, verb)(*arguments)
    assert [str(entry.state) for entry in ledger.entries([1, 2, 3]).values()] == ["intent", "sent", "ready"]


def test_a_living_holder_is_let_alone_until_its_time_is_over(ledger: SqliteLedger, path: Path) -> None:
    with pytest.raises(LedgerBusyError) as raised, open_ledger(path, "robot", "RUN2"):
        pass
    assert raised.value.evidence["process"] == os.getpid()
    change_holder(path, until=Presence.clock() - 1)
    with open_ledger(path, "robot", "RUN2") as successor:
        assert successor.epoch == ledger.epoch + 1


@pytest.mark.parametrize(
    "changed",
    [{"process": 2**22 - 1}, {"started": "1"}, {"boot": "another"}],
    ids=["no process", "another one", "boot"],
)
def test_a_holder_that_is_dead_is_followed_at_once(
    ledger: SqliteLedger, path: Path, changed: dict[str, str | int]
) -> None:
    change_holder(path, presence=replace(Presence.here(), **changed).text())  # type: ignore[arg-type]  # fields by name
    with open_ledger(path, "robot", "RUN1") as successor:
        assert successor.epoch == ledger.epoch + 1


def test_a_holder_in_another_container_may_live_until_its_time_is_over(ledger: SqliteLedger, path: Path) -> None:
    change_holder(path, presence=replace(Presence.here(), process=1, started="1", space="pid:[1]").text())
    with pytest.raises(LedgerBusyError), open_ledger(path, "robot", "RUN1"):
        pass
    assert ledger.epoch == 1


def test_another_robot_has_a_holder_of_its_own(ledger: SqliteLedger, path: Path) -> None:
    with open_ledger(path, "other", "RUN2") as other:
        assert other.enrol(rows(1)) == []
    ledger.check()


def test_a_look_at_the_ledger_renews_the_lease(path: Path) -> None:
    with open_ledger(path, "robot", "RUN1", lease=60) as ledger:
        change_holder(path, until=Presence.clock() + 1)
        ledger.check()
        with closing(sqlite3.connect(path)) as database:
            (until,) = database.execute("SELECT until FROM holders").fetchone()
        assert until - Presence.clock() > 50


def test_a_stop_forbids_intents_and_sends_and_nothing_else(ledger: SqliteLedger, path: Path) -> None:
    ledger.intend(1, "hash")
    ledger.intend(2, "hash")
    ledger.send(2, {})
    stop(path, "a test")
    for verb, arguments in (("check", ()), ("intend", (3, "hash")), ("send", (1, {}))):
        with pytest.raises(StoppedError):
            getattr(ledger, verb)(*arguments)
    ledger.withdraw(1, "stopped", {})
    ledger.done(2, "2026-1", {})
    resume(path)
    ledger.check()
    ledger.intend(3, "hash")


def test_a_business_case_is_held_by_one_row(path: Path) -> None:
    with open_ledger(path, "robot", "RUN1") as ledger:
        first, second = rows(2)
        (claim,) = ledger.enrol([first, (second[0], first[1])])
        assert (claim.number, claim.run, claim.holder, claim.state) == (2, "RUN1", 1, RowState.READY)
        ledger.intend(1, "hash")
        ledger.send(1, {})
        ledger.done(1, "2026-1", {})
    with open_ledger(path, "robot", "RUN2") as ledger:
        (claim,) = ledger.enrol([first])
        assert (claim.run, claim.holder, claim.state, claim.receipt) == ("RUN1", 1, RowState.DONE, "2026-1")


def test_a_case_that_the_system_refused_may_come_again(path: Path) -> None:
    with open_ledger(path, "robot", "RUN1") as ledger:
        ledger.enrol(rows(1))
        ledger.reject(1, "refused", "閉鎖月", {})
    with open_ledger(path, "robot", "RUN2") as ledger:
        assert ledger.enrol(rows(1)) == []


def test_rows_that_are_in_already_stay_as_they_are(ledger: SqliteLedger) -> None:
    ledger.intend(1, "hash")
    assert ledger.enrol(rows(4)) == []
    assert [str(entry.state) for entry in ledger.entries([1, 4]).values()] == ["intent", "ready"]


def test_the_age_of_a_row_of_an_earlier_boot_is_never_overestimated(ledger: SqliteLedger, path: Path) -> None:
    ledger.intend(1, "hash")
    ledger.send(1, {})
    with closing(sqlite3.connect(path)) as database, database:
        # The clock of that boot stood far ahead of ours.
        database.execute("UPDATE rows SET boot = 'earlier', changed = 1e9 WHERE number = 1")
    assert ledger.entries([1])[1].age <= Presence.clock()
    assert ledger.entries([2])[2].age < 60


@pytest.mark.parametrize("content", [b"no database at all, but long enough to look like one" * 10, b""])
def test_a_file_that_is_no_ledger_is_refused_and_an_empty_one_is_made_one(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    if content:
        with pytest.raises(LedgerUnreadableError), open_ledger(path, "robot", "RUN1"):
            pass
        assert path.read_bytes() == content
    else:
        with open_ledger(path, "robot", "RUN1") as ledger:
            ledger.check()


def test_another_database_is_not_turned_into_a_ledger(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE addresses (name TEXT)")
    with pytest.raises(LedgerUnreadableError), open_ledger(path, "robot", "RUN1"):
        pass


def test_a_case_that_was_never_sent_moves_to_the_file_that_was_put_right(path: Path) -> None:
    with open_ledger(path, "robot", "RUN1") as ledger:
        ledger.enrol(rows(3))
        ledger.intend(2, "hash")
        ledger.withdraw(2, "interrupted", {})
        ledger.intend(3, "hash")
        ledger.send(3, {})
    with open_ledger(path, "robot", "RUN2") as ledger:
        (claim,) = ledger.enrol(rows(3))
        assert (claim.number, claim.state) == (3, RowState.SENT)
        assert [str(entry.state) for entry in ledger.entries([1, 2]).values()] == ["ready", "ready"]
        assert ledger.half_way() == {"RUN1": 1}
    with open_ledger(path, "robot", "RUN1") as ledger:
        assert ledger.enrol(rows(3)) == []
        entries = ledger.entries([1, 2])
        assert [(str(entry.state), entry.code) for entry in entries.values()] == [("rejected", "moved")] * 2
        with pytest.raises(FencedError):
            ledger.intend(1, "hash")
