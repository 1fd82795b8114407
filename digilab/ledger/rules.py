"""Where a row stands and where it may go; what an approval is about. Pure: standard library only."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class RowState(StrEnum):
    """Where a row of the record stands."""

    REFUSED = "refused"
    """却下(検証): the check found something wrong with it; nothing is keyed."""
    BLOCKED = "blocked"
    """保留: another row holds the same business case; a person decides."""
    READY = "ready"
    """検証済・承認済: may be keyed."""
    INTENT = "intent"
    """着手: being typed; the button has certainly not been pressed."""
    SENT = "sent"
    """送信済: the button may have been pressed."""
    DONE = "done"
    """登録済, with the finance system's number."""
    REJECTED = "rejected"
    """却下, with the finance system's words."""
    UNKNOWN = "unknown"
    """要照合: nobody knows; a person decides."""
    WITHDRAWN = "withdrawn"
    """取消: a person dropped it, or its job was given up and another one keys the same business case."""


MOVES: dict[RowState, frozenset[RowState]] = {
    RowState.REFUSED: frozenset(),
    RowState.BLOCKED: frozenset({RowState.READY, RowState.WITHDRAWN}),
    RowState.READY: frozenset({RowState.INTENT, RowState.REJECTED, RowState.WITHDRAWN}),
    RowState.INTENT: frozenset(
        {
            RowState.SENT,
            RowState.READY,
            RowState.DONE,
            RowState.REJECTED,
            RowState.UNKNOWN,
            RowState.WITHDRAWN,
        }
    ),
    # Never withdrawn: what may have arrived is looked up, whatever becomes of its job.
    RowState.SENT: frozenset({RowState.READY, RowState.DONE, RowState.REJECTED, RowState.UNKNOWN}),
    RowState.DONE: frozenset(),
    RowState.REJECTED: frozenset(),
    RowState.UNKNOWN: frozenset({RowState.DONE, RowState.READY, RowState.WITHDRAWN}),
    RowState.WITHDRAWN: frozenset(),
}
"""Which state may follow which."""

CLAIMING = frozenset({RowState.READY, RowState.INTENT, RowState.SENT, RowState.DONE, RowState.UNKNOWN})
"""A row in one of these holds its business case: the same one from elsewhere is blocked."""
ASKED = frozenset({RowState.BLOCKED, RowState.UNKNOWN})
"""A person has to say what becomes of it."""
UNFINISHED = frozenset({RowState.READY, RowState.INTENT, RowState.SENT})
"""A worker has something to do with it."""
UNSENT = frozenset({RowState.READY, RowState.INTENT})
"""Certainly not in the finance system by this attempt."""


class Decision(StrEnum):
    """What a person found out about a row that nobody knew about."""

    REGISTERED = "registered"
    """It is in the finance system, under this number."""
    AGAIN = "again"
    """It is not, and shall be keyed."""
    DROP = "drop"
    """It is not, and shall not be keyed."""


@dataclass(frozen=True)
class NewRow:
    """A row that a split has found."""

    number: int
    reference: str
    file: str
    sheet: str
    line: int
    values: Mapping[str, Any]
    business_key: str = ""
    """Empty for a refused row."""
    findings: tuple[Mapping[str, Any], ...] = ()
    refused: bool = False


@dataclass(frozen=True)
class Outcome:
    """What is recorded with a step of a row."""

    code: str = ""
    words: str = ""
    """The finance system's own."""
    sentences: Mapping[str, str] = field(default_factory=dict)
    """What the code means, by language."""


def yen(values: Mapping[str, Any], amount: str) -> int:
    """A row's amount; 0 when it has none that can be read."""
    written = str(values.get(amount, ""))
    return int(written) if written.isascii() and written.removeprefix("-").isdigit() else 0


def row_digest(number: int, reference: str, values: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over everything of a row that is keyed."""
    content = json.dumps([number, reference, values], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()


def digest(rows: Iterable[str]) -> str:
    """SHA-256 (hex) over rows' digests in order: what one approval is about."""
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()
