"""States of jobs and parts, receipt numbers. Pure: standard library only."""

import re
import unicodedata
from enum import IntEnum, StrEnum


class JobState(StrEnum):
    """Where a job stands."""

    RECEIVED = "received"
    """Accepted and kept; no worker has begun."""
    RUNNING = "running"
    """At least one part has been begun."""
    APPROVAL = "approval"
    """Checked; a second person must approve before a robot touches anything."""
    SCHEDULED = "scheduled"
    """Checked and approved where needed; waits for its time."""
    REVIEW = "review"
    """Finished by the machine; a person must look."""
    DONE = "done"
    """Finished; hours are booked."""
    FAILED = "failed"
    """Cannot be done as it is; the reason is recorded and the original kept."""
    CANCELLED = "cancelled"
    """Stopped by a person."""
    QUARANTINED = "quarantined"
    """Killed its worker too often; put aside with everything kept."""

    @property
    def ended(self) -> bool:
        """No worker will touch it any more."""
        return self not in (JobState.RECEIVED, JobState.RUNNING, JobState.APPROVAL, JobState.SCHEDULED)

    @property
    def ended_well(self) -> bool:
        """Its results are there."""
        return self in (JobState.REVIEW, JobState.DONE)

    @property
    def retryable(self) -> bool:
        """A person may have it tried again with the same input."""
        return self in (JobState.FAILED, JobState.CANCELLED, JobState.QUARANTINED)


MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.RECEIVED: frozenset({JobState.RUNNING, JobState.FAILED, JobState.CANCELLED, JobState.QUARANTINED}),
    JobState.RUNNING: frozenset(
        {
            JobState.APPROVAL,
            JobState.SCHEDULED,
            JobState.REVIEW,
            JobState.DONE,
            JobState.FAILED,
            JobState.CANCELLED,
            JobState.QUARANTINED,
        }
    ),
    JobState.APPROVAL: frozenset({JobState.RUNNING, JobState.SCHEDULED, JobState.CANCELLED}),
    JobState.SCHEDULED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.REVIEW: frozenset({JobState.RUNNING, JobState.APPROVAL, JobState.DONE, JobState.CANCELLED}),
    JobState.DONE: frozenset({JobState.REVIEW}),
    JobState.FAILED: frozenset({JobState.RECEIVED}),
    JobState.CANCELLED: frozenset({JobState.RECEIVED, JobState.APPROVAL, JobState.SCHEDULED, JobState.REVIEW}),
    JobState.QUARANTINED: frozenset({JobState.RECEIVED}),
}
"""Which state may follow which."""


class PartState(StrEnum):
    """Where a part stands."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"
    """Will not be tried again: its job failed, was cancelled or put aside."""


class Stage(StrEnum):
    """工程: a part's place in its job."""

    SPLIT = "split"
    WORK = "work"
    JOIN = "join"
    EXTRA = "extra"
    """追加: what is done with the results once the job has ended; whatever becomes of it, the job stays what it is."""


class Priority(IntEnum):
    """Lower goes first."""

    URGENT = 0
    NORMAL = 1
    LOW = 2


RECEIPT = re.compile(r"DL-([0-9]{6,18})-([0-9])")
"""Eighteen digits are more than the record can count to."""


def receipt(job_id: int) -> str:
    """受付番号 of a job, such as `DL-000123-0`: the number and a check digit against slips on the telephone."""
    digits = f"{job_id:06d}"
    return f"DL-{digits}-{_luhn(digits)}"


def job_id_of(number: str) -> int | None:
    """The job behind a 受付番号, typed in full-width signs or not; None when it is malformed or its check digit is wrong."""
    spelt = unicodedata.normalize("NFKC", number).strip().upper()
    match = RECEIPT.fullmatch(spelt)
    # The comparison also refuses a number with further leading zeros: one job has one number.
    return int(match[1]) if match is not None and receipt(int(match[1])) == spelt else None


def _luhn(digits: str) -> int:
    """Check digit by ISO/IEC 7812-1 annex B."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10
