"""What Windows' Japanese code page cannot hold. Always codec `cp932`, never `shift_jis`: the two read 〜 and － differently."""

import re
from dataclasses import dataclass

CODEC = "cp932"
GETA = "〓"
"""Printers' sign for a missing sort: seen at once, and in no name."""

TWINS = {"\u00a2": "￠", "\u00a3": "￡", "\u00ac": "￢", "\u2016": "∥", "\u2212": "－", "\u301c": "～"}
"""Six signs that share a code with their twin and so come back as it: the same character of JIS X 0208 under two names."""

# What a reader sees as one character: a sign with its variation selectors, voicing marks and accents.
_SEEN = re.compile("(?:.[\u0300-\u036f\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]*)", re.DOTALL)
# Python maps these to the bytes A0, FD, FE, FF, which no Japanese system takes for a character.
_LONE_BYTES = re.compile("[\uf8f0-\uf8f3]")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")


@dataclass(frozen=True)
class Remark:
    """A character to look at; `written` is what stands for it in the file, `reason` the end of a code of the language files."""

    character: str
    written: str
    reason: str

    @property
    def points(self) -> str:
        """U+845B U+E0100."""
        return " ".join(f"U+{ord(sign):04X}" for sign in self.character)


def fit(text: str) -> tuple[str, list[Remark]]:
    """The text as the code page holds it, and every character that is not held or that only some machines show (外字)."""
    if not _PRIVATE.search(text) and _holds(text):
        return text, []
    remarks: list[Remark] = []

    def held(match: re.Match[str]) -> str:
        character = match[0]
        private = _PRIVATE.search(character)
        if _holds(character):
            if private:
                remarks.append(Remark(character, character, "private"))
            return character
        remarks.append(Remark(character, GETA, "private" if private else "missing"))
        return GETA

    return _SEEN.sub(held, text), remarks


def _holds(text: str) -> bool:
    if _LONE_BYTES.search(text):
        return False
    try:
        back = text.encode(CODEC).decode(CODEC)
    except UnicodeError:
        return False
    return back == text or back == "".join(TWINS.get(sign, sign) for sign in text)
