"""One station's work: row after row to the last button, once through it, and on to the next while the last one is read back.

The order of the steps is the safety of the whole thing; docs/developers/robot-runner.md says why each stands where it stands.
"""

import asyncio
from contextlib import suppress

from robots.comparing import differing, told
from robots.errors import FencedError, NotPressedError, RunError, SignInExpiredError, StoppedError, WrongScreenError
from robots.pile import Pile
from robots.robot import Receipt, Rejection
from robots.rows.key import payload_hash
from robots.rows.records import Row
from robots.settling import Settler
from robots.station import Station

CLICK = 10.0
"""Seconds that a click may take at most, however long the right to the rows lasts: the settle time counts from the ledger's `send`."""
ANSWER = 10.0
"""Seconds after the page that follows the click within which it must say what became of the row."""


class Keyer:
    """Keys rows at one station until none is left."""

    def __init__(self, pile: Pile, settler: Settler, station: Station) -> None:
        self._pile = pile
        self._settler = settler
        self._station = station
        self._robot = pile.assignment.robot
        self._evidence: dict[str, str] = {}

    async def key(self) -> None:
        """Row after row; ends with the run."""
        with self._pile.free():
            while (row := await self._pile.next()) is not None:
                await self._key(row)

    async def _key(self, row: Row) -> None:
        """A row, tried again while it is certain that it was not sent."""
        self._evidence = {}
        expired = False
        for wait in (*self._pile.assignment.backoff, None):
            repairs = self._station.repairs
            try:
                await self._station.ready()
                repairs = self._station.repairs
                await self._settler.room()
                await self._attempt(row, repairs)
                return
            except (FencedError, StoppedError):
                raise
            except RunError as error:
                await self._pile.withdraw(row, error.code, self._evidence)
                self._station.notice(error, repairs)
                again = isinstance(error, SignInExpiredError)
                if error.holds or wait is None or (again and expired):
                    raise
                expired = expired or again
                if not again:
                    await self._pile.pause(wait)

    async def _attempt(self, row: Row, repairs: int) -> None:
        """Once through the screens. Whatever is raised from here: the row was not sent."""
        seat = self._station.seat
        async with self._station.typing:
            entry = await self._pile.intend(row, payload_hash(row.values))
            name = f"{row.number:04d}-{entry.attempt}"
            await seat.begin_trace(row.values)
            try:
                refused = await self._robot.enter(seat.entry, row.values, self._pile.reference(row))
                if refused is not None:
                    await self._refused(row, refused, name)
                    return
                if not await self._as_meant(row, name):
                    return
                await self._keep_picture("confirmation", name)
                # Of the row before: while this one was being typed.
                await self._station.read_back()
                await seat.aim(self._robot.button)
            except RunError:
                await self._keep_trace(name)
                raise
            # From here on the end of the run waits for this row.
            with self._pile.bound():
                await self._send(row, repairs, name)

    async def _refused(self, row: Row, answer: Rejection, name: str) -> None:
        await self._keep_picture("refusal", name)
        if answer.twin:
            self._settler.twin(row, answer, self._evidence)
        else:
            await self._pile.reject(row, "refused", answer.words, self._evidence)

    async def _as_meant(self, row: Row, name: str) -> bool:
        """Whether the confirmation page shows the row as it is; what is cut or changed is the row's trouble, not the screen's (R1, R2)."""
        shown = await self._robot.shown(self._station.seat.entry)
        found = differing(self._robot, row.values, self._pile.reference(row), shown)
        if not found:
            return True
        await self._keep_picture("confirmation", name)
        await self._pile.reject(row, "shown-differently", told(self._robot, found), self._evidence)
        return False

    async def _send(self, row: Row, repairs: int, name: str) -> None:
        """The commit, and the one click. Nothing that happens after the click is a reason to do it again."""
        settle = self._pile.assignment.settle
        seconds = await self._pile.send(row, self._evidence)
        answer: Receipt | Rejection | None = None
        try:
            await self._station.seat.press_last(min(seconds, CLICK, settle / 2))
            answer = await self._answer()
        except NotPressedError as error:
            await self._pile.books.resend(row.number, error.code)
            raise
        except RunError as error:
            self._station.notice(error, repairs)
        if answer is None:
            await self._keep_trace(name)
            # What stands there now is nothing to go on from.
            self._station.notice(WrongScreenError(expected=self._robot.title, found=""), repairs)
            self._settler.lost(row, self._evidence)
            return
        try:
            await self._keep_picture("result", name)
        except RunError as error:
            self._station.notice(error, repairs)
        except Exception:
            # A full store ends the run; what the system has taken is read back before that.
            self._settler.answered(self._station, row, answer, self._evidence)
            raise
        self._settler.answered(self._station, row, answer, self._evidence)

    async def _answer(self) -> Receipt | Rejection | None:
        until = asyncio.get_running_loop().time() + ANSWER
        while (answer := await self._robot.outcome(self._station.seat.entry)) is None:
            if asyncio.get_running_loop().time() >= until:
                return None
            await asyncio.sleep(0.2)
        return answer

    async def _keep_picture(self, what: str, name: str) -> None:
        picture = await self._station.seat.picture()
        self._evidence[what] = await self._pile.books.keep(f"{name}-{what}.jpg", picture)

    async def _keep_trace(self, name: str) -> None:
        """What can be kept of it: the page may be gone."""
        with suppress(RunError):
            trace = await self._station.seat.end_trace(keep=True)
            if trace is not None:
                self._evidence["trace"] = await self._pile.books.keep(f"{name}-trace.zip", trace)
