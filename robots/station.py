"""A seat at work: its two desks are used side by side, and repaired by whoever notices first, once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from robots.errors import RunError, SignInExpiredError
from robots.robot import Registered, Robot
from robots.session import Seat

T = TypeVar("T")


class Station:
    """One context. Whoever types holds `typing`, whoever looks something up holds `looking`; a repair holds both."""

    def __init__(self, robot: Robot, seat: Seat) -> None:
        self.robot = robot
        self.seat = seat
        self.typing = asyncio.Lock()
        self.repairs = 0
        """How often it was repaired: trouble that was noticed before the last repair is none any more."""
        self.reading: asyncio.Task[None] | None = None
        """Reads the last row back; the next one is not sent before."""
        self._looking = asyncio.Lock()
        self._trouble: RunError | None = None
        self._noticed = asyncio.Event()

    @property
    def busy(self) -> bool:
        """Whether somebody looks something up here."""
        return self._looking.locked()

    def notice(self, trouble: RunError, repairs: int) -> None:
        """Tell of trouble that was met after so many repairs."""
        if repairs == self.repairs:
            self._trouble = trouble
            self._noticed.set()

    async def ready(self) -> None:
        """Repair what was noticed: sign in again, or begin with a new context. Raises what the repair raises: still not ready then."""
        if not self._noticed.is_set():
            return
        async with self.typing, self._looking:
            trouble = self._trouble
            if trouble is None:
                # Somebody else has repaired it while we waited.
                return
            if isinstance(trouble, SignInExpiredError):
                await self.seat.sign_in()
            else:
                await self.seat.recover()
            self.repairs += 1
            self._trouble = None
            self._noticed.clear()

    async def find(self, reference: str) -> Sequence[Registered]:
        """Look a reference up."""
        return await self._look(lambda: self.robot.find(self.seat.lookup, reference))

    async def listed(self, run: str) -> Sequence[Registered]:
        """All slips of a run."""
        return await self._look(lambda: self.robot.listed(self.seat.lookup, run))

    async def _look(self, verb: Callable[[], Awaitable[T]]) -> T:
        await self.ready()
        async with self._looking:
            repairs = self.repairs
            try:
                return await verb()
            except RunError as error:
                self.notice(error, repairs)
                raise

    async def read_back(self) -> None:
        """Wait until the last row is read back. Raises what was noticed meanwhile at the other desk: what is being typed goes no further,
        for the repair waits for it."""
        reading = self.reading
        if reading is not None and not reading.done():
            noticed = asyncio.ensure_future(self._noticed.wait())
            try:
                await asyncio.wait({reading, noticed}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                noticed.cancel()
        if self._trouble is not None:
            raise self._trouble
