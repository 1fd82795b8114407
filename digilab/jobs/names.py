"""File names as people see them. Where a file lies is decided by the store's keys alone. Pure: standard library only."""

import unicodedata
from collections.abc import Sequence
from pathlib import PurePath

LONGEST = 200
_NEVER = frozenset('\\/:*?"<>|')


def display_name(raw: str) -> str:
    """A name that is safe to show, to send in a header and to save under on any system.

    Folders are cut off, control and direction-changing signs dropped (H7), what Windows forbids becomes `_`. A name whose cp932 bytes
    were read as Latin-1 by an old client is recovered (A22). Kanji are never normalised.
    """
    name = _recovered(raw).replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in name if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp"))
    kept = "".join("_" if sign in _NEVER else sign for sign in kept).strip(" .")
    if not kept:
        return "file"
    path = PurePath(kept)
    ending = path.suffix[:20]
    return path.stem[: LONGEST - len(ending)] + ending


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
    """Undo cp932 read as Latin-1 where, and only where, the result is Japanese."""
    if raw.isascii():
        return raw
    try:
        recovered = raw.encode("latin-1").decode("cp932")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return raw
    japanese = sum("\u3040" <= sign <= "\u30ff" or "\u4e00" <= sign <= "\u9fff" for sign in recovered)
    return recovered if japanese else raw
