"""What pages, API and timetable do with rows: look, approve, begin, settle, go on."""

from digilab.ledger.approving import approve, begin, send_back
from digilab.ledger.settling import drop, go_on, release, settle
from digilab.ledger.sight import approvals, digest, evidence_of, history_of, notices, open_questions, rows_of, summary

__all__ = [
    "approvals",
    "approve",
    "begin",
    "digest",
    "drop",
    "evidence_of",
    "go_on",
    "history_of",
    "notices",
    "open_questions",
    "release",
    "rows_of",
    "send_back",
    "settle",
    "summary",
]
