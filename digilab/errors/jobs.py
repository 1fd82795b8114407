"""Jobs and their parts."""

from digilab.errors.access import NotFoundError
from digilab.errors.base import DigilabError


class JobError(DigilabError):
    """An act on a job that its state does not permit."""

    code = "job"


class JobEndedError(JobError):
    """The job has ended already; it cannot be cancelled."""

    code = "job-ended"


class JobNotEndedError(JobError):
    """The job is still running; it cannot be retried."""

    code = "job-not-ended"


class LeaseLostError(JobError):
    """The part is no longer held by this lease: its late result is refused."""

    code = "lease-lost"


class PartCrashedError(JobError):
    """The worker died on one part as often as is allowed; the job is put aside."""

    code = "part-crashed"


class ExtraCrashedError(JobError):
    """The worker died on an extra part as often as is allowed; its job stays what it is."""

    code = "extra-crashed"


class ExtraRefusedError(JobError):
    """Only a job whose results are there can have an extra part done again."""

    code = "extra-refused"


class SpeakersMalformedError(JobError):
    """The number of speakers is none that can be asked for."""

    code = "speakers-malformed"


class CutChangedError(JobError):
    """A recording whose cutting was taken up again is cut in other places now: DigiLab was updated in between."""

    code = "cut-changed"


class SpeakersBrokeOffError(JobError):
    """What tells speakers apart died, ran out of memory or took too long."""

    code = "speakers-broke-off"


class SpeakerModelAwayError(JobError):
    """No model that tells speakers apart is in the models folder of the worker."""

    code = "speaker-model-away"


class JobNotInReviewError(JobError):
    """The job does not wait for people."""

    code = "job-not-in-review"


class DoubtsOpenError(JobError):
    """The job cannot be finished: some values are still in doubt."""

    code = "doubts-open"


class HeldPagesError(JobError):
    """The job cannot be finished: nobody has taken note of the pages that were not read."""

    code = "held-pages"


class AnswerNotTakenError(JobError):
    """Two people have keyed the value; whoever was one of them does not decide between the two."""

    code = "answer-not-taken"


class AnswerTooLongError(JobError):
    """An answer longer than anything that stands in a field."""

    code = "answer-too-long"


class PersonalNumberTypedError(JobError):
    """Somebody typed a personal number; it is confirmed on paper and kept nowhere."""

    code = "personal-number-typed"


class ReopenRefusedError(JobError):
    """Only a finished job of paper forms goes back to people."""

    code = "reopen-refused"


class MinutesMalformedError(JobError):
    """Reported working minutes are no number from 0 to 100,000."""

    code = "minutes-malformed"


class BaselineUnknownError(NotFoundError):
    """No baseline has this number."""

    code = "baseline-unknown"


class BaselineMalformedError(JobError):
    """A baseline without owner, evidence or positive minutes."""

    code = "baseline-malformed"
