"""The runner's order and decisions against a finance system in memory: every mixture of troubles, deaths and stops."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keying.model import (
    SETTLE,
    DiedError,
    Fate,
    Finance,
    Life,
    ModelBrowser,
    ModelLedger,
    ModelRobot,
    ModelShelf,
    Synchronous,
)
from robots.assignment import Assignment, Outcome
from robots.errors import (
    AnswersLostError,
    FoundTwiceError,
    LedgerUnwritableError,
    StoppedError,
    SystemUnavailableError,
)
from robots.ledger.contract import FINAL, Entry, RowState
from robots.reference import reference
from robots.robot import Account, Registered
from robots.rows.records import Place as At
from robots.rows.records import Row
from robots.runner import run
from robots.session import Place

LIVES = 10**9


class Work:
    """A workbook, keyed by as many processes as it takes."""

    def __init__(self, fates: dict[int, Fate], contexts: int = 1, *, synchronous: bool = False) -> None:
        self.finance = Finance(fates)
        self.rows = [
            Row(number, At("a.xlsx"), {"amount": str(100 + number), "summary": f"件名{number}"}) for number in fates
        ]
        self.entries = {number: Entry(number, RowState.READY) for number in fates}
        self.robot = Synchronous() if synchronous else ModelRobot()
        self.contexts = contexts
        self.history: list[tuple[int, str]] = []
        self.progress: list[int] = []

    def key(
        self, steps: int = LIVES, stops: int | None = None, settle: float = SETTLE, *, look_first: bool = False
    ) -> Outcome | None:
        """One process; None when it died."""
        life = Life(steps)
        ledger = ModelLedger(self.entries, life, [stops] if stops is not None else None)
        assignment = Assignment(
            self.robot,
            Place("http://127.0.0.1"),
            Account("a", "b"),
            "RUN1",
            self.rows,
            self.contexts,
            settle,
            look_first,
            (0.0, 0.0, 0.0),
        )
        browser = cast(Any, ModelBrowser(self.finance, life))
        try:
            return asyncio.run(run(assignment, ledger, ModelShelf(), browser, self.progress.append))
        except DiedError:
            return None
        finally:
            self.history += ledger.history

    def finish(self) -> Outcome:
        """Processes that live, until every row is final or a person is needed."""
        for _ in range(20):
            outcome = self.key()
            assert outcome is not None
            if outcome.reason is None:
                return outcome
        raise AssertionError(outcome)

    def check(self) -> None:
        """No slip twice, nothing 登録済 that is not there, nobody asked for nothing, no click after a doubt."""
        while any(slip.due > time.monotonic() for slip in self.finance.slips):
            pass
        for row in self.rows:
            slips = [slip for slip in self.finance.slips if slip.reference == reference("RUN1", row.number)]
            entry = self.entries[row.number]
            assert len(slips) <= 1, (row.number, slips, self.history)
            if entry.state is RowState.DONE:
                assert [(slip.number, slip.amount) for slip in slips] == [(entry.receipt, row.values["amount"])]
            if entry.state is RowState.REJECTED:
                assert slips == []
            verbs = [verb for number, verb in self.history if number == row.number]
            assert not any(
                verbs.index(final) < len(verbs) - 1 for final in ("done", "doubt", "reject") if final in verbs
            )
            if not self.robot.synchronous:
                assert self.finance.clicks[row.number] <= 1


FATES = st.sampled_from(list(Fate))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    fates=st.lists(FATES, min_size=1, max_size=5),
    contexts=st.integers(1, 3),
    synchronous=st.booleans(),
    deaths=st.lists(st.integers(1, 60), max_size=4),
    stops=st.none() | st.integers(1, 8),
)
def test_whatever_happens_no_row_is_keyed_twice_and_none_is_called_done_that_is_not(
    fates: list[Fate], contexts: int, synchronous: bool, deaths: list[int], stops: int | None
) -> None:
    # A slip that comes after the settle time breaks the promise of a synchronous screen.
    fates = [Fate.ANSWER_LOST if synchronous and fate is Fate.TOO_LATE else fate for fate in fates]
    work = Work(dict(enumerate(fates, 1)), contexts, synchronous=synchronous)
    for steps in deaths:
        work.key(steps)
        work.check()
    if stops is not None:
        outcome = work.key(stops=stops)
        assert outcome is not None
        assert RowState.INTENT not in {entry.state for entry in work.entries.values()}
    outcome = work.finish()
    work.check()
    assert outcome.left == 0
    assert {entry.state for entry in work.entries.values()} <= FINAL


@pytest.mark.parametrize(
    ("fate", "state", "code"),
    [
        (Fate.TAKEN, "done", ""),
        (Fate.ANSWER_LOST, "done", ""),
        (Fate.REQUEST_LOST, "unknown", "not-arrived"),
        (Fate.LATE, "done", ""),
        (Fate.TOO_LATE, "unknown", "not-arrived"),
        (Fate.REFUSED, "rejected", "refused"),
        (Fate.REFUSED_AT_ONCE, "rejected", "refused"),
        (Fate.CUT, "rejected", "shown-differently"),
        (Fate.EXPIRED, "done", ""),
        (Fate.DOWN, "done", ""),
        (Fate.LOST, "done", ""),
        (Fate.NOT_PRESSED, "done", ""),
        (Fate.EXPIRED_AT_SEARCH, "done", ""),
        (Fate.NOT_LISTED, "done", ""),
    ],
)
def test_what_becomes_of_a_row(fate: Fate, state: str, code: str) -> None:
    work = Work({1: Fate.TAKEN, 2: fate, 3: Fate.TAKEN})
    assert work.finish().left == 0
    work.check()
    entry = work.entries[2]
    assert (str(entry.state), entry.code if state != "done" else "") == (state, code)
    assert [str(work.entries[number].state) for number in (1, 3)] == ["done", "done"]
    assert work.progress[0] == 0
    assert work.progress[-1] == 3
    assert work.progress == sorted(set(work.progress))


def test_the_intent_is_committed_before_the_screen_and_sent_before_the_click() -> None:
    work = Work({1: Fate.TAKEN, 2: Fate.EXPIRED, 3: Fate.NOT_PRESSED})
    work.finish()
    verbs = {number: [verb for row, verb in work.history if row == number] for number in (1, 2, 3)}
    assert verbs[1] == ["intend", "send", "done"]
    assert verbs[2] == ["intend", "withdraw", "intend", "send", "done"]
    assert verbs[3] == ["intend", "send", "resend", "intend", "send", "done"]


def test_a_row_is_not_sent_before_the_one_before_it_is_read_back() -> None:
    work = Work(dict.fromkeys(range(1, 6), Fate.TAKEN))
    find = work.robot.find

    async def slowly(desk: Any, name: str) -> Sequence[Registered]:
        await asyncio.sleep(0.02)  # until the next row is typed
        return await find(desk, name)

    work.robot.find = slowly  # type: ignore[method-assign]  # for this test alone
    work.finish()
    order = [(number, verb) for number, verb in work.history if verb in ("send", "done")]
    assert order == [(number, verb) for number in range(1, 6) for verb in ("send", "done")]


def test_a_synchronous_screen_is_asked_again_only_when_nothing_has_arrived() -> None:
    work = Work({1: Fate.REQUEST_LOST, 2: Fate.ANSWER_LOST}, synchronous=True)
    assert work.finish().done == 2
    assert work.finance.clicks == {1: 2, 2: 1}


def test_a_row_found_as_sent_waits_for_the_rest_of_the_settle_time() -> None:
    work = Work({1: Fate.TAKEN})
    work.entries[1] = Entry(1, RowState.SENT, 1, age=0.0)
    work.finance.take(reference("RUN1", 1), "101", delay=SETTLE / 2)
    assert work.finish().done == 1
    assert work.finance.clicks == {}


def test_a_row_found_as_intended_is_searched_for_before_it_is_keyed_again() -> None:
    work = Work({1: Fate.TAKEN, 2: Fate.TAKEN})
    for number in (1, 2):
        work.entries[number] = Entry(number, RowState.INTENT, 1)
    receipt = work.finance.take(reference("RUN1", 1), "101")
    assert work.finish().done == 2
    assert work.entries[1].receipt == receipt
    assert work.finance.clicks == {2: 1}


def test_a_slip_that_differs_is_a_persons() -> None:
    work = Work({1: Fate.TAKEN})
    work.entries[1] = Entry(1, RowState.SENT, 1, age=10)
    work.finance.take(reference("RUN1", 1), "999")
    assert work.finish().unknown == 1
    assert work.entries[1].code == "differs"
    assert "999" in work.entries[1].words


def test_two_slips_stop_the_run_and_hold_the_robot() -> None:
    work = Work({1: Fate.TAKEN, 2: Fate.TAKEN})
    work.entries[1] = Entry(1, RowState.SENT, 1, age=10)
    for _ in range(2):
        work.finance.take(reference("RUN1", 1), "101")
    outcome = work.key()
    assert outcome is not None
    assert isinstance(outcome.reason, FoundTwiceError)
    assert outcome.holds
    assert work.entries[1].code == "found-twice"


def test_what_goes_wrong_every_time_ends_the_run_with_the_row_ready() -> None:
    work = Work({1: Fate.TAKEN})

    async def down(*_given: object) -> None:
        raise SystemUnavailableError(reason="HTTP 503")

    work.robot.enter = down  # type: ignore[method-assign, assignment]  # for this test alone
    outcome = work.key()
    assert outcome is not None
    assert isinstance(outcome.reason, SystemUnavailableError)
    assert not outcome.holds
    assert str(work.entries[1].state) == "ready"
    assert [verb for _, verb in work.history] == ["intend", "withdraw"] * 4
    assert work.entries[1].evidence == {"trace": "0001-4-trace.zip"}


def test_rows_that_nobody_answers_for_end_the_run() -> None:
    work = Work(dict.fromkeys(range(1, 8), Fate.REQUEST_LOST))
    outcome = work.key(settle=5.0)
    assert outcome is not None
    assert isinstance(outcome.reason, AnswersLostError)
    assert [str(entry.state) for entry in work.entries.values()] == ["sent"] * 3 + ["ready"] * 4


def test_a_stop_leaves_no_intent_behind() -> None:
    work = Work(dict.fromkeys(range(1, 5), Fate.TAKEN), 2)
    outcome = work.key(stops=4)
    assert outcome is not None
    assert isinstance(outcome.reason, StoppedError)
    assert set(map(str, (entry.state for entry in work.entries.values()))) <= {"ready", "done", "sent"}


def test_a_ledger_that_knows_less_than_the_system_keys_nothing_that_is_there_already() -> None:
    work = Work(dict.fromkeys(range(1, 5), Fate.TAKEN))
    receipt = work.finance.take(reference("RUN1", 2), "102")
    work.finance.take(reference("RUN1", 3), "999")
    outcome = work.key(look_first=True)
    assert outcome is not None
    assert (outcome.done, outcome.unknown) == (3, 1)
    assert work.entries[2].receipt == receipt
    assert work.entries[3].code == "differs"
    assert work.finance.clicks == {1: 1, 4: 1}


def test_two_slips_of_a_ready_row_end_the_run_before_anything_is_keyed() -> None:
    work = Work(dict.fromkeys(range(1, 3), Fate.TAKEN))
    for _ in range(2):
        work.finance.take(reference("RUN1", 2), "102")
    outcome = work.key(look_first=True)
    assert outcome is not None
    assert isinstance(outcome.reason, FoundTwiceError)
    assert (str(work.entries[1].state), work.entries[2].code) == ("ready", "found-twice")
    assert work.finance.clicks == {}


def test_a_list_that_cannot_be_had_is_no_list_of_nothing() -> None:
    work = Work({1: Fate.TAKEN})

    async def away(*_given: object) -> Sequence[Registered]:
        raise SystemUnavailableError(reason="HTTP 503")

    work.robot.listed = away  # type: ignore[method-assign]  # for this test alone
    outcome = work.key(look_first=True)
    assert outcome is not None
    assert isinstance(outcome.reason, SystemUnavailableError)
    assert (str(work.entries[1].state), work.finance.clicks) == ("ready", {})


@pytest.mark.parametrize("verb", ["intend", "send", "done", "withdraw"])
def test_a_ledger_that_takes_nothing_more_ends_the_run_and_the_next_one_finds_out(
    verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(dict.fromkeys(range(1, 4), Fate.TAKEN))

    def full(*_given: object) -> None:
        raise LedgerUnwritableError(reason="database or disk is full")

    with monkeypatch.context() as filled:
        verbs = {
            "intend": ("intend", "withdraw"),
            "send": ("send", "withdraw", "resend", "done"),
            "done": ("done", "doubt"),
        }
        for each in verbs.get(verb, (verb,)):
            filled.setattr(ModelLedger, each, full)
        outcome = work.key()
    assert outcome is not None
    if verb != "withdraw":
        assert isinstance(outcome.reason, LedgerUnwritableError)
        assert sum(work.finance.clicks.values()) == (verb == "done")
        assert work.finish().done == 3
    work.check()
    assert work.finance.clicks == {1: 1, 2: 1, 3: 1}


def test_a_row_whose_last_picture_cannot_be_kept_is_read_back_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work(dict.fromkeys(range(1, 4), Fate.TAKEN))
    keep = ModelShelf.keep

    def full(shelf: ModelShelf, name: str, content: bytes) -> str:
        if name.endswith("result.jpg"):
            raise OSError(28, "No space left on device")
        return keep(shelf, name, content)

    monkeypatch.setattr(ModelShelf, "keep", full)
    with pytest.raises(OSError, match="No space"):
        work.key()
    assert [str(entry.state) for entry in work.entries.values()] == ["done", "ready", "ready"]
