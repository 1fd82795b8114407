"""From the probability of being wrong, what was found, and the field's harm and review: who looks."""

from collections.abc import Sequence

from ocr.definition.form import AnyField, Column, Harm, Review
from ocr.records import Decision, Finding
from ocr.values.dated import SURE

TOLD = SURE | {"amount-understood", "reading-repaired"}
"""Findings that tell how a value was understood. All others say that something is not as it should be."""

TWO_KEYS_FROM = 0.25
"""P(wrong) from which on a harmful field is keyed twice: whoever looks at a reading that is wrong so often tends to see it."""


def decide(field: AnyField | Column, p_wrong: float, threshold: float, findings: Sequence[Finding]) -> Decision:
    """`review: never` accepts whatever was found, and shows it; else a failed check is looked at however sure the reading is."""
    if field.review is Review.NEVER:
        return Decision.ACCEPT
    if field.review is Review.TWICE or (field.harm is Harm.HIGH and p_wrong >= TWO_KEYS_FROM):
        return Decision.TWO_KEYS
    sure = p_wrong <= threshold  # and not the reverse asked: what is no number is never sure
    wrong = any(finding.code not in TOLD for finding in findings)
    if field.review is Review.ALWAYS or not sure or wrong:
        return Decision.LOOK
    return Decision.ACCEPT
