"""The row ledger's contract. Every verb commits before it returns, and is refused for whoever no longer holds the rows.

    ready ──intend──▶ intent ──send──▶ sent ──done──▶ done
                        │                ├──reject──▶ rejected   (the finance system refuses it, in words)
                        └──withdraw──▶ ready (provably not sent) └──doubt──▶ unknown (要照合: a person decides)

`intent` is committed before the first keystroke on a screen that can submit, `sent` just before the one click. So a row found as
`intent` was not sent, and a row found as `sent` may have been.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class RowState(StrEnum):
    """Where a row stands."""

    READY = "ready"
    """検証済・承認済: may be keyed."""
    INTENT = "intent"
    """着手."""
    SENT = "sent"
    """送信済: the button may have been pressed; what became of it is not known yet."""
    DONE = "done"
    """登録済, with the finance system's number."""
    REJECTED = "rejected"
    """却下, with the finance system's words."""
    UNKNOWN = "unknown"
    """要照合: nobody knows; a person decides."""


FINAL = frozenset({RowState.DONE, RowState.REJECTED, RowState.UNKNOWN})
"""No run touches such a row again."""


@dataclass(frozen=True)
class Entry:
    """A row's record."""

    number: int
    state: RowState
    attempt: int = 0
    """How often an intent was committed."""
    payload: str = ""
    """SHA-256 (hex) over the canonical values that the present intent is about."""
    age: float = 0.0
    """Seconds since the last change, by the ledger's own clock."""
    receipt: str = ""
    """伝票番号."""
    code: str = ""
    """Why it was rejected or is unknown: a key under `[outcomes]` of language/*.toml."""
    words: str = ""
    """The finance system's own words, where it said any."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    """Keys of pictures and traces by what they show (`confirmation`, `result`, `search`, `trace`)."""


class Ledger(Protocol):
    """Rows of one run. All verbs raise FencedError when somebody else has taken the rows over, StoppedError (`intend`, `send` and `check`
    only) when a stop was pressed. Called from a thread of its own, never from the event loop."""

    def entries(self, numbers: Sequence[int]) -> dict[int, Entry]:
        """The rows' records; all numbers must be known."""
        ...

    def check(self) -> None:
        """Raise FencedError or StoppedError, or return."""
        ...

    def intend(self, number: int, payload: str) -> Entry:
        """ready → intent, the attempt counted."""
        ...

    def withdraw(self, number: int, code: str, evidence: Mapping[str, str]) -> None:
        """intent → ready: it is proved that nothing was sent. `code` says why, and `evidence` shows it, for the history."""
        ...

    def resend(self, number: int, code: str) -> None:
        """sent → ready: it is proved that what was sent never arrived (a synchronous screen, settled, not found)."""
        ...

    def send(self, number: int, evidence: Mapping[str, str]) -> float:
        """intent → sent, the last thing before the click. Returns seconds from now within which the click must happen: not longer than the
        holder's right to the rows lasts."""
        ...

    def done(self, number: int, receipt: str, evidence: Mapping[str, str]) -> None:
        """sent or intent → done (intent: found in the finance system all the same)."""
        ...

    def reject(self, number: int, code: str, words: str, evidence: Mapping[str, str]) -> None:
        """ready, intent or sent → rejected."""
        ...

    def doubt(self, number: int, code: str, words: str, evidence: Mapping[str, str]) -> None:
        """intent or sent → unknown."""
        ...


class Shelf(Protocol):
    """Where evidence is kept."""

    def keep(self, name: str, content: bytes) -> str:
        """Keep a file durably; its key. The name is ASCII and says row, attempt and what it shows (`0007-1-result.jpg`)."""
        ...
