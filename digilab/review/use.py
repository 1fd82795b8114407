"""Answering doubts, and handing the job back to the worker when none is left."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from digilab.access.rules import Asker
from digilab.database.session import now
from digilab.errors import (
    AnswerNotTakenError,
    AnswerTooLongError,
    DoubtsOpenError,
    HeldPagesError,
    JobNotInReviewError,
    NotFoundError,
    PersonalNumberTypedError,
    ReopenRefusedError,
)
from digilab.forms.records import FieldValue, Sheet
from digilab.forms.rules import ACCEPT, BLANK, FITS
from digilab.jobs import lifecycle
from digilab.jobs.history import tell
from digilab.jobs.names import printable
from digilab.jobs.records import Job
from digilab.jobs.rules import JobState
from digilab.review.records import Answer, HeldAcknowledgement
from digilab.review.rules import LONGEST, TWO_KEYS, Doubt, Given, Standing, Verdict, verdict

LONGEST_LOOK = 3600.0
"""Seconds that one answer can have taken; what is longer was a break."""


@dataclass(frozen=True)
class Reply:
    """One answer as it comes in. `seconds`: how long the person looked, where that was measured."""

    value_id: int
    text: str
    illegible: bool = False
    seconds: float | None = None
    settling: bool = False
    """The person saw both keys, or what they came to, and decides."""


@dataclass(frozen=True)
class Asked:
    """One doubt as one person may see it."""

    value: FieldValue
    standing: Standing
    mine: str | None
    """What this person said last; None: nothing yet."""
    may_answer: bool
    word: str | None
    """What counts by now; None while the value is in doubt or nobody has said anything."""
    keys: tuple[Given, ...] = ()
    """Both keys, for whoever may decide between them; nobody else ever sees what somebody else keyed."""


@dataclass(frozen=True)
class Review:
    """A job's doubts as one person sees them. Values that nobody doubted are there once somebody has answered them."""

    asked: list[Asked]
    held: list[Sheet]
    acknowledged: bool
    """Somebody has taken note of the held pages, or there is none that anybody must know of."""
    seconds: float
    """That people looked so far, as measured."""

    @property
    def open(self) -> int:
        """Doubts that are not settled."""
        return sum(each.standing is not Standing.SETTLED for each in self.asked)

    @property
    def ready(self) -> bool:
        """Whether nothing keeps the job from being finished."""
        return self.open == 0 and self.acknowledged


def review(session: Session, job: Job, asker: Asker) -> Review:
    """The doubts of a visible job in the order of its forms."""
    held = session.scalars(
        select(Sheet).where(Sheet.job_id == job.id, Sheet.verdict != FITS).order_by(Sheet.ordinal)
    ).all()
    return Review(
        asked=_all(session, job, asker, or_(FieldValue.decision != ACCEPT, _answered())),
        held=list(held),
        acknowledged=all(sheet.verdict == BLANK for sheet in held) or _acknowledged(session, job.id),
        seconds=_seconds(session, job.id),
    )


def of_case(session: Session, job: Job, asker: Asker, case: int) -> list[Asked]:
    """Every value of one case of a visible job, doubted or not."""
    return _all(session, job, asker, FieldValue.case_number == case)


def open_doubts(session: Session, job_id: int) -> int:
    """How many doubts of a job are not settled."""
    given = _given(session, job_id)
    doubtful = select(FieldValue.id, FieldValue.decision, FieldValue.type).where(
        FieldValue.job_id == job_id, FieldValue.decision != ACCEPT
    )
    return sum(
        Doubt(decision, kind, given[number]).standing is not Standing.SETTLED
        for number, decision, kind in session.execute(doubtful)
    )


def answer(session: Session, job_id: int, asker: Asker, replies: Sequence[Reply]) -> Job:
    """Keep what a person says of some values of a job.

    Raises JobNotInReviewError, NotFoundError for another job's value, AnswerNotTakenError, AnswerTooLongError, PersonalNumberTypedError.
    """
    job = lifecycle.in_review(session, job_id)
    given = _given(session, job.id)
    asked = {reply.value_id for reply in replies}
    query = select(FieldValue).where(FieldValue.job_id == job.id, FieldValue.id.in_(asked))
    values = {value.id: value for value in session.scalars(query)}
    if asked - values.keys():
        raise NotFoundError
    for reply in replies:
        value = values[reply.value_id]
        kept = _answer(session, value, Doubt(value.decision, value.type, given[value.id]), asker, reply)
        given[value.id].append(kept)
    return job


def acknowledge(session: Session, job_id: int, asker: Asker) -> Job:
    """Somebody knows that the held pages of a job were not read. Raises JobNotInReviewError."""
    job = _in_review(session, job_id)
    if not _acknowledged(session, job.id):
        session.add(HeldAcknowledgement(job_id=job.id, person_id=asker.person_id, at=now(session)))
        tell(session, job.id, "held-acknowledged", login=asker.login)
    return job


def finish(session: Session, job_id: int, asker: Asker, minutes: float) -> Job:
    """Hand the job back to the worker, which writes the results anew with what people said.

    `minutes` that people worked on it are added to those reported before. Raises JobNotInReviewError, DoubtsOpenError, HeldPagesError,
    MinutesMalformedError.
    """
    job = _in_review(session, job_id)
    found = review(session, job, asker)
    if found.open:
        raise DoubtsOpenError(count=found.open)
    if not found.acknowledged:
        raise HeldPagesError(count=len(found.held))
    if minutes:
        lifecycle.report_minutes(session, job.id, minutes, asker.login)
    corrections = _corrections(session, job.id)
    settled = sum(map(len, corrections.values()))
    lifecycle.join_again(session, job, {"corrections": corrections}, asker.login, values=settled)
    return job


def reopen(session: Session, job_id: int, asker: Asker) -> Job:
    """A finished job goes back to people, because a value turned out to be wrong. Raises ReopenRefusedError."""
    job = lifecycle.locked(session, job_id)
    if job.status is not JobState.DONE or not job.work.value.by_forms:
        raise ReopenRefusedError(receipt=job.receipt)
    lifecycle.back_to_review(session, job, asker.login)
    return job


def _in_review(session: Session, job_id: int) -> Job:
    """Forms only: of a robot's job people settle the rows, of a recording's they take the minutes as they are, both elsewhere."""
    job = lifecycle.in_review(session, job_id)
    if not job.work.value.by_forms:
        raise JobNotInReviewError(receipt=job.receipt)
    return job


def _all(session: Session, job: Job, asker: Asker, which: ColumnElement[bool]) -> list[Asked]:
    given = _given(session, job.id)
    query = select(FieldValue).where(FieldValue.job_id == job.id, which)
    return [
        _asked(value, Doubt(value.decision, value.type, given[value.id]), asker)
        for value in session.scalars(query.order_by(FieldValue.case_number, FieldValue.ordinal))
    ]


def _asked(value: FieldValue, doubt: Doubt, asker: Asker) -> Asked:
    mine = next((each.text for each in reversed(doubt.given) if each.person_id == asker.person_id), None)
    of_the_lab = asker.runs_lab
    counts = doubt.settled_by
    deciding = doubt.standing is Standing.DIFFER and asker.may_hand_in
    return Asked(
        value=value,
        standing=doubt.standing,
        mine=mine,
        may_answer=asker.may_hand_in and doubt.may_answer(asker.person_id, of_the_lab=of_the_lab),
        word=counts.word if counts is not None else None,
        keys=doubt.keys if deciding and doubt.may_settle(asker.person_id, of_the_lab=of_the_lab) else (),
    )


def _answer(session: Session, value: FieldValue, doubt: Doubt, asker: Asker, reply: Reply) -> Given:
    settling = doubt.decision == TWO_KEYS and len(doubt.keys) == 2
    # Who keyed blindly while the second key came in has seen neither, and decides nothing.
    blind = settling and not reply.settling
    if blind or not doubt.may_answer(asker.person_id, of_the_lab=asker.runs_lab):
        raise AnswerNotTakenError(label=value.label)
    text = "" if reply.illegible else printable(" ".join(reply.text.split()))
    if len(text) > LONGEST:
        raise AnswerTooLongError(label=value.label, most=LONGEST)
    if value.masked and text:
        raise PersonalNumberTypedError(label=value.label)
    made = Verdict.CONFIRMED if value.masked and not reply.illegible else None
    session.add(
        Answer(
            value_id=value.id,
            person_id=asker.person_id,
            at=now(session),
            text=text,
            verdict=made or verdict(text, value.value, value.raw, illegible=reply.illegible),
            settling=settling,
            seconds=_measured(reply.seconds),
        )
    )
    session.flush()
    return Given(asker.person_id, text, reply.illegible, settling)


def _measured(seconds: float | None) -> float | None:
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return None
    return min(seconds, LONGEST_LOOK)


def _corrections(session: Session, job_id: int) -> dict[str, dict[str, str | None]]:
    """By case and path what people said; None for a personal number that was found on the paper."""
    given = _given(session, job_id)
    found: dict[str, dict[str, str | None]] = defaultdict(dict)
    answered = select(FieldValue).where(FieldValue.job_id == job_id, _answered()).order_by(FieldValue.id)
    for value in session.scalars(answered):
        counts = Doubt(value.decision, value.type, given[value.id]).settled_by
        if counts is not None:
            found[str(value.case_number)][value.path] = None if value.masked and not counts.illegible else counts.word
    return dict(found)


def _answered() -> ColumnElement[bool]:
    return exists().where(Answer.value_id == FieldValue.id)


def _given(session: Session, job_id: int) -> defaultdict[int, list[Given]]:
    """Answers by value, oldest first."""
    query = (
        select(Answer)
        .join(FieldValue, FieldValue.id == Answer.value_id)
        .where(FieldValue.job_id == job_id)
        .order_by(Answer.id)
    )
    found: defaultdict[int, list[Given]] = defaultdict(list)
    for each in session.scalars(query):
        illegible = each.verdict == Verdict.ILLEGIBLE
        found[each.value_id].append(Given(each.person_id, each.text, illegible, each.settling))
    return found


def _acknowledged(session: Session, job_id: int) -> bool:
    query = select(HeldAcknowledgement.id).where(HeldAcknowledgement.job_id == job_id).limit(1)
    return session.scalars(query).first() is not None


def _seconds(session: Session, job_id: int) -> float:
    query = select(func.sum(Answer.seconds)).join(FieldValue, FieldValue.id == Answer.value_id)
    return session.execute(query.where(FieldValue.job_id == job_id)).scalar_one() or 0.0
