"""File names as people see them. Where a file lies is decided by the store's keys alone. Pure: standard library only."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePath

LONGEST = 200
_NEVER = frozenset('\\/:*?"<>|')
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])(\s*\.|\s*$)", re.IGNORECASE)
"""Names that Windows keeps for itself, with any ending."""


def display_name(raw: str) -> str:
    """A name that is safe to show, to send in a header and to save under on any system.

    Folders are cut off, control and direction-changing signs dropped (H7), what Windows forbids becomes `_`. A name whose bytes an old
    client sent undeclared is recovered (A22). Kanji are never normalised.
    """
    name = _recovered(raw).replace("\\", "/").rpartition("/")[2]
    kept = "".join("_" if sign in _NEVER else sign for sign in printable(name)).strip(" .")
    if _DEVICE.match(kept):
        kept = f"_{kept}"
    path = PurePath(kept)
    ending = path.suffix[:20]
    # Cutting may bring a blank or a dot to the end again.
    return (path.stem[: LONGEST - len(ending)] + ending).strip(" .") or "file"


def printable(raw: str) -> str:
    """One line of text without control and direction-changing signs."""
    return "".join(sign for sign in raw if unicodedata.category(sign) not in _DROPPED).strip()


def unique_names(names: Sequence[str]) -> list[str]:
    """The names in order, a number added to those that stand there already."""
    taken: set[str] = set()
    result = []
    for name in names:
        path = PurePath(name)
        candidate, number = name, 2
        while candidate.casefold() in taken:
            candidate, number = f"{path.stem} ({number}){path.suffix}", number + 1
        taken.add(candidate.casefold())
        result.append(candidate)
    return result


def _recovered(raw: str) -> str:
    """Undo UTF-8 or cp932 read as Latin-1 where, and only where, the result is Japanese."""
    # Japanese in either encoding has bytes that Latin-1 knows as control signs; a western name (Réunion) has none.
    if not any("\x80" <= sign <= "\x9f" for sign in raw):
        return raw
    for encoding in ("utf-8", "cp932"):
        try:
            recovered = raw.encode("latin-1").decode(encoding)
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
        if any("\u3040" <= sign <= "\u30ff" or "\u4e00" <= sign <= "\u9fff" for sign in recovered):
            return recovered
    return raw
