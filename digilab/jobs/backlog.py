"""待ち行列: what waits, who is next, and the leases that are given out."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from digilab.access.records import Department
from digilab.database.session import now
from digilab.jobs.choice import LEAST_WEIGHT, STAGE_ORDER, Candidate, choose
from digilab.jobs.records import Job, Part, Pause, Worker
from digilab.jobs.rules import JobState, PartState, Priority, Stage

MEMORY = timedelta(hours=6)
"""Recent use fades to nothing over this time."""

RECENT = timedelta(days=7)
"""What forecasts are made from."""

HORIZON = 2000
"""As many waiting parts of one department are looked at; more cannot be next."""

TURN = 7_315_046_920_418
"""PostgreSQL's advisory lock of whoever gives out leases; the number means nothing."""


@dataclass(frozen=True)
class Lease:
    """A worker's right to a part: what travels through the queue."""

    part_id: int
    epoch: int
    capability: str
    job_id: int


@dataclass(frozen=True)
class Place:
    """Where a waiting job stands."""

    jobs_ahead: int
    seconds: float | None
    """Expected seconds until it starts; None when nothing was measured yet or nobody works."""
    paused: bool
    workers: int


def lease_next(session: Session, capability: str, lease_seconds: float, alive_seconds: float) -> list[Lease]:
    """Give as many waiting parts to the queue as live workers are free. Nothing while the capability is paused."""
    if not _my_turn(session):
        return []
    moment = now(session)
    if session.get(Pause, capability) is not None:
        return []
    workers = alive(session, capability, moment - timedelta(seconds=alive_seconds))
    free = len(workers) - _leased(session, capability, workers)
    if free <= 0:
        return []
    chosen = order(session, capability, moment, free)
    # Rows that another transaction holds are left for the next round, so that nobody waits crosswise.
    takeable = set(
        session.scalars(
            select(Part.id)
            .where(Part.id.in_([each.part_id for each in chosen]), Part.state == PartState.WAITING)
            .with_for_update(skip_locked=True, key_share=True)
        )
    )
    leases = []
    for candidate in chosen:
        if candidate.part_id not in takeable:
            continue
        epoch = session.execute(
            update(Part)
            .where(Part.id == candidate.part_id)
            .values(
                state=PartState.LEASED,
                epoch=Part.epoch + 1,
                worker=None,
                progress=0.0,
                leased_at=moment,
                lease_until=moment + timedelta(seconds=lease_seconds),
            )
            .returning(Part.epoch)
        ).scalar_one()
        leases.append(Lease(candidate.part_id, epoch, capability, candidate.job_id))
    return leases


def order(session: Session, capability: str, moment: datetime, count: int) -> list[Candidate]:
    """The next parts in the order in which they would be taken."""
    afterwards = Part.stage == Stage.EXTRA
    since = case((afterwards, Part.created_at), else_=Job.created_at)
    ranked = (
        select(
            Part,
            func.row_number()
            .over(
                # Apart from the others: old jobs' extra parts would push what is really next beyond the count.
                partition_by=(Part.department_id, Part.priority, case((afterwards, 1), else_=0)),
                # As `choose` orders them: by the job's age, so that an old job's join, made just now, is not cut off here.
                order_by=(since, Job.id, case(STAGE_ORDER, value=Part.stage), Part.ordinal),
            )
            .label("rank"),
            since.label("since"),
        )
        .join(Job, Job.id == Part.job_id)
        .where(
            Part.state == PartState.WAITING,
            Part.capability == capability,
            # What waits for an approval or for its time has parts, too.
            or_(
                Job.state.in_((JobState.RECEIVED, JobState.RUNNING)),
                and_(afterwards, Job.state.in_((JobState.REVIEW, JobState.DONE))),
            ),
            or_(Part.not_before.is_(None), Part.not_before <= moment),
        )
        .subquery()
    )
    rows = session.execute(
        select(
            ranked.c.id,
            ranked.c.job_id,
            ranked.c.department_id,
            ranked.c.priority,
            ranked.c.stage,
            ranked.c.ordinal,
            ranked.c.weight,
            ranked.c.since,
        ).where(ranked.c.rank <= min(count, HORIZON))
    )
    waiting = [
        Candidate(part_id, job_id, department, Priority(priority), Stage(stage), ordinal, weight, since)
        for part_id, job_id, department, priority, stage, ordinal, weight, since in rows
    ]
    shares = dict(session.execute(select(Department.id, Department.share)).all())
    return choose(waiting, _recent_use(session, capability, moment), shares, moment, count)


def place(session: Session, job: Job, alive_seconds: float) -> Place | None:
    """Why a job waits and until when; None when it does not wait."""
    if job.status is not JobState.RECEIVED:
        return None
    moment = now(session)
    workers = len(alive(session, job.kind, moment - timedelta(seconds=alive_seconds)))
    paused = session.get(Pause, job.kind) is not None
    if _is_given_out(session, job):
        return Place(0, 0.0 if workers else None, paused, workers)
    pace = _seconds_per_weight(session, job.kind, moment)
    usual = _usual_size(session, job.kind, moment)
    ahead: set[int] = set()
    weight = _in_hand(session, job.kind, usual)
    for candidate in order(session, job.kind, moment, HORIZON):
        if candidate.job_id == job.id:
            break
        ahead.add(candidate.job_id)
        weight += usual if candidate.stage is Stage.SPLIT else candidate.weight
    seconds = None if pace is None or workers == 0 else weight * pace / workers
    return Place(len(ahead), seconds, paused, workers)


def alive(session: Session, capability: str, since: datetime) -> list[Worker]:
    """Workers that gave a sign of life since then and take new parts."""
    return list(
        session.scalars(
            select(Worker).where(Worker.capability == capability, Worker.seen_at >= since, Worker.draining.is_(False))
        )
    )


def pause(session: Session, capability: str, login: str, reason: str) -> None:
    """Hold a capability's backlog: running parts finish, nothing new is given out. Who comes second changes nothing."""
    if session.get(Pause, capability) is not None:
        return
    with suppress(IntegrityError), session.begin_nested():
        session.add(Pause(capability=capability, since=now(session), login=login, reason=reason))


def resume(session: Session, capability: str) -> None:
    """Let it go on."""
    if (held := session.get(Pause, capability)) is not None:
        session.delete(held)


def _my_turn(session: Session) -> bool:
    """Two clocks that counted the free workers at the same moment would give out twice as many leases.

    The second one does not wait: the first one gives out all there is, and one that stands still must not stop the others.
    """
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.execute(select(func.pg_try_advisory_xact_lock(TURN))).scalar_one())


def _leased(session: Session, capability: str, workers: list[Worker]) -> int:
    """Leases that keep one of these workers busy, or soon will. What a dead worker still holds keeps nobody busy."""
    return session.execute(
        select(func.count())
        .select_from(Part)
        .where(
            Part.capability == capability,
            Part.state == PartState.LEASED,
            or_(Part.worker.is_(None), Part.worker.in_([worker.id for worker in workers])),
        )
    ).scalar_one()


def _is_given_out(session: Session, job: Job) -> bool:
    """Whether a part of it is on its way to a worker already."""
    query = select(Part.id).where(Part.job_id == job.id, Part.state == PartState.LEASED)
    return session.scalars(query).first() is not None


def _in_hand(session: Session, capability: str, usual: float) -> float:
    """Weight that the workers still have before them."""
    left = case((Part.stage == Stage.SPLIT, usual), else_=Part.weight - Part.progress)
    return float(
        session.execute(
            select(func.coalesce(func.sum(left), 0.0)).where(
                Part.capability == capability, Part.state == PartState.LEASED
            )
        ).scalar_one()
    )


def _usual_size(session: Session, capability: str, moment: datetime) -> float:
    """What a job that nobody has opened yet will weigh: as much as the average of late."""
    average = session.execute(
        select(func.avg(Job.verified)).where(
            Job.kind == capability, Job.verified.is_not(None), Job.ended_at > moment - RECENT
        )
    ).scalar_one()
    return float(average or 0.0)


def _recent_use(session: Session, capability: str, moment: datetime) -> dict[int, float]:
    """Weight per department taken within MEMORY, a lease at its beginning counting for nothing any more."""
    used: dict[int, float] = {}
    query = select(Part.department_id, Part.weight, Part.leased_at).where(
        Part.capability == capability, Part.leased_at > moment - MEMORY
    )
    for department, weight, leased_at in session.execute(query):
        age = moment - (leased_at or moment)
        used[department] = used.get(department, 0.0) + max(LEAST_WEIGHT, weight) * (1 - age / MEMORY)
    return used


def _seconds_per_weight(session: Session, capability: str, moment: datetime) -> float | None:
    """How long one step of weight took one worker lately."""
    rows = session.execute(
        select(Part.weight, Part.leased_at, Part.ended_at)
        .where(
            Part.capability == capability,
            Part.state == PartState.DONE,
            Part.stage == Stage.WORK,
            Part.leased_at > moment - RECENT,
            Part.ended_at.is_not(None),
        )
        .order_by(Part.id.desc())
        .limit(200)
    ).all()
    total = sum(weight for weight, _, _ in rows)
    if total <= 0:
        return None
    spent = sum((ended - leased).total_seconds() for _, leased, ended in rows if leased and ended)
    return spent / total
