"""Fair share: which waiting part goes next. One pure function; standard library only.

Urgent before normal before low, and last what is done once a job has ended; a class gains one step for each `AGEING` of waiting, so that
nothing starves. Within a class the
department with the least weighted recent use goes first, and what is chosen counts as used at once: ten stretches of one
long recording cannot block the section next door. Within a department the oldest job, its parts in order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from digilab.jobs.rules import Priority, Stage

AGEING = timedelta(hours=4)
STAGE_ORDER = {Stage.JOIN: 0, Stage.SPLIT: 1, Stage.WORK: 2, Stage.EXTRA: 3}
"""Within a job: put together what is finished, open what is new, then work on."""
AFTERWARDS = int(Priority.LOW) + 1
"""Class of what is done once a job has ended, however urgent the job was: its results are there already."""
LEAST_WEIGHT = 1.0
"""What opening or joining counts in use; so a department that hands in a thousand unopened jobs has to wait its turn too."""
LEAST_SHARE = 0.001
"""A department with no share at all waits for all the others; nothing is divided by it."""


@dataclass(frozen=True)
class Candidate:
    """A waiting part, as far as the choice needs it."""

    part_id: int
    job_id: int
    department_id: int
    priority: Priority
    stage: Stage
    ordinal: int
    weight: float
    since: datetime
    """Since when it waits: of an extra part since it was asked for, else since the job came in."""


def class_of(candidate: Candidate, now: datetime) -> int:
    """Priority with ageing: 0 is the most urgent."""
    steps = int(max(timedelta(), now - candidate.since) / AGEING)
    first = AFTERWARDS if candidate.stage is Stage.EXTRA else int(candidate.priority)
    return max(int(Priority.URGENT), first - steps)


def choose(
    waiting: Iterable[Candidate],
    used: Mapping[int, float],
    shares: Mapping[int, float],
    now: datetime,
    count: int,
) -> list[Candidate]:
    """The next `count` parts, in order.

    `used`: recent use per department in weight; `shares`: a department's weight in the share, 1.0 when absent.
    """
    queues: dict[tuple[int, int], list[Candidate]] = {}
    for candidate in waiting:
        queues.setdefault((class_of(candidate, now), candidate.department_id), []).append(candidate)
    for queue in queues.values():
        queue.sort(key=lambda each: (each.since, each.job_id, STAGE_ORDER[each.stage], each.ordinal), reverse=True)
    spent = {department: used.get(department, 0.0) for _, department in queues}
    chosen: list[Candidate] = []
    while queues and len(chosen) < count:
        level, department = min(
            queues,
            key=lambda key: (
                key[0],
                spent[key[1]] / max(LEAST_SHARE, shares.get(key[1], 1.0)),
                queues[key][-1].since,
                key[1],
            ),
        )
        queue = queues[level, department]
        candidate = queue.pop()
        if not queue:
            del queues[level, department]
        spent[department] += max(LEAST_WEIGHT, candidate.weight)
        chosen.append(candidate)
    return chosen
