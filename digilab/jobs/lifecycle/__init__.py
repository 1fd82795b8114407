"""What happens to parts and jobs after intake, one file per caller: workers (claim, renew, checkpoint, finish, fail …), the clock (expire,
unsend), people (cancel, retry, hand back …).
"""

from digilab.jobs.facts import Failure, NewPart, Output
from digilab.jobs.lifecycle.clock import expire, unsend
from digilab.jobs.lifecycle.people import (
    accept,
    ask_again,
    back_to_review,
    book_waiting,
    cancel,
    in_review,
    join_again,
    may_cancel,
    more_work,
    pass_gate,
    report_minutes,
    retry,
)
from digilab.jobs.lifecycle.steps import job_of_held, locked
from digilab.jobs.lifecycle.workers import (
    add_work,
    checkpoint,
    claim,
    crash,
    expect,
    fail,
    finish,
    finish_extra,
    hand_back,
    keep,
    postpone,
    renew,
)

__all__ = [
    "Failure",
    "NewPart",
    "Output",
    "accept",
    "add_work",
    "ask_again",
    "back_to_review",
    "book_waiting",
    "cancel",
    "checkpoint",
    "claim",
    "crash",
    "expect",
    "expire",
    "fail",
    "finish",
    "finish_extra",
    "hand_back",
    "in_review",
    "job_of_held",
    "join_again",
    "keep",
    "locked",
    "may_cancel",
    "more_work",
    "pass_gate",
    "postpone",
    "renew",
    "report_minutes",
    "retry",
    "unsend",
]
