"""個人番号: checked at once, then gone. What is kept of a reading is a mask and whether the number was sound."""

from dataclasses import replace

from ocr.definition.form import Form, PersonalNumberField
from ocr.records import Character, Evidence, PageReading, Reading
from ocr.values import numbers
from ocr.values.parsed import Parsed

MASK = "*" * 12
"""Always twelve: neither a digit nor how many were read can be told from it."""

_LENGTH, _CHECK_DIGIT = "personal_number_length", "personal_number_check_digit"
_CODES = {_LENGTH: "personal-number-length", _CHECK_DIGIT: "personal-number-check-digit"}


def concealed(page: PageReading, form: Form) -> PageReading:
    """The page without the digits of its personal numbers; said of a page twice it changes nothing more."""
    hidden = {field.name for field in form.fields() if isinstance(field, PersonalNumberField)}
    if not hidden:
        return page
    return replace(page, evidence=tuple(_concealed(each) if each.path in hidden else each for each in page.evidence))


def parse(evidence: Evidence, path: str) -> Parsed:
    """The mask for a value, and what the check of the number under it found."""
    signs = _concealed(evidence).signs
    wrong = next((sign for sign in _CODES if sign in signs), "")
    parsed = Parsed(MASK)
    return parsed.failed(path, _CODES[wrong]) if wrong else parsed.signed(check_passed=1.0)


def _concealed(evidence: Evidence) -> Evidence:
    reading = evidence.reading
    if reading is None or reading.text == MASK:
        return evidence
    if not reading.text:
        return replace(evidence, reading=Reading(""))
    # One character: as many as were read would tell how many digits there are.
    hidden = Reading(MASK, (Character("*", reading.least),), MASK, "", reading.margin)
    wrong = _wrong(reading.text)
    return replace(evidence, reading=hidden, signs={**evidence.signs, wrong: 1.0} if wrong else evidence.signs)


def _wrong(text: str) -> str:
    digits = numbers.plain(text).replace("-", "")
    if not (len(digits) == 12 and digits.isascii() and digits.isdigit()):
        return _LENGTH
    return "" if numbers.check_digit(digits[:11]) == int(digits[11]) else _CHECK_DIGIT
