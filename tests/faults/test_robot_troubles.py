"""F13: the sign-in ends, maintenance, 500, what the system objects to, changed screens, notices. And the stop that a person presses."""

import os
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from keying.rows import expense_rows
from keying.running import Runs
from robots.errors import (
    ScreenChangedError,
    SignInRefusedError,
    StoppedError,
    SystemUnavailableError,
    WrongScreenError,
)
from robots.flows.expense_entry import ExpenseEntry
from robots.ledger.file import resume, stop
from servers.practice import PracticeServer, practice

FULL = os.environ.get("DIGILAB_FAULTS") == "full"
EXPIRES, ROWS = (37, 40) if FULL else (4, 6)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    """One system for this file; every test has a run of its own."""
    with practice(tmp_path_factory.mktemp("troubles")) as started:
        yield started


@pytest.fixture
def runs(server: PracticeServer, tmp_path: Path, request: pytest.FixtureRequest) -> Runs:
    """A fresh ledger, and a system without faults."""
    server.no_faults()
    return Runs(server, tmp_path, f"T{zlib.crc32(request.node.name.encode()) % 10**6:06d}")


@pytest.fixture
def sign_ins(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every sign-in by a robot."""
    done: list[str] = []
    sign_in = ExpenseEntry.sign_in

    async def counted(self: ExpenseEntry, desk: object, account: object) -> None:
        done.append("")
        await sign_in(self, desk, account)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(ExpenseEntry, "sign_in", counted)
    return done


def test_a_sign_in_that_ends_is_made_anew_once_and_the_row_keyed_once(
    server: PracticeServer, runs: Runs, sign_ins: list[str]
) -> None:
    server.faults(expire_at=f"{EXPIRES}")
    ended = runs.key(ROWS)
    assert ended.states == ["done"] * ROWS
    assert len(sign_ins) == 2
    assert ended.entries[EXPIRES].attempt == 2


def test_a_sign_in_that_ends_at_the_click_leaves_the_row_to_a_person(
    server: PracticeServer, runs: Runs, sign_ins: list[str]
) -> None:
    server.faults(expire_at="2:register")
    ended = runs.key(3)
    assert ended.states == ["done", "unknown", "done"]
    assert len(sign_ins) == 2


def test_maintenance_ends_the_run_and_the_next_one_goes_on(server: PracticeServer, runs: Runs) -> None:
    runs.on_progress = lambda final: server.faults(maintenance=True) if final == 2 else None
    ended = runs.key(6)
    assert isinstance(ended.outcome.reason, SystemUnavailableError)
    assert not ended.outcome.holds
    assert {"intent"} & set(ended.states) == set()
    runs.on_progress = lambda _: None
    server.no_faults()
    again = runs.key(6)
    assert again.outcome.reason is None
    assert set(again.states) <= {"done", "unknown"}
    assert again.states.count("unknown") <= 1


def test_a_server_error_before_the_click_is_tried_again_and_after_it_never(server: PracticeServer, runs: Runs) -> None:
    server.faults(error500_at="2:open")
    assert runs.key(2).states == ["done", "done"]
    server.faults(error500_at="1:register")
    assert runs.key(3).states == ["done", "done", "unknown"]
    server.faults(error500_at="1:committed")
    ended = runs.key(4)
    assert ended.states == ["done", "done", "unknown", "done"]
    assert ended.entries[4].attempt == 1


def test_what_the_system_objects_to_is_refused_in_its_words_and_the_next_row_goes_on(runs: Runs) -> None:
    rows = expense_rows(3)
    rows[1] = replace(rows[1], values={**rows[1].values, "creditor_name": "株式会社別人"})
    ended = runs.key(rows)
    assert ended.states == ["done", "rejected", "done"]
    assert ended.entries[2].code == "refused"
    assert "債権者名" in ended.entries[2].words
    assert "refusal" in ended.entries[2].evidence


def test_a_field_that_cuts_a_value_is_seen_before_the_click(server: PracticeServer, runs: Runs) -> None:
    server.faults(cut_field="口座名義:5")
    ended = runs.key(2)
    assert ended.states == ["rejected", "rejected"]
    assert ended.entries[1].code == "shown-differently"
    assert "口座名義" in ended.entries[1].words
    assert ended.entries[1].words.isascii() is False
    assert expense_rows(1)[0].values["account_holder"] not in ended.entries[1].words
    assert server.counts["register"] == 0


def test_a_changed_label_stops_the_run_before_anything_is_typed(server: PracticeServer, runs: Runs) -> None:
    before = len(server.vouchers())
    server.faults(rename_label="支払予定日=支払日")
    ended = runs.key(3)
    assert isinstance(ended.outcome.reason, ScreenChangedError)
    assert ended.outcome.holds
    assert "支払予定日" in ended.outcome.reason.sentence()
    assert ended.states == ["ready", "ready", "ready"]
    assert len(server.vouchers()) == before


@pytest.mark.parametrize("fault", [{"popup_at": "2"}, {"dialog_at": "2"}, {"popup_at": "2:check"}], ids=str)
def test_a_notice_in_between_is_met_with_a_fresh_page(
    server: PracticeServer, runs: Runs, fault: dict[str, str]
) -> None:
    server.faults(**fault)
    assert runs.key(3).states == ["done", "done", "done"]


def test_a_notice_that_stays_stops_the_run_and_nothing_is_typed_into_it(server: PracticeServer, runs: Runs) -> None:
    before = len(server.vouchers())
    server.faults(popup_at="*")
    ended = runs.key(2)
    assert isinstance(ended.outcome.reason, WrongScreenError)
    assert ended.states == ["ready", "ready"]
    assert len(server.vouchers()) == before


def test_a_password_that_is_refused_is_tried_once(runs: Runs, sign_ins: list[str]) -> None:
    ended = runs.key(2, password="wrong", contexts=2)
    assert isinstance(ended.outcome.reason, SignInRefusedError)
    assert ended.outcome.holds
    assert len(sign_ins) == 1
    assert ended.states == ["ready", "ready"]


def test_a_notice_about_the_password_is_for_a_person(server: PracticeServer, runs: Runs) -> None:
    server.faults(password_notice=5)
    ended = runs.key(1)
    assert isinstance(ended.outcome.reason, WrongScreenError)
    assert "パスワード" in ended.outcome.reason.sentence()


def test_a_stop_ends_the_run_within_seconds_and_a_resume_goes_on(server: PracticeServer, runs: Runs) -> None:
    server.faults(slow_ms=300)
    pressed: list[float] = []

    def press(final: int) -> None:
        if final == 2:
            stop(runs.path, "a test")
            pressed.append(time.monotonic())

    runs.on_progress = press
    ended = runs.key(6, contexts=2)
    seconds = time.monotonic() - pressed[0]
    assert isinstance(ended.outcome.reason, StoppedError)
    assert seconds < 5
    assert "intent" not in ended.states
    assert ended.outcome.left > 0
    runs.on_progress = lambda _: None
    server.no_faults()
    resume(runs.path)
    again = runs.key(6, contexts=2)
    assert again.states == ["done"] * 6
