"""Numbers in kanji, read as what they are worth and written as minutes write them."""

DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_GREAT = {"万": 10**4, "億": 10**8, "兆": 10**12}

_ONE_TO_NINE = "[一二三四五六七八九]"
# Up to 9999 as it is spoken: 一千 and 千, but never 一十 or 十二百.
_THOUSANDS = f"(?:{_ONE_TO_NINE}?千)?(?:[二三四五六七八九]?百)?(?:[二三四五六七八九]?十)?{_ONE_TO_NINE}?"
SPOKEN = f"(?=[一二三四五六七八九十百千])(?:{_THOUSANDS}兆)?(?:{_THOUSANDS}億)?(?:{_THOUSANDS}万)?{_THOUSANDS}"
"""A number as it is spoken, of ordinary form."""
DIGIT = "[〇零一二三四五六七八九]"
POSITIONAL = f"{DIGIT}{{2,}}"
"""Digits one after another: 二〇二六."""


def value(numeral: str) -> int:
    """What a well-formed or positional numeral is worth."""
    if all(sign in DIGITS for sign in numeral):
        return int("".join(str(DIGITS[sign]) for sign in numeral))
    whole = below = digit = 0
    for sign in numeral:
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in _SMALL:
            below += (digit or 1) * _SMALL[sign]
            digit = 0
        else:
            whole += (below + digit) * _GREAT[sign]
            below = digit = 0
    return whole + below + digit


def figures(numeral: str, *, commas: bool = True) -> str:
    """As minutes write it: 百二十万 is 120万, 三億五千万 is 3億5,000万, 千二百 is 1,200 (or 1200)."""
    if all(sign in DIGITS for sign in numeral):
        return "".join(str(DIGITS[sign]) for sign in numeral)
    done = part = ""
    for sign in numeral:
        if sign in _GREAT:
            done += _grouped(part, commas=commas) + sign
            part = ""
        else:
            part += sign
    return done + _grouped(part, commas=commas)


def _grouped(part: str, *, commas: bool) -> str:
    if not part:
        return ""
    return f"{value(part):,}" if commas else str(value(part))
