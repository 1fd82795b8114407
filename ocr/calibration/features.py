"""What speaks for and against a value, as numbers by name. Zero means nothing to say, so a sign that is missing changes nothing."""

import math
from collections.abc import Mapping, Sequence

from ocr.definition.form import AnyField, Column, TextField
from ocr.marks import MARK_FROM
from ocr.records import Evidence, Finding, Mark, Reading

Features = dict[str, float]

FAMILIES = {
    "text": "text",
    "kana": "kana",
    "digits": "digits",
    "postal-code": "digits",
    "telephone": "digits",
    "bank-code": "digits",
    "branch-code": "digits",
    "account-number": "digits",
    "personal-number": "digits",
    "amount": "amount",
    "date": "date",
    "tick": "mark",
    "choice": "mark",
    "seal": "mark",
}
"""Field type → the group that shares a base rate of errors."""

SMALLEST = 1e-5
"""Below this a doubt in a character counts no less: the recogniser's own certainty ends there."""
CONFUSABLE = frozenset(
    "ァィゥェォッャュョヮぁぃぅぇぉっゃゅょヵヶーｰ一－り リ工エ力カ二ニ口ロ八ハ夕タト卜・ヘへベべペぺ".replace(" ", "")
)
"""Characters with a twin of the same shape (facts of the recogniser: small and large kana, kanji and kana, 一 and ー)."""


def family(field: AnyField | Column) -> str:
    """The group of a field; names are their own, for nothing may be mended in them."""
    if isinstance(field, TextField) and field.nature == "name":
        return "name"
    return FAMILIES[field.type]


def features(
    field: AnyField | Column, evidence: Evidence, findings: Sequence[Finding], quality: Mapping[str, float]
) -> Features:
    """Of one field on one page."""
    group = family(field)
    found: Features = {f"is_{group}": 1.0}
    readings = [each for each in (evidence.reading, *evidence.pieces) if each is not None]
    if readings:
        found |= _of_readings(readings, group)
        if not any(reading.text for reading in readings) and evidence.ink > 0:
            found["ink_without_text"] = min(evidence.ink * 50.0, 1.0)
    if evidence.marks:
        found |= _of_marks(evidence.marks)
    found |= {f"sign_{name}": float(sign) for name, sign in evidence.signs.items()}
    found |= {f"scan_{name}": float(measure) for name, measure in quality.items()}
    for finding in findings:
        found[f"finding_{finding.code}"] = 1.0
    found["findings"] = float(bool(findings))
    # A value that a sum, a master or a check digit confirms is right although single characters were doubtful.
    if "sign_rule_confirmed" in found and "doubt" in found:
        found["confirmed_doubt"] = min(found["sign_rule_confirmed"], 1.0) * found["doubt"]
    return found


def _of_readings(readings: Sequence[Reading], group: str) -> Features:
    least = min(reading.least for reading in readings)
    whole = math.prod(character.probability for reading in readings for character in reading.characters)
    margin = min((reading.margin for reading in readings if reading.text), default=50.0)
    text = "".join(reading.text for reading in readings)
    free = "".join(reading.free for reading in readings)
    doubt = _doubt(least)
    return {
        "doubt": doubt,
        f"doubt_{group}": doubt,
        "doubt_of_whole": _doubt(whole),
        "narrow_margin": 1.0 - min(margin, 15.0) / 15.0,
        "length": math.log1p(len(text)),
        "confusable": math.log1p(sum(character in CONFUSABLE for character in text)),
        "free_differs": float(_bare(text) != _bare(free)),
    }


def _of_marks(marks: Sequence[Mark]) -> Features:
    """How near the densest option comes to being none, and how near another comes to the densest."""
    first, second = sorted([*(mark.density for mark in marks), 0.0], reverse=True)[:2]
    nearest = abs(math.log2(max(first, 1e-4) / MARK_FROM))
    return {
        "faint_mark": max(0.0, 1.0 - nearest / 2.0),
        "rival_mark": second / first if first >= MARK_FROM and len(marks) > 1 else 0.0,
    }


def _doubt(probability: float) -> float:
    """0 for certain, 1 for a coin tossed or worse, even steps per power of ten between."""
    return min(1.0, math.log10(max(1.0 - probability, SMALLEST) / SMALLEST) / math.log10(0.5 / SMALLEST))


def _bare(text: str) -> str:
    return "".join(text.split())
