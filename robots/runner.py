"""Keys the rows of a run: N stations take rows from one pile, each row exactly once through the last button."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from robots.assignment import Assignment, Outcome
from robots.books import Books
from robots.errors import RunError, StoppedError
from robots.keying import Keyer
from robots.ledger.contract import Ledger, Shelf
from robots.pile import Pile
from robots.session import Browser, Seat
from robots.settling import Settler
from robots.station import Station

LOOK = 1.0
"""Seconds between two looks at the ledger: has somebody pressed stop, or taken the rows over?"""


async def run(
    assignment: Assignment, ledger: Ledger, shelf: Shelf, browser: Browser, progress: Callable[[int], None]
) -> Outcome:
    """Key what is ready, settle what an earlier run left half-way; `progress` hears how many rows of the assignment are final.

    Never raises for troubles of the run: they are the outcome's reason. May be called again for the same rows whatever happened.
    """
    books = Books(ledger, shelf)
    pile = Pile(assignment, books, progress)
    try:
        half_way = pile.open(await books.entries(list(pile.rows)))
        if not pile.ended.is_set():
            settler = Settler(pile)
            for entry in half_way:
                settler.recover(entry)
            async with AsyncExitStack() as seats:
                try:
                    pile.watch(_watch(pile))
                    pile.watch(_seat(pile, settler, browser, seats))
                    await pile.ended.wait()
                except asyncio.CancelledError:
                    pile.halt(StoppedError())
                    raise
                finally:
                    await pile.wind_down()
        return pile.outcome()
    finally:
        await books.close()


async def _watch(pile: Pile) -> None:
    """A stop, or somebody who takes the rows over, is noticed whatever the stations are busy with."""
    while True:
        await pile.books.check()
        await asyncio.sleep(LOOK)


async def _seat(pile: Pile, settler: Settler, browser: Browser, seats: AsyncExitStack) -> None:
    """Sign in as often as is allowed and useful; each station begins as soon as it stands."""
    given = pile.assignment
    for _ in range(min(given.contexts, len(given.rows))):
        station = Station(given.robot, await _signed_in(given, browser, seats))
        if given.look_first and not settler.stations:
            await settler.look_first(station)
        settler.seated(station)
        pile.start(Keyer(pile, settler, station).key())


async def _signed_in(given: Assignment, browser: Browser, seats: AsyncExitStack) -> Seat:
    for wait in (*given.backoff, None):
        try:
            return await seats.enter_async_context(browser.seat(given.robot, given.place, given.account))
        except RunError as error:
            if error.holds or wait is None:
                raise
            await asyncio.sleep(wait)
    raise AssertionError("the last turn returns or raises")
