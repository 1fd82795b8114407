"""All slips of a run, as the finance system lists them: read with a sign-in of its own when nothing is keyed any more."""

import asyncio
from collections.abc import Sequence

from robots.assignment import Assignment
from robots.errors import RunError
from robots.robot import Registered
from robots.session import Browser


async def listed(assignment: Assignment, browser: Browser) -> Sequence[Registered]:
    """For the 突合. Reading changes nothing, so it is tried again as often as the assignment says. Raises RunError's kinds."""
    robot = assignment.robot
    for wait in (*assignment.backoff, None):
        try:
            async with browser.seat(robot, assignment.place, assignment.account) as seat:
                return await robot.listed(seat.lookup, assignment.run)
        except RunError as error:
            if error.holds or wait is None:
                raise
            await asyncio.sleep(wait)
    raise AssertionError("the last turn returns or raises")
