"""What falls due, in the record: once for each schedule and time, whatever number of clocks look.

Every clock calls `look` in every round. Who writes the row of a due time is decided by the unique key of the table; everything after
that goes from state to state under the row's lock.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.errors import RunMissedError, TimetableError
from digilab.timetable import following, occurrences, starting
from digilab.timetable.calendar import Calendar
from digilab.timetable.city import calendar_of
from digilab.timetable.records import DueRun, Schedule
from digilab.timetable.rules import from_json
from digilab.timetable.runs import House, RunState, because

log = logging.getLogger(__name__)

FRESH = timedelta(minutes=10)
"""A due time that is seen later than this was missed, unless this clock had been looking all the while."""
JUMP = timedelta(minutes=1)
"""The record's time has jumped when it went so much faster or slower than the machine's."""
PATIENCE = timedelta(minutes=2)
"""After a jump nothing becomes due for so long: most wrong clocks are set right again at once."""
MOST_MISSED = 100
"""So many missed times are written down one by one; of more than that only the latest."""


def since_boot() -> float:
    """Seconds that nobody can set. They go on while the machine sleeps, as the record's time does."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Watch:
    """What one clock remembers from round to round, to tell a time that was missed from a clock that was set."""

    def __init__(self, elapsed: Callable[[], float] = since_boot) -> None:
        self._elapsed = elapsed
        self._before: tuple[datetime, float] | None = None
        self._looked: tuple[datetime, float] | None = None
        self._patient_until = 0.0

    def patient(self, moment: datetime) -> bool:
        """Whether the record's time has jumped a while ago, so that nothing should become due yet."""
        elapsed = self._elapsed()
        before, self._before = self._before, (moment, elapsed)
        if before is not None:
            jump = (moment - before[0]) - timedelta(seconds=elapsed - before[1])
            if abs(jump) > JUMP:
                log.warning("the record's time has jumped by %.0f s: nothing becomes due for now", jump.total_seconds())
                self._patient_until = elapsed + PATIENCE.total_seconds()
        return elapsed < self._patient_until

    def since(self) -> datetime | None:
        """The record's time at the last look, when that is not long ago by the machine's own measure."""
        if self._looked is None or self._elapsed() - self._looked[1] > FRESH.total_seconds():
            return None
        return self._looked[0]

    def looked(self, moment: datetime) -> None:
        """All that fell due up to then is in the record."""
        self._looked = (moment, self._elapsed())


def look(house: House, watch: Watch, record_time: Callable[[Session], datetime] = now) -> int:
    """One round: what has fallen due is written down, begun where it can be, and followed to its end. How many were written down."""
    with house.database.reading() as session:
        if session.scalars(select(Schedule.id).limit(1)).first() is None:
            return 0
        moment = record_time(session)
        calendar = calendar_of(session)
        active = session.scalars(_active()).all()
    written = 0
    if not watch.patient(moment):
        since = watch.since()
        # Whether anything is due is found out without a lock: in most rounds nothing is.
        due = [each.id for each in active if _next(each, calendar, moment) is not None]
        for schedule_id in due:
            with house.database.transaction() as session:
                written += _write(session, schedule_id, moment, since)
        watch.looked(moment)
    starting.begin_due(house, record_time)
    following.follow(house, record_time)
    return written


def settle(session: Session) -> None:
    """Write down what has fallen due up to now by the calendar of now: a change of the calendar is none of what has passed."""
    moment = now(session)
    for schedule in session.scalars(_active()).all():
        try:
            _write(session, schedule.id, moment, None)
        except TimetableError as error:
            _left_alone(schedule, error)
        else:
            schedule.looked_at = max(schedule.looked_at, moment)


def write_down(
    session: Session, schedule: Schedule, calendar: Calendar, moment: datetime, since: datetime | None = None
) -> int:
    """Rows for what fell due after `looked_at` and up to `moment`; how many are new. `since`: from then on somebody looked all the time."""
    passed = deque(
        occurrences.between(from_json(schedule.rule), calendar, schedule.looked_at, moment), maxlen=MOST_MISSED
    )
    if not passed:
        return 0
    missed = [each for each in passed if moment - each > FRESH and (since is None or each <= since)]
    fresh = [each for each in passed if each not in set(missed)]
    # Who makes up for a missed time does so once, and not when the next one has come already.
    late = missed.pop() if schedule.missed == "once" and missed and not fresh else None
    written = sum(_add(session, schedule, each, RunState.SKIPPED, moment) for each in missed)
    written += sum(_add(session, schedule, each, RunState.DUE, moment) for each in fresh)
    if late is not None:
        written += _add(session, schedule, late, RunState.DUE, moment, late=True)
    schedule.looked_at = max(passed[-1], schedule.looked_at)
    return written


def _active() -> "Select[Schedule]":
    return select(Schedule).where(Schedule.enabled.is_(True), Schedule.stopped.is_(None)).order_by(Schedule.id)


def _next(schedule: Schedule, calendar: Calendar, moment: datetime) -> datetime | None:
    """The first due time that is not in the record yet and has come."""
    try:
        found = occurrences.next_after(from_json(schedule.rule), calendar, schedule.looked_at)
    except TimetableError as error:
        _left_alone(schedule, error)
        return None
    return found if found is not None and found <= moment else None


def _left_alone(schedule: Schedule, error: TimetableError) -> None:
    """A rule of a later version of the program must not keep the others from their time."""
    log.warning("the rule of schedule %s cannot be read: %s", schedule.slug, error)


def _write(session: Session, schedule_id: int, moment: datetime, since: datetime | None) -> int:
    schedule = session.scalars(
        _active().where(Schedule.id == schedule_id).with_for_update(key_share=True)
    ).one_or_none()
    return 0 if schedule is None else write_down(session, schedule, calendar_of(session), moment, since)


def _add(
    session: Session, schedule: Schedule, due_at: datetime, state: RunState, moment: datetime, *, late: bool = False
) -> int:
    """One row, or none where it stands already."""
    detail = because(RunMissedError()) if state is RunState.SKIPPED else {"late": True} if late else {}
    run = DueRun(schedule_id=schedule.id, due_at=due_at, state=state.value, detail=detail, changed_at=moment)
    try:
        with session.begin_nested():
            session.add(run)
    except IntegrityError:
        return 0
    return 1
