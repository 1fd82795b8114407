"""Robots: one loop and one browser for all tests of a module, a practice system without faults for each test."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, ClassVar

import pytest

from robots.columns import Column
from robots.desk import Desk
from robots.practice import master
from robots.robot import Account, Receipt, Registered, Rejection, Robot
from robots.session import Browser, Place, Seat, open_browser
from servers.practice import LOGIN, PASSWORD, PracticeServer, practice

WHO = Account(LOGIN, PASSWORD)
CREDITOR = master.creditors()["0000000101"]
PAID_TO = {
    "bank": CREDITOR.bank,
    "branch": CREDITOR.branch,
    "account_kind": CREDITOR.kind,
    "account_number": CREDITOR.number,
    "account_holder": CREDITOR.holder,
    "pay_on": "2026-11-30",
    "amount": "12345",
}
EXPENSE = {
    "fiscal_year": "2026",
    "department": "010100",
    "account": "01",
    "kan": "02",
    "kou": "01",
    "moku": "01",
    "setsu": "10",
    "creditor": CREDITOR.code,
    "creditor_name": CREDITOR.name,
    "summary": "事務用品",
    **PAID_TO,
}
"""A row that the practice system takes."""
TRANSFER = dict(PAID_TO)


class NoSystem(Robot):
    """Works at pages that a test writes: no sign-in, no search."""

    name = "no_system"
    title = "試験"
    version = "1"
    columns: ClassVar[tuple[Column, ...]] = (Column("account_number", "口座番号", secret=True),)
    key = ("account_number",)
    amount = "account_number"
    minutes_per_row = 1.0
    labels: ClassVar[Mapping[str, str]] = {"account_number": "口座番号", "reference": "摘要", "receipt": "伝票番号"}
    button = "登録"

    async def sign_in(self, desk: Desk, _: Account) -> None:
        await desk.open("/start", "開始")

    async def find(self, *_: object) -> Sequence[Registered]:
        return ()

    async def enter(self, *_: object) -> Rejection | None:
        return None

    async def outcome(self, _: Desk) -> Receipt | Rejection | None:
        return None

    async def listed(self, *_: object) -> Sequence[Registered]:
        return ()


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """Of the module: a browser belongs to the loop that started it."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def work(loop: asyncio.Runner) -> Callable[[Awaitable[Any]], Any]:
    """Runs what a test awaits."""

    async def awaited(given: Awaitable[Any]) -> Any:
        return await given

    return lambda given: loop.run(awaited(given))


@pytest.fixture(scope="module")
def chromium(loop: asyncio.Runner) -> Iterator[Browser]:
    """A browser."""
    stack = AsyncExitStack()
    yield loop.run(stack.enter_async_context(open_browser()))
    loop.run(stack.aclose())


@pytest.fixture
def seat_at(loop: asyncio.Runner, chromium: Browser) -> Iterator[Callable[..., Seat]]:
    """Opens seats: robot, address and how patient; they are left after the test."""
    stack = AsyncExitStack()

    def opened(robot: Robot, url: str, timeout: float = 10.0, who: Account = WHO) -> Seat:
        return loop.run(stack.enter_async_context(chromium.seat(robot, Place(url, timeout), who)))

    yield opened
    loop.run(stack.aclose())


@pytest.fixture(scope="module")
def practice_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    """One system for the module."""
    with practice(tmp_path_factory.mktemp("practice")) as server:
        yield server


@pytest.fixture
def finance(practice_system: PracticeServer) -> Iterator[PracticeServer]:
    """The practice system without faults."""
    practice_system.no_faults()
    yield practice_system
    practice_system.no_faults()
