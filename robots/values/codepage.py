"""What Windows' Japanese code page holds, for the finance systems behind it. Always codec `cp932`, never `shift_jis`."""

import re

CODEC = "cp932"
_TWINS = str.maketrans({"\u00a2": "￠", "\u00a3": "￡", "\u00ac": "￢", "\u2016": "∥", "\u2212": "－", "\u301c": "～"})
# What a reader sees as one character: a sign with its variation selectors, voicing marks and accents.
_SEEN = re.compile("(?:.[\u0300-\u036f\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]*)", re.DOTALL)
# Python maps four of the private area to the lone bytes A0, FD, FE, FF, which no Japanese system takes for a character.
_LONE_BYTES = re.compile("[\uf8f0-\uf8f3]")
PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")


def as_cp932_has_it(text: str) -> str:
    """Six signs that share a code with a twin come back from cp932 as that twin (〜 U+301C as ～ U+FF5E): the twin, at once."""
    return text if text.isascii() else text.translate(_TWINS)


def missing(text: str) -> list[str]:
    """Characters that the code page has not, each once, as a reader sees them (a base with its marks)."""
    if _holds(text):
        return []
    return list(dict.fromkeys(seen for seen in _SEEN.findall(text) if not _holds(seen)))


def points(characters: list[str]) -> str:
    """`𠮷(U+20BB7)、葛(U+845B U+E0100)`: the character may look like another one, or like nothing."""
    named = (f"{each}({' '.join(f'U+{ord(sign):04X}' for sign in each)})" for each in characters[:10])
    return "、".join(named)


def _holds(text: str) -> bool:
    try:
        text.encode(CODEC)
    except UnicodeEncodeError:
        return False
    return not _LONE_BYTES.search(text)
