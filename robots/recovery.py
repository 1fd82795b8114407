"""What is decided about a row after a look into the finance system (faults.md, the robot pattern). Pure: no page, no ledger.

| found | the row was sent | the row was intended only |
|---|---|---|
| one equal slip | 登録済 | 登録済 (somebody keyed it for us) |
| one slip that differs | 要照合 | 要照合 |
| two or more | 要照合, and the robot is held | the same |
| none | after the settle time: ready again if the screen is synchronous, else 要照合 | ready again |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from robots.comparing import differing, told
from robots.errors import sentence
from robots.robot import Registered, Robot


@dataclass(frozen=True)
class Done:
    """It stands there, equal in every field that is shown."""

    receipt: str


@dataclass(frozen=True)
class Doubt:
    """A person decides."""

    code: str
    """Key under `[outcomes]`."""
    words: str
    twice: bool = False
    """Two slips with one reference: nothing more is keyed."""
    receipts: str = ""


@dataclass(frozen=True)
class Absent:
    """Nothing with this reference is there."""


def decide(
    robot: Robot, values: Mapping[str, str], reference: str, hits: Sequence[Registered], receipt: str = ""
) -> Done | Doubt | Absent:
    """From what the search found; `receipt` is the 伝票番号 that the result page said, where one came."""
    if not hits:
        return Absent()
    if len(hits) > 1:
        receipts = ", ".join(hit.receipt for hit in hits)
        return Doubt("found-twice", sentence("comparing.receipts", "ja", {"receipts": receipts}), True, receipts)
    (hit,) = hits
    found = differing(robot, values, reference, {**hit.values, "reference": hit.reference})
    if found:
        return Doubt("differs", told(robot, found), receipts=hit.receipt)
    if receipt and receipt != hit.receipt:
        words = sentence("comparing.receipt", "ja", {"ours": receipt, "theirs": hit.receipt})
        return Doubt("receipt-differs", words, receipts=hit.receipt)
    return Done(hit.receipt)


def not_arrived(robot: Robot, receipt: str) -> Doubt | None:
    """What becomes of a row that was sent and is not there after the settle time: None when it may be keyed again."""
    if receipt:
        return Doubt("not-listed", sentence("comparing.receipts", "ja", {"receipts": receipt}))
    return None if robot.synchronous else Doubt("not-arrived", "")
