"""A finance system, a seat and a ledger in memory: for thousands of runs with every mixture of troubles and deaths."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar

from robots.columns import Column, ColumnType
from robots.errors import (
    BrowserLostError,
    FencedError,
    NotPressedError,
    SignInExpiredError,
    StoppedError,
    SystemUnavailableError,
)
from robots.ledger.contract import Entry, RowState
from robots.reference import split_reference
from robots.robot import Account, Receipt, Registered, Rejection, Robot


class Fate(StrEnum):
    """What happens to a row the first time."""

    TAKEN = "taken"
    ANSWER_LOST = "answer lost"
    REQUEST_LOST = "request lost"
    LATE = "late"
    TOO_LATE = "after the settle time"
    REFUSED = "refused after the click"
    REFUSED_AT_ONCE = "refused before the click"
    CUT = "cut by a field"
    EXPIRED = "sign-in ended"
    DOWN = "down before the click"
    LOST = "browser lost before the click"
    NOT_PRESSED = "not pressed"
    EXPIRED_AT_SEARCH = "sign-in ended at the search"
    NOT_LISTED = "not in the list at once"


SETTLE = 0.04


class DiedError(BaseException):
    """Raised when the process is dead: nothing of it does anything any more."""


@dataclass
class Life:
    """So many steps are left to the process; a death comes between two of them."""

    steps: int

    def step(self) -> None:
        """One more."""
        if self.steps <= 0:
            raise DiedError
        self.steps -= 1


@dataclass(frozen=True)
class Slip:
    """What the finance system took."""

    number: str
    reference: str
    amount: str
    due: float


@dataclass
class Finance:
    """The system. Knows nothing of who keys."""

    fates: dict[int, Fate]
    slips: list[Slip] = field(default_factory=list)
    clicks: Counter[int] = field(default_factory=Counter)
    met: set[int] = field(default_factory=set)
    """Rows whose fate has come already."""

    def fate(self, reference: str, *here: Fate) -> Fate:
        """The row's fate if it is one of these and comes now."""
        number = (split_reference(reference) or ("", 0))[1]
        fate = self.fates.get(number, Fate.TAKEN)
        if fate not in here or number in self.met:
            return Fate.TAKEN
        self.met.add(number)
        return fate

    def take(self, reference: str, amount: str, delay: float = 0.0) -> str:
        """Write a slip."""
        number = f"2026-{len(self.slips) + 1:06d}"
        self.slips.append(Slip(number, reference, amount, time.monotonic() + delay))
        return number

    def found(self, reference: str) -> list[Slip]:
        """Those that can be seen by now."""
        now = time.monotonic()
        return [slip for slip in self.slips if slip.reference == reference and slip.due <= now]


@dataclass
class Page:
    """What stands at a desk."""

    finance: Finance
    life: Life
    values: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""
    answer: Receipt | Rejection | None = None


class ModelRobot(Robot):
    """A flow over `Page`."""

    name = "model"
    title = "模型"
    version = "1"
    columns = (Column("amount", "金額", ColumnType.AMOUNT), Column("summary", "摘要"))
    key = ("summary",)
    amount = "amount"
    minutes_per_row = 1.0
    labels: ClassVar[Mapping[str, str]] = {
        "amount": "金額",
        "summary": "摘要",
        "reference": "整理番号",
        "receipt": "伝票番号",
    }
    button = "登録"

    async def sign_in(self, desk: Any, account: Account) -> None:  # noqa: ARG002 - the contract's
        desk.life.step()

    async def find(self, desk: Any, reference: str) -> Sequence[Registered]:
        desk.life.step()
        await asyncio.sleep(0)
        if desk.finance.fate(reference, Fate.EXPIRED_AT_SEARCH) is Fate.EXPIRED_AT_SEARCH:
            raise SignInExpiredError(found="ログイン")
        slips = desk.finance.found(reference)
        # A list that hides a slip for longer than the settle time is none that a robot can work with.
        young = any(slip.due > time.monotonic() - SETTLE / 2 for slip in slips)
        if young and desk.finance.fate(reference, Fate.NOT_LISTED) is Fate.NOT_LISTED:
            return []
        return [Registered(slip.number, slip.reference, {"amount": slip.amount}) for slip in slips]

    async def enter(self, desk: Any, values: Mapping[str, str], reference: str) -> Rejection | None:
        desk.life.step()
        await asyncio.sleep(0)
        fate = desk.finance.fate(reference, Fate.EXPIRED, Fate.DOWN, Fate.LOST, Fate.REFUSED_AT_ONCE)
        if fate is Fate.EXPIRED:
            raise SignInExpiredError(found="ログイン")
        if fate is Fate.DOWN:
            raise SystemUnavailableError(reason="HTTP 500")
        if fate is Fate.LOST:
            raise BrowserLostError(reason="crash")
        if fate is Fate.REFUSED_AT_ONCE:
            return Rejection("閉鎖月です。")
        desk.values, desk.reference, desk.answer = values, reference, None
        return None

    async def shown(self, desk: Any) -> Mapping[str, str]:
        desk.life.step()
        cut = desk.finance.fate(desk.reference, Fate.CUT) is Fate.CUT
        return {**desk.values, "reference": desk.reference} | ({"summary": desk.values["summary"][:2]} if cut else {})

    async def outcome(self, desk: Any) -> Receipt | Rejection | None:
        desk.life.step()
        answer: Receipt | Rejection | None = desk.answer
        return answer

    async def listed(self, desk: Any, run: str) -> Sequence[Registered]:
        desk.life.step()
        there = (slip for slip in desk.finance.slips if slip.due <= time.monotonic())
        mine = [slip for slip in there if slip.reference.startswith(f"DL{run}-")]
        return [Registered(slip.number, slip.reference, {"amount": slip.amount}) for slip in mine]


class Synchronous(ModelRobot):
    """Writes before it answers."""

    synchronous = True


class ModelSeat:
    """One context."""

    def __init__(self, finance: Finance, life: Life) -> None:
        self._finance = finance
        self._life = life
        self.entry = self.lookup = Page(finance, life)
        self._renew()

    def _renew(self) -> None:
        self.entry, self.lookup = Page(self._finance, self._life), Page(self._finance, self._life)

    async def sign_in(self) -> None:
        self._life.step()

    async def recover(self) -> None:
        self._life.step()
        self._renew()

    async def begin_trace(self, _values: Mapping[str, str]) -> None:
        self._life.step()

    async def end_trace(self, *, keep: bool) -> bytes | None:
        return b"zip" if keep else None

    async def picture(self) -> bytes:
        self._life.step()
        return b"jpg"

    async def aim(self, _button: str) -> None:
        self._life.step()

    async def press_last(self, _within: float) -> None:
        """A death comes before the request has left, after it, or after the answer."""
        page, finance = self.entry, self._finance
        number = (split_reference(page.reference) or ("", 0))[1]
        self._life.step()
        at_click = (Fate.NOT_PRESSED, Fate.REQUEST_LOST, Fate.ANSWER_LOST, Fate.LATE, Fate.TOO_LATE, Fate.REFUSED)
        fate = finance.fate(page.reference, *at_click)
        if fate is Fate.NOT_PRESSED:
            raise NotPressedError
        finance.clicks[number] += 1
        if fate is Fate.REFUSED:
            page.answer = Rejection("予算が足りません。")
        elif fate is not Fate.REQUEST_LOST:
            delay = {Fate.LATE: SETTLE / 2, Fate.TOO_LATE: SETTLE * 4}.get(fate, 0.0)
            page.answer = Receipt(finance.take(page.reference, page.values["amount"], delay))
        self._life.step()
        await asyncio.sleep(0)
        if fate in (Fate.REQUEST_LOST, Fate.ANSWER_LOST, Fate.LATE, Fate.TOO_LATE):
            page.answer = None
            raise SystemUnavailableError(reason="RemoteDisconnected")
        self._life.step()


class ModelBrowser:
    """Seats."""

    def __init__(self, finance: Finance, life: Life) -> None:
        self._finance = finance
        self._life = life

    @asynccontextmanager
    async def seat(self, *_given: object) -> AsyncIterator[ModelSeat]:
        self._life.step()
        yield ModelSeat(self._finance, self._life)


ALLOWED = {
    "intend": {RowState.READY},
    "withdraw": {RowState.INTENT},
    "resend": {RowState.SENT},
    "send": {RowState.INTENT},
    "done": {RowState.SENT, RowState.INTENT},
    "reject": {RowState.READY, RowState.INTENT, RowState.SENT},
    "doubt": {RowState.INTENT, RowState.SENT},
}


class ModelLedger:
    """The ledger's contract over a mapping that outlives the processes. A death comes before a commit or right after it."""

    def __init__(self, entries: dict[int, Entry], life: Life, stops: list[int] | None = None) -> None:
        self._entries = entries
        self._life = life
        self._stops = stops
        self.history: list[tuple[int, str]] = []

    def entries(self, numbers: Sequence[int]) -> dict[int, Entry]:
        self._life.step()
        return {number: self._entries[number] for number in numbers}

    def check(self) -> None:
        if self._life.steps <= 0:
            raise DiedError

    def intend(self, number: int, payload: str) -> Entry:
        self._stop()
        entry = self._entries[number]
        return self._move("intend", number, state=RowState.INTENT, attempt=entry.attempt + 1, payload=payload)

    def withdraw(self, number: int, code: str, evidence: Mapping[str, str]) -> None:
        self._move("withdraw", number, state=RowState.READY, code=code, evidence=dict(evidence))

    def resend(self, number: int, code: str) -> None:
        self._move("resend", number, state=RowState.READY, code=code)

    def send(self, number: int, evidence: Mapping[str, str]) -> float:
        self._stop()
        self._move("send", number, state=RowState.SENT, evidence=dict(evidence))
        return 60.0

    def done(self, number: int, receipt: str, evidence: Mapping[str, str]) -> None:
        self._move("done", number, state=RowState.DONE, receipt=receipt, evidence=dict(evidence))

    def reject(self, number: int, code: str, words: str, evidence: Mapping[str, str]) -> None:
        self._move("reject", number, state=RowState.REJECTED, code=code, words=words, evidence=dict(evidence))

    def doubt(self, number: int, code: str, words: str, evidence: Mapping[str, str]) -> None:
        self._move("doubt", number, state=RowState.UNKNOWN, code=code, words=words, evidence=dict(evidence))

    def _stop(self) -> None:
        if self._stops is not None:
            self._stops[0] -= 1
            if self._stops[0] <= 0:
                raise StoppedError

    def _move(self, verb: str, number: int, **changed: Any) -> Entry:
        self._life.step()
        if self._entries[number].state not in ALLOWED[verb]:
            raise FencedError
        self._entries[number] = replace(self._entries[number], **changed)
        self.history.append((number, verb))
        self._life.step()
        return self._entries[number]


class ModelShelf:
    """Keeps nothing."""

    def keep(self, name: str, _content: bytes) -> str:
        return name
