"""What a character outside the alphabet stands for inside it: `０` in a field of digits is a `0`, and so is `O`.

A field's alphabet is decided before reading, so shapes that print and handwriting cannot tell apart carry their probability
over to the one that may stand there. Only for characters that may not: where `O` and `0` are both allowed, neither is touched.
"""

import unicodedata
from functools import lru_cache

_SHAPES = (
    "0OoQD○〇◯",
    "1lI|i丨",
    "2Zz",
    "5Ss",
    "6b",
    "8B",
    "9gq",
    "-ー一−‐‑–—―─~=_",
    "/ノ丿∕",
    ".・。､、,･·",
    ",、，､.･·",
    "・･·.‧•",
    "¥￥YV",
    "円圓圆",
    "▲△",
    "(〔[【",
    ")〕]】",
    ":∶",
    "ー一-−‐–—―─~",
    "エ工",
    "オ才",
    "カ力",
    "キ≠",
    "セ七",
    "タ夕",
    "チ千于",
    "ト卜",
    "ニ二",
    "ヌ又",
    "ノ丿/",
    "ハ八",
    "ホ木",
    "ミ三",
    "ム厶么公",
    "メ〆×",
    "ヤ也",
    "ロ口囗□",
    "レL",
)
"""Groups of one shape; the first of a group is what the others are taken for."""

_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎ", "アイウエオツヤユヨワカケあいうえおつやゆよわ")
_KANA_APART = 0x60  # hiragana → katakana in Unicode


@lru_cache(maxsize=65536)
def candidates(character: str) -> tuple[str, ...]:
    """What `character` may be taken for, nearest first: width, letter case, small or large kana, hiragana or katakana, shape."""
    found = [unicodedata.normalize("NFKC", character)]
    plain = found[0] if len(found[0]) == 1 else character
    found += [plain.upper(), plain.lower()]
    large = plain.translate(_SMALL)
    found += [large, *(_other_kana(each) for each in (plain, large))]
    found += [group[0] for group in _SHAPES if plain in group or character in group]
    if plain.isascii() and plain.isprintable() and plain != " ":
        found.append(chr(ord(plain) + 0xFEE0))
    if plain == "\u3000":
        found.append(" ")
    return tuple(dict.fromkeys(each for each in found if len(each) == 1 and each != character))


def _other_kana(character: str) -> str:
    code = ord(character)
    if 0x3041 <= code <= 0x3096:
        return chr(code + _KANA_APART)
    if 0x30A1 <= code <= 0x30F6:
        return chr(code - _KANA_APART)
    return character


def taken_for(character: str, alphabet: frozenset[str]) -> str:
    """The allowed character that `character` stands for, or '' when there is none."""
    if character in alphabet:
        return character
    return next((each for each in candidates(character) if each in alphabet), "")


def fold(text: str, alphabet: frozenset[str]) -> str:
    """`text` with look-alikes as the allowed characters they stand for; what stands for none stays."""
    return "".join(taken_for(each, alphabet) or each for each in text)
