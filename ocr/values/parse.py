"""One field's evidence → its value by type, with what was found on the way. Rules across fields come after."""

from dataclasses import replace

from ocr.definition.faults import RegexSlowError
from ocr.definition.form import (
    AccountNumberField,
    AmountField,
    AnyField,
    BankCodeField,
    BranchCodeField,
    ChoiceField,
    Column,
    DateField,
    DigitsField,
    KanaField,
    PersonalNumberField,
    PostalCodeField,
    SealField,
    TelephoneField,
    TextField,
    TickField,
    Written,
)
from ocr.definition.patterns import full_match
from ocr.records import Evidence, Reading
from ocr.values import amounts, codes, dated, kana, marks, personal, text, traces
from ocr.values.parsed import Parsed, Surroundings
from ocr.values.width import HYPHENS

Field = AnyField | Column

LEAST_INK = 0.004
"""Share of a field's box: more than this is writing, not dust."""


def raw(field: Field, evidence: Evidence) -> str:
    """What stands on the paper as it was read; of a personal number its mask."""
    if evidence.marks:
        return marks.raw(evidence.marks)
    if isinstance(field, DateField):
        return dated.raw(field, evidence)
    text_read = evidence.reading.text if evidence.reading is not None else ""
    return personal.MASK if text_read and isinstance(field, PersonalNumberField) else text_read


def filled(field: Field, evidence: Evidence) -> bool:
    """Whether somebody wrote or marked something there, readable or not."""
    if evidence.marks:
        return any(mark.marked for mark in evidence.marks)
    return bool(raw(field, evidence).strip()) or _inked(evidence)


def _inked(evidence: Evidence) -> bool:
    """Whether there is more ink than dust, or a letter that the field's alphabet lacks: 無 in pencil in a wide box is little ink."""
    free = "".join(each.free for each in (evidence.reading, *evidence.pieces) if each is not None)
    return evidence.ink > LEAST_INK or any(letter.isalnum() and letter not in HYPHENS for letter in free)


def parse(field: Field, evidence: Evidence, around: Surroundings) -> Parsed:
    """The value of one field, not yet masked."""
    written = raw(field, evidence)
    written = written if written.strip() else ""
    free = evidence.reading.free if evidence.reading is not None else ""
    if isinstance(field, TickField | SealField | ChoiceField):
        parsed = marks.parse(field, evidence.marks, around.path)
    elif text.is_ditto(written) or (text.is_ditto(free) and not isinstance(field, TextField)):
        # It stands for the value of another field, and a person says which.
        parsed = Parsed(written if isinstance(field, TextField) else "").failed(around.path, "ditto-mark")
    elif written:
        parsed = _checked(field, _by_type(field, evidence, written, around), around.path)
    else:
        parsed = Parsed("").failed(around.path, "writing-unread") if _inked(evidence) else Parsed("")
    if field.required and not written and not parsed.findings:
        return parsed.failed(around.path, "value-missing")
    return traces.told(parsed, evidence, around.path)


def others(field: Field, evidence: Evidence, around: Surroundings) -> tuple[str, ...]:
    """Values that the next best readings give, nearest first: the runner-up, then each character's second best in its place."""
    reading = evidence.reading
    if reading is None or not reading.text:
        return ()
    texts = [reading.runner_up] if reading.runner_up else []
    if len(reading.characters) == len(reading.text):
        doubtful = sorted(enumerate(reading.characters), key=lambda each: -each[1].second_probability)
        texts += [
            reading.text[:place] + each.second + reading.text[place + 1 :] for place, each in doubtful if each.second
        ]
    own = parse(field, evidence, around).value
    found = (parse(field, replace(evidence, reading=Reading(each)), around) for each in dict.fromkeys(texts))
    return tuple(dict.fromkeys(parsed.value for parsed in found if parsed.value and parsed.value != own))


def _by_type(field: Field, evidence: Evidence, written: str, around: Surroundings) -> Parsed:
    match field:
        case TextField():
            return text.parse(field, written, around.path)
        case KanaField():
            return kana.parse(field, written, around.path)
        case DateField():
            return dated.parse(field, evidence, around)
        case AmountField():
            return amounts.parse(field, written, around.path)
        case DigitsField():
            return codes.digits(written, around.path)
        case PostalCodeField():
            return codes.postal_code(written, around.path)
        case TelephoneField():
            return codes.telephone(written, around.path)
        case BankCodeField():
            return codes.bank_code(written, around)
        case BranchCodeField():
            return codes.branch_code(written, field.bank, around)
        case AccountNumberField():
            return codes.account_number(written, around.path)
        case PersonalNumberField():
            return personal.parse(evidence, around.path)
        case _:
            raise TypeError(f"{field.type} is not written")


def _checked(field: Field, parsed: Parsed, path: str) -> Parsed:
    """Length and the definition's regular expression, where there is a value."""
    if not isinstance(field, Written) or not parsed.value:
        return parsed
    cells = field.cells if isinstance(field, DigitsField | KanaField) else 0
    least, most = field.length or (0, cells or len(parsed.value))
    if not least <= len(parsed.value) <= most:
        parsed = parsed.failed(path, "value-length", length=len(parsed.value), least=least, most=most)
    if field.check:
        code = _matches(field.check, parsed.value)
        parsed = parsed.failed(path, code) if code else parsed.signed(check_passed=1.0)
    return parsed


def _matches(pattern: str, value: str) -> str:
    try:
        return "" if full_match(pattern, value) else "check-failed"
    except RegexSlowError:
        return "check-timed-out"
