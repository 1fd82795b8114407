"""Which characters a field may hold, by its type: what decoding is restricted to.

Full-width twins of ASCII characters belong to the alphabet of their type: the recogniser has classes for both and writes either.
`parse` makes them one.
"""

from functools import cache

from ocr.definition.form import AnyField, Column, DateField, Written
from ocr.values.width import HYPHENS, narrow

_DIGITS = "0123456789"
_KANA = "".join(map(chr, range(ord("ァ"), ord("ヶ") + 1)))
_SMALL = "ァィゥェォッャュョヮヵヶ"
_LARGE = "".join(sorted(set(_KANA) - set(_SMALL) - set("ヰヱヮ")))
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ERAS = ("明治", "大正", "昭和", "平成", "令和")
ERA_LETTERS = "MTSHR"
_ERA = "".join(ERAS) + ERA_LETTERS + ERA_LETTERS.lower() + "㍾㍽㍼㍻㋿"
_YEN = "¥円,.、，．\\"

_BY_TYPE = {
    "kana": _KANA + "ーｰ 　・･",
    "bank-kana": _LARGE + _CAPITALS + _DIGITS + "().-/ー 　・",
    "digits": _DIGITS,
    "amount": _DIGITS + _YEN + HYPHENS + "▲△",
    "amount-negative": _DIGITS + _YEN + HYPHENS + "▲△()",
    "date": _DIGITS + _ERA + "年月日元./・ 　()" + HYPHENS,
    "postal-code": _DIGITS + "〒 　" + HYPHENS,
    "telephone": _DIGITS + "() 　" + HYPHENS,
    "bank-code": _DIGITS,
    "branch-code": _DIGITS,
    "account-number": _DIGITS,
    "personal-number": _DIGITS + " 　" + HYPHENS,
    "era": _ERA,
    "year": _DIGITS + "元",
    "month": _DIGITS,
    "day": _DIGITS,
}
_TWINS = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"￥": "¥"}


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
    own |= {wide for wide, plain in _TWINS.items() if plain in own}
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
    if plain is None:
        return None
    return frozenset(plain) | {wide for wide in _TWINS if narrow(wide) in plain}
