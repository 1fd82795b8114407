"""Reading back what was sent, and settling what nobody answered for: while other rows are keyed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from robots.errors import AnswersLostError, FoundTwiceError, RunError
from robots.ledger.contract import Entry, RowState
from robots.pile import Pile
from robots.recovery import Absent, Done, Doubt, decide, not_arrived
from robots.robot import Receipt, Registered, Rejection
from robots.rows.key import payload_hash
from robots.rows.records import Row
from robots.station import Station

MOST_OPEN = 3
"""So many rows may wait for the settle time at once; then nothing more is sent until one of them is settled."""
LOST_IN_TURN = 3
"""After so many rows in turn without an answer the run ends: the system takes rows blindly, or not at all."""
LOOKS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between two looks for a slip whose 伝票番号 the result page did show; the last one again and again."""


class Settler:
    """Looks rows up at whichever station is free."""

    def __init__(self, pile: Pile) -> None:
        self.stations: list[Station] = []
        self._pile = pile
        self._robot = pile.assignment.robot
        self._settle = pile.assignment.settle
        self._open: set[int] = set()
        self._lost_in_turn = 0
        self._came = asyncio.Event()
        self._closed = asyncio.Event()

    def seated(self, station: Station) -> None:
        """A further station is at work."""
        self.stations.append(station)
        self._came.set()

    async def room(self) -> None:
        """Wait until one more row may be sent."""
        while len(self._open) >= MOST_OPEN:
            self._closed.clear()
            await self._closed.wait()

    async def look_first(self, station: Station) -> None:
        """Whatever of the ready rows the finance system has already is not keyed: the ledger may be new, or an older copy."""
        if not self._pile.ready:
            return
        by_reference: dict[str, list[Registered]] = {}
        for slip in await self._patiently(lambda: station.listed(self._pile.assignment.run)):
            by_reference.setdefault(slip.reference, []).append(slip)
        for row in list(self._pile.ready):
            name = self._pile.reference(row)
            found = decide(self._robot, row.values, name, by_reference.get(name, ()))
            if not isinstance(found, Absent):
                self._pile.ready.remove(row)
                await self._pile.intend(row, payload_hash(row.values))
                await self._act(row, found, {})

    def recover(self, entry: Entry) -> None:
        """Find out about a row that an earlier run left half-way."""
        row = self._pile.rows[entry.number]
        if entry.state is RowState.SENT:
            # No answer is to be had any more: all that is known is that it may have been sent, so long ago.
            self._pile.start(self._wait_and_look(row, {}, max(0.0, self._settle - entry.age)))
        else:
            self._pile.start(self._not_sent(row))

    def answered(self, station: Station, row: Row, answer: Receipt | Rejection, evidence: Mapping[str, str]) -> None:
        """The system answered: read back at this station, before the next row is sent there."""
        self._lost_in_turn = 0
        station.reading = self._pile.start(self._read_back(station, row, answer, evidence))

    def lost(self, row: Row, evidence: Mapping[str, str]) -> None:
        """It was sent, and no answer came."""
        self._lost_in_turn += 1
        if self._lost_in_turn >= LOST_IN_TURN:
            self._pile.halt(AnswersLostError(rows=self._lost_in_turn))
        self._pile.start(self._lost(row, evidence))

    def twin(self, row: Row, answer: Rejection, evidence: Mapping[str, str]) -> None:
        """The system says, before anything was sent, that there is such a slip already: it may be ours."""
        self._pile.start(self._twin(row, answer, evidence))

    # --- one row, from the look to the ledger ---------------------------------------------------------------------

    async def _read_back(
        self, station: Station, row: Row, answer: Receipt | Rejection, evidence: Mapping[str, str]
    ) -> None:
        receipt = answer.number if isinstance(answer, Receipt) else ""
        found = await self._decide(row, receipt, station)
        if not isinstance(found, Absent):
            await self._act(row, found, evidence)
        elif isinstance(answer, Receipt):
            self._pile.start(self._look_again(row, receipt, evidence))
        elif answer.twin:
            await self._pile.doubt(row, "twin", answer.words, evidence)
        else:
            await self._pile.reject(row, "refused", answer.words, evidence)

    async def _twin(self, row: Row, answer: Rejection, evidence: Mapping[str, str]) -> None:
        found = await self._decide(row)
        await self._act(row, Doubt("twin", answer.words) if isinstance(found, Absent) else found, evidence)

    async def _look_again(self, row: Row, receipt: str, evidence: Mapping[str, str]) -> None:
        """The result page showed a number, the search does not know it yet."""
        with self._waiting(row):
            waited, looks = 0.0, iter(LOOKS)
            found: Done | Doubt | Absent = Absent()
            while isinstance(found, Absent) and waited < self._settle:
                pause = min(next(looks, LOOKS[-1]), self._settle - waited)
                await self._pile.pause(pause)
                waited += pause
                found = await self._decide(row, receipt)
            await self._settled(row, found, receipt, evidence)

    async def _lost(self, row: Row, evidence: Mapping[str, str]) -> None:
        with self._waiting(row):
            await self._wait_and_look(row, evidence, self._settle)

    async def _wait_and_look(self, row: Row, evidence: Mapping[str, str], seconds: float) -> None:
        """Nobody knows. What was not found before the settle time may still arrive; what was found may still arrive again."""
        await self._pile.pause(seconds)
        await self._settled(row, await self._decide(row), "", evidence)

    async def _not_sent(self, row: Row) -> None:
        """Intended and never sent: the search is for what somebody may have keyed by hand meanwhile."""
        found = await self._decide(row)
        if isinstance(found, Absent):
            await self._pile.books.withdraw(row.number, "not-sent", {})
            self._pile.again(row)
        else:
            await self._act(row, found, {})

    async def _settled(self, row: Row, found: Done | Doubt | Absent, receipt: str, evidence: Mapping[str, str]) -> None:
        doubt = not_arrived(self._robot, receipt) if isinstance(found, Absent) else None
        if isinstance(found, Absent) and doubt is None:
            # The only way back to ready for a row that was sent: the search alone is not asked, its index may lag behind.
            found = await self._in_the_list(row)
        if not isinstance(found, Absent):
            await self._act(row, found, evidence)
        elif doubt is not None:
            await self._act(row, doubt, evidence)
        else:
            await self._pile.books.resend(row.number, "not-arrived")
            self._pile.again(row)

    async def _act(self, row: Row, found: Done | Doubt, evidence: Mapping[str, str]) -> None:
        if isinstance(found, Done):
            await self._pile.done(row, found.receipt, evidence)
            return
        end = FoundTwiceError(reference=self._pile.reference(row), receipts=found.receipts) if found.twice else None
        await self._pile.doubt(row, found.code, found.words, evidence, end)

    async def _decide(self, row: Row, receipt: str = "", station: Station | None = None) -> Done | Doubt | Absent:
        hits = await self._hits(row, station)
        return decide(self._robot, row.values, self._pile.reference(row), hits, receipt)

    async def _in_the_list(self, row: Row) -> Done | Doubt | Absent:
        async def look() -> Sequence[Registered]:
            return await (await self._free()).listed(self._pile.assignment.run)

        name = self._pile.reference(row)
        hits = [slip for slip in await self._patiently(look) if slip.reference == name]
        return decide(self._robot, row.values, name, hits)

    async def _hits(self, row: Row, station: Station | None) -> Sequence[Registered]:
        async def look() -> Sequence[Registered]:
            return await (station or await self._free()).find(self._pile.reference(row))

        return await self._patiently(look)

    async def _patiently(self, look: Callable[[], Awaitable[Sequence[Registered]]]) -> Sequence[Registered]:
        """A look changes nothing, so it is tried again."""
        for wait in (*self._pile.assignment.backoff, None):
            try:
                return await look()
            except RunError as error:
                if error.holds or wait is None:
                    raise
                await self._pile.pause(wait)
        raise AssertionError("the last turn returns or raises")

    async def _free(self) -> Station:
        with self._pile.free():
            await self._came.wait()
        return min(self.stations, key=lambda station: station.busy)

    @contextmanager
    def _waiting(self, row: Row) -> Iterator[None]:
        """Counts it among those that wait for the settle time."""
        self._open.add(row.number)
        try:
            yield
        finally:
            self._open.discard(row.number)
            self._closed.set()
