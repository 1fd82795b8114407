"""Robots' rows."""

from digilab.errors.base import NotNowError
from digilab.errors.jobs import JobError


class NoRowsLeftError(JobError):
    """Not one row of what was handed in can be keyed."""

    code = "no-rows-left"


class RowsOverCapError(JobError):
    """More rows than the target takes in one run."""

    code = "rows-over-cap"


class YenOverCapError(JobError):
    """More money than the target takes in one run."""

    code = "yen-over-cap"


class NotApprovedError(JobError):
    """A row is not what a second person has approved. The job's states should have kept it from the robot: a fault of ours."""

    code = "not-approved"


class JobNotToApproveError(JobError):
    """The job does not wait for an approval."""

    code = "job-not-to-approve"


class JobNotScheduledError(JobError):
    """The job does not wait for its time."""

    code = "job-not-scheduled"


class ApprovalOwnError(JobError):
    """Who handed the rows in, or released one of them, cannot approve them."""

    code = "approval-own"


class ApprovalStaleError(JobError):
    """The rows are no longer those that were shown for approval."""

    code = "approval-stale"


class RowSettledError(JobError):
    """The row does not wait for a person, or not for this."""

    code = "row-settled"


class RowSentLatelyError(JobError):
    """What was sent by a job that ended badly may still arrive: nobody can say yet that it is not there."""

    code = "row-sent-lately"


class RowOwnError(JobError):
    """Where money moves, whoever handed the row in cannot have it keyed against a doubt."""

    code = "row-own"


class RowsOpenError(JobError):
    """Rows still wait for somebody's word."""

    code = "rows-open"


class DecisionMissingError(JobError):
    """None of the answers was chosen that there are for a row that nobody knows about."""

    code = "decision-missing"


class ReceiptMissingError(JobError):
    """A row that is said to be registered needs the finance system's number."""

    code = "receipt-missing"


class ReceiptTakenError(JobError):
    """The finance system's number belongs to another row already."""

    code = "receipt-taken"


class TargetClosedError(NotNowError):
    """Outside the finance system's service hours."""

    code = "target-closed"


class TargetOnHoldError(NotNowError):
    """The target is held until an operator lifts it."""

    code = "target-on-hold"


class TargetUnreadyError(NotNowError):
    """The target lacks its address, its credential or a browser."""

    code = "target-unready"


class KeyingStoppedError(NotNowError):
    """Somebody has pressed the emergency stop."""

    code = "keying-stopped"


class SystemAwayError(NotNowError):
    """The finance system does not answer or says that it is being maintained."""

    code = "system-away"


class SeatsTakenError(NotNowError):
    """As many are signed in at the account as may be."""

    code = "seats-taken"
    no_news = True
