"""Which characters a field may hold, by its type: what decoding is restricted to.

One character of each shape and no twins (`１` beside `1`, `−` beside `-`): decoding gives a twin's probability to the one that is here.
"""

from functools import cache

from ocr.definition.form import AnyField, Column, DateField, Written

_DIGITS = "0123456789"
_KANA = "".join(map(chr, range(ord("ァ"), ord("ヶ") + 1)))
_LARGE = "".join(sorted(set(_KANA) - set("ァィゥェォッャュョヮヵヶヰヱ")))
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ERAS = ("明治", "大正", "昭和", "平成", "令和")
ERA_LETTERS = "MTSHR"
_ERA = "".join(ERAS) + ERA_LETTERS

_BY_TYPE = {
    "kana": _KANA + "ー ・",
    "bank-kana": _LARGE + _CAPITALS + _DIGITS + "()./ー ",
    "digits": _DIGITS,
    "amount": _DIGITS + "¥円,-▲",
    "amount-negative": _DIGITS + "¥円,-▲()",
    "date": _DIGITS + _ERA + "年月日元./- ",
    "postal-code": _DIGITS + "〒- ",
    "telephone": _DIGITS + "()- ",
    "bank-code": _DIGITS,
    "branch-code": _DIGITS,
    "account-number": _DIGITS,
    "personal-number": _DIGITS + "- ",
    "era": _ERA,
    "year": _DIGITS + "元",
    "month": _DIGITS,
    "day": _DIGITS,
}


def pieces(field: DateField) -> tuple[str, ...]:
    """Names of a date's handwritten pieces in the order of `Evidence.pieces`: year, month, then day and era where they have boxes."""
    if field.parts is None:
        return ()
    return ("year", "month") + ("day",) * (field.parts.day is not None) + ("era",) * (field.parts.era is not None)


def alphabet(field: AnyField | Column, piece: str = "") -> frozenset[str] | None:
    """Characters that the field (or one of a date's `pieces`) may hold; None for free writing, and for what is not written."""
    if isinstance(field, DateField):
        return _of(piece or "date")
    if not isinstance(field, Written):
        return None
    allowed = _of(_name(field))
    if not field.alphabet:
        return allowed
    own = frozenset(character for start, end in ranges(field.alphabet) for character in map(chr, range(start, end + 1)))
    return own if allowed is None else allowed & own


def ranges(alphabet: str) -> list[tuple[int, int]]:
    """First and last code point of each stretch of `0-9ァ-ヶ`; a hyphen at either end means itself. Raises ValueError for `9-0`."""
    found = []
    place = 0
    while place < len(alphabet):
        first = last = ord(alphabet[place])
        if alphabet[place + 1 : place + 2] == "-" and place + 2 < len(alphabet):
            last = ord(alphabet[place + 2])
            place += 2
        if last < first:
            raise ValueError(f"{alphabet[place - 2 : place + 1]} runs backwards")
        found.append((first, last))
        place += 1
    return found


def _name(field: Written) -> str:
    kind: str = getattr(field, "type", "text")
    if kind == "kana" and getattr(field, "bank", False):
        return "bank-kana"
    if kind == "amount" and getattr(field, "negative", False):
        return "amount-negative"
    return kind


@cache
def _of(name: str) -> frozenset[str] | None:
    plain = _BY_TYPE.get(name)
    return None if plain is None else frozenset(plain)
