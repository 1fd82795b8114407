"""Yen as offices write them: ¥１，０００円, 金1,000円也, ▲1,000, (1,000), ¥1,000-."""

import re

from ocr.definition.form import AmountField
from ocr.values.numbers import plain
from ocr.values.parsed import Parsed

_AMOUNT = re.compile(r"(?P<sign>[-▲△]?)¥?(?P<inner>[-▲△]?)(?P<digits>[0-9][0-9,]{0,30})")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")


def parse(field: AmountField, written: str, path: str) -> Parsed:
    """The amount in plain digits, - before it when it is less than 0."""
    found = amount(written)
    if found is None:
        return Parsed("").failed(path, "amount-unreadable")
    value, grouped = found
    parsed = Parsed(str(value))
    if not grouped:
        parsed = parsed.failed(path, "amount-commas")
    if value < 0 and not field.negative:
        parsed = parsed.failed(path, "amount-negative")
    elif value < 0:
        parsed = parsed.told(path, "amount-understood", value=value)
    if field.least is not None and value < field.least:
        parsed = parsed.failed(path, "amount-too-small", limit=field.least)
    if field.most is not None and value > field.most:
        parsed = parsed.failed(path, "amount-too-large", limit=field.most)
    return parsed


def amount(text: str) -> tuple[int, bool] | None:
    """Yen, and whether the commas stand where they should; None for what is no amount. ▲, △, - before and (…) around mean less than 0.

    A comma at the end may be all that was read of a group (`1,000,` of 1,000,000); nothing is less than 0 and 0 (`-000` was 1000).
    """
    bare = plain(text).replace("、", ",").replace(".", ",").removeprefix("金").removesuffix("也").removesuffix("円")
    bracketed = bare.startswith("(") and bare.endswith(")")
    bare = bare[1:-1] if bracketed else bare
    # `¥1,000-` and `1,000.-` close the amount; they say nothing of its sign.
    ended = re.sub(r"(?<=[0-9円]),?-+$", "", bare).removesuffix("円")
    bare = ended.rstrip(",")
    found = _AMOUNT.fullmatch(bare)
    if not found:
        return None
    digits = found["digits"]
    signs = bool(found["sign"]) + bool(found["inner"]) + bracketed
    value = int(digits.replace(",", ""))
    if signs > 1 or (signs and not value):
        return None
    sound = bare == ended and ("," not in digits or bool(_GROUPED.fullmatch(digits)))
    return -value if signs else value, sound
