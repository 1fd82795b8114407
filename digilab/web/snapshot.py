"""What a page or the API tells about one job at one moment, in words and figures."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.access.rules import Asker
from digilab.database.session import now
from digilab.jobs import backlog, sight
from digilab.jobs.records import Job, Part
from digilab.jobs.rules import JobState, PartState, Stage
from digilab.language import Language, text
from digilab.web.minutes import part_view
from digilab.web.targets import waiting_text
from digilab.web.wording import duration_text, progress_text

FRESH = timedelta(hours=6)
"""Parts that ended longer ago say nothing about today's pace."""


@dataclass(frozen=True)
class Snapshot:
    """A job's state as it is shown and sent to watching pages."""

    receipt: str
    state: str
    state_text: str
    ended: bool
    done: float
    """In the kind's own steps (seconds of recording, sheets, rows)."""
    total: float | None
    share: float
    text: str
    """`録音 42分/120分`; empty while nothing is known."""
    remaining: str
    """`残り約12分`; empty when nothing can be said."""
    place: str
    """`前に3件、約40分`; empty unless the job waits."""
    after: str
    """`話者を分けています(40%)`: what is still being done with the results; empty when nothing is."""

    def json(self) -> dict[str, Any]:
        """For the wire."""
        return asdict(self)


def snapshot(session: Session, job: Job, language: Language, alive_seconds: float) -> Snapshot:
    """The job as it stands now."""
    progress = sight.progress(session, job)
    running = job.status is JobState.RUNNING
    finished = job.status in (JobState.DONE, JobState.REVIEW)
    share = 1.0 if finished else progress.share
    return Snapshot(
        receipt=job.receipt,
        state=job.state,
        state_text=text(language, f"states.{job.state}"),
        ended=job.status.ended,
        done=progress.done,
        total=progress.total,
        share=round(share, 4),
        text=_progress(language, job, progress) if running or finished else "",
        remaining=_remaining(session, job, language, progress) if running else "",
        after=_afterwards(session, job, language) if finished else "",
        place=waiting_text(session, job, language) or place_text(language, backlog.place(session, job, alive_seconds)),
    )


def watched(session: Session, asker: Asker, number: str, language: Language, alive_seconds: float) -> Snapshot:
    """The same by 受付番号. Raises NotFoundError for what the asker may not see."""
    return snapshot(session, sight.job_of(session, asker, number), language, alive_seconds)


def place_text(language: Language, place: backlog.Place | None) -> str:
    """Why a job waits and for how long."""
    if place is None:
        return ""
    ahead = text(language, "pages.place.ahead" if place.jobs_ahead else "pages.place.next", jobs=place.jobs_ahead)
    if place.paused:
        return text(language, "pages.place.paused", ahead=ahead)
    if place.workers == 0:
        return text(language, "pages.place.nobody", ahead=ahead)
    if place.seconds is None:
        return ahead
    if place.seconds <= 60:
        return text(language, "pages.place.soon", ahead=ahead)
    return text(language, "pages.place.known", ahead=ahead, duration=duration_text(language, place.seconds))


def _afterwards(session: Session, job: Job, language: Language) -> str:
    part = sight.extra_part(session, job.id)
    view = None if part is None else part_view(part, language)
    return view.sentence if view is not None and view.open else ""


def _progress(language: Language, job: Job, progress: sight.Progress) -> str:
    if progress.total is None and progress.done == 0:
        return text(language, "pages.progress.opening")
    return progress_text(language, job.work.value.unit, progress.done, progress.total)


def _remaining(session: Session, job: Job, language: Language, progress: sight.Progress) -> str:
    seconds = remaining_seconds(session, job, progress)
    if seconds is None:
        return ""
    return text(language, "pages.progress.remaining", duration=duration_text(language, seconds))


def remaining_seconds(session: Session, job: Job, progress: sight.Progress) -> float | None:
    """What is left, at the pace of this job's own parts and with as many workers as are at it now."""
    if not progress.total:
        return None
    moment = now(session)
    parts = session.execute(
        select(Part.state, Part.progress, Part.leased_at, Part.ended_at).where(
            Part.job_id == job.id,
            Part.stage == Stage.WORK,
            Part.state.in_((PartState.DONE, PartState.LEASED)),
            Part.progress > 0,
            Part.leased_at > moment - FRESH,
        )
    ).all()
    steps = sum(done for _, done, _, _ in parts)
    if steps <= 0:
        return None
    spent = sum(((ended or moment) - leased).total_seconds() for _, _, leased, ended in parts if leased)
    hands = max(1, sum(state == PartState.LEASED for state, _, _, _ in parts))
    return max(0.0, progress.total - progress.done) * spent / steps / hands
