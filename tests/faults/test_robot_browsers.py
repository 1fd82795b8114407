"""F14: the browser dies, a page crashes, closing hangs; and F3 for robots: a process that was stopped wakes up when its time is over."""

import asyncio
import http.client
import os
import signal
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Error

from keying.child import BUSY, FINISHED, LEFT, STOPS, Order
from keying.killed import counted, keyers
from keying.running import Runs, own_browsers
from robots.desk import Desk
from robots.flows.expense_entry import ExpenseEntry
from servers.practice import PracticeServer, practice

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    """One system for this file; every test has a run of its own."""
    with practice(tmp_path_factory.mktemp("browsers")) as started:
        yield started


@pytest.fixture
def runs(server: PracticeServer, tmp_path: Path, request: pytest.FixtureRequest) -> Runs:
    """A fresh ledger, and a system without faults."""
    server.no_faults()
    return Runs(server, tmp_path, f"B{zlib.crc32(request.node.name.encode()) % 10**6:06d}")


def kill_browsers() -> None:
    """As the system does when memory is short: the first process of each."""
    for pid in own_browsers():
        os.kill(pid, signal.SIGKILL)


async def crash_page(desk: Desk) -> None:
    """The page's own process dies; the browser lives."""
    session = await desk.page.context.new_cdp_session(desk.page)
    try:
        await asyncio.wait_for(session.send("Page.crash"), 2)
    except (Error, TimeoutError):
        return


def at_confirmation(monkeypatch: pytest.MonkeyPatch, row: int, happens: Callable[[Desk], object]) -> None:
    """Have something happen when the row's confirmation page is read."""
    shown, times = ExpenseEntry.shown, iter(range(1, 100))

    async def troubled(self: ExpenseEntry, desk: Desk) -> Mapping[str, str]:
        if next(times) == row:
            found = happens(desk)
            if asyncio.iscoroutine(found):
                await found
            # What has died is noticed by the next verb, not by what was read before.
            await desk.look("/menu", "メニュー")
        return await shown(self, desk)

    monkeypatch.setattr(ExpenseEntry, "shown", troubled)


@pytest.mark.parametrize("contexts", [1, 2])
def test_a_browser_that_is_killed_before_the_click_is_started_again_and_the_row_goes_on(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, contexts: int
) -> None:
    async def kill_once_nothing_is_on_its_way(_: Desk) -> None:
        # With two, the other row may be at its click, which nobody can tell of afterwards: it would be a person's, and rightly.
        while await asyncio.to_thread(runs.on_their_way):
            await asyncio.sleep(0.02)  # a ledger on disk tells nobody of its changes
        kill_browsers()

    at_confirmation(monkeypatch, 2, kill_once_nothing_is_on_its_way)
    ended = runs.key(4, contexts=contexts)
    assert ended.outcome.reason is None
    assert ended.states == ["done"] * 4
    assert max(entry.attempt for entry in ended.entries.values()) == 2


def test_a_browser_that_is_killed_while_the_answer_is_awaited_leaves_one_slip(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    getresponse, times = http.client.HTTPConnection.getresponse, iter(range(1, 100))

    def killing(self: http.client.HTTPConnection) -> http.client.HTTPResponse:
        if next(times) == 2:
            kill_browsers()
        return getresponse(self)

    monkeypatch.setattr(http.client.HTTPConnection, "getresponse", killing)
    ended = runs.key(3)
    assert ended.outcome.reason is None
    assert ended.states == ["done"] * 3
    assert [entry.attempt for entry in ended.entries.values()] == [1, 1, 1]


def test_a_page_that_crashes_is_replaced_and_the_row_goes_on(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    at_confirmation(monkeypatch, 2, crash_page)
    ended = runs.key(3, timeout=3.0)
    assert ended.outcome.reason is None
    assert ended.states == ["done"] * 3


def test_a_context_that_does_not_close_is_killed_by_process_id(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hanging(*_context: BrowserContext, **_options: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(BrowserContext, "close", hanging)
    at_confirmation(monkeypatch, 2, crash_page)
    begun = time.monotonic()
    ended = runs.key(3, timeout=3.0)
    assert ended.states == ["done"] * 3
    assert time.monotonic() - begun < 60
    assert own_browsers() == []


@pytest.mark.parametrize("step", STOPS)
def test_a_process_that_wakes_up_after_its_time_presses_nothing_any_more(
    server: PracticeServer, tmp_path: Path, step: str
) -> None:
    """SIGSTOP at the worst moments: before `sent` is committed, between that and the click, at the wire."""
    server.no_faults()
    order = Order(
        url=server.url,
        folder=str(tmp_path),
        run=f"Z{zlib.crc32(step.encode()) % 10**6:06d}",
        first=1,
        count=3,
        lease=2.0,
        settle=2.0,
    )
    before = len(server.vouchers())
    with keyers(tmp_path) as first, keyers(tmp_path) as second:
        stopped = first.start(Order(**{**vars(order), "step": step, "at": 2}))
        until = time.monotonic() + 60
        while not is_stopped(stopped):
            assert time.monotonic() < until
        while (status := second.key(order)) == BUSY:
            # Its time is not over yet.
            assert time.monotonic() < until
        assert status == FINISHED
        known = counted(server, tmp_path / "ledger.sqlite", order.run, 1, 3)
        os.kill(stopped, signal.SIGCONT)
        assert first.status() == LEFT
    found = counted(server, tmp_path / "ledger.sqlite", order.run, 1, 3)
    assert (found.duplicates, found.false_done, found.foreign) == ([], [], [])
    assert found.states == known.states
    # Of what was marked as sent and never pressed nobody but a person may say so.
    assert found.states == ({"done": 3} if step == "stop-before-send" else {"done": 2, "unknown": 1})
    assert len(server.vouchers()) - before == found.states["done"]


def is_stopped(process: int) -> bool:
    """Whether it was stopped by a signal."""
    return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "T"
