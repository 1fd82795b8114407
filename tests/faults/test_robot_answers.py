"""F12: the finance system takes a row and its answer is lost, or takes it late, or would take it twice.

Times are scaled down; `make faults` (DIGILAB_FAULTS=full) waits the real minute.
"""

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Mouse

from keying.running import Runs
from robots.errors import AnswersLostError, FoundTwiceError
from robots.flows.expense_entry import ExpenseEntry
from servers.practice import PracticeServer, practice

FULL = os.environ.get("DIGILAB_FAULTS") == "full"
LATE, SETTLE = (60.0, 120.0) if FULL else (1.5, 3.0)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Synchronous(ExpenseEntry):
    """The same screen, known to write before it answers."""

    synchronous = True


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    """One system for this file; every test has a run of its own."""
    with practice(tmp_path_factory.mktemp("answers")) as started:
        yield started


@pytest.fixture
def runs(server: PracticeServer, tmp_path: Path, request: pytest.FixtureRequest) -> Runs:
    """A fresh ledger, and a system without faults."""
    server.no_faults()
    return Runs(server, tmp_path, f"A{zlib.crc32(request.node.name.encode()) % 10**6:06d}")


def test_an_answer_that_is_lost_is_found_by_searching(server: PracticeServer, runs: Runs) -> None:
    server.faults(lose_answer_at="2")
    ended = runs.key(3)
    assert ended.states == ["done", "done", "done"]
    assert ended.outcome.reason is None
    assert "trace" in ended.entries[2].evidence
    assert "trace" not in ended.entries[1].evidence
    assert [entry.attempt for entry in ended.entries.values()] == [1, 1, 1]


def test_a_request_that_is_lost_goes_to_a_person_and_is_never_sent_again(server: PracticeServer, runs: Runs) -> None:
    server.faults(lose_request_at="2")
    ended = runs.key(3)
    assert ended.states == ["done", "unknown", "done"]
    assert ended.entries[2].code == "not-arrived"
    again = runs.key(3)
    assert again.states == ["done", "unknown", "done"]
    assert again.count.states == {"done": 2, "unknown": 1}


def test_a_request_that_is_lost_is_sent_again_where_the_screen_is_synchronous(
    server: PracticeServer, runs: Runs
) -> None:
    server.faults(lose_request_at="2")
    ended = runs.key(3, robot=Synchronous())
    assert ended.states == ["done", "done", "done"]
    assert ended.entries[2].attempt == 2


def test_a_row_that_is_taken_late_is_found_after_the_settle_time(server: PracticeServer, runs: Runs) -> None:
    server.faults(accept_late_at="2", accept_late_s=LATE)
    ended = runs.key(3, settle=SETTLE)
    assert ended.states == ["done", "done", "done"]
    assert [entry.attempt for entry in ended.entries.values()] == [1, 1, 1]


def test_a_row_that_is_taken_after_the_settle_time_is_a_persons_and_stays_one(
    server: PracticeServer, runs: Runs
) -> None:
    server.faults(accept_late_at="2", accept_late_s=5)
    before = len(server.vouchers())
    ended = runs.key(3, settle=1.0)
    assert ended.states == ["done", "unknown", "done"]
    server.wait_for(before + 3)
    again = runs.key(3)
    assert again.states == ["done", "unknown", "done"]
    assert len(server.vouchers()) == before + 3


def test_a_mouse_that_bounces_presses_once(server: PracticeServer, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    server.faults(double_on_double_click=True)
    monkeypatch.setattr(Mouse, "click", Mouse.dblclick)
    ended = runs.key(3)
    assert ended.states == ["done", "done", "done"]
    assert server.counts["register"] == 3


def test_two_slips_of_one_reference_stop_the_run_and_hold_the_robot(tmp_path: Path) -> None:
    """R8."""
    with practice(tmp_path / "own", two_hits_at="2") as server:
        runs = Runs(server, tmp_path, "A000001")
        ended = runs.key(4, clean=False)
        assert isinstance(ended.outcome.reason, FoundTwiceError)
        assert ended.outcome.holds
        assert ended.states == ["done", "unknown", "ready", "ready"]
        assert ended.entries[2].code == "found-twice"
        assert len(server.vouchers()) == 3


def test_several_lost_answers_in_turn_end_the_run(server: PracticeServer, runs: Runs) -> None:
    server.faults(lose_request_at="*")
    ended = runs.key(6, settle=30.0)
    assert isinstance(ended.outcome.reason, AnswersLostError)
    assert ended.outcome.holds
    assert ended.states == ["sent", "sent", "sent", "ready", "ready", "ready"]
    server.no_faults()
    again = runs.key(6, settle=1.0)
    assert again.outcome.reason is None
    assert again.states == ["unknown", "unknown", "unknown", "done", "done", "done"]
