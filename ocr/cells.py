"""Kana written cell by cell: the cells tell of blanks that a row of characters does not show."""

from collections.abc import Sequence
from dataclasses import replace

from ocr.records import Character, Reading

_LOST = 2
"""More characters than these too few or too many, and no cell is known to belong to any character."""


def spaced(reading: Reading, used: Sequence[bool]) -> Reading:
    """A blank for each run of cells that were left out between others: of one row of characters a recogniser sees no gap.

    Characters and cells may differ in number by a lost one or two; counted from the nearer end the blank falls right all the same
    unless the lost one lies between, and `cells_differ` tells.
    """
    characters = [each for each in reading.characters if each.text.strip()]
    lost = sum(used) - len(characters)
    gaps = _gaps(used)
    if not gaps or abs(lost) > _LOST:
        return reading
    for before in reversed(gaps):
        at = before if before <= sum(used) // 2 else before - lost
        if 0 < at < len(characters):
            characters.insert(at, Character(" ", 1.0))
    return replace(reading, text="".join(each.text for each in characters), characters=tuple(characters))


def _gaps(used: Sequence[bool]) -> list[int]:
    """For each run of empty cells with filled ones on both sides, how many are filled before it."""
    gaps: list[int] = []
    before = 0
    empty = False
    for cell in used:
        if cell:
            if empty and before:
                gaps.append(before)
            before += 1
        empty = not cell
    return gaps
