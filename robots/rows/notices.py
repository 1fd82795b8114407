"""What is not refused but told, gathered: one notice a column and kind, however many cells it is about."""

from collections.abc import Sequence
from dataclasses import replace

from robots.rows.records import Finding, Place
from robots.values import Remark

MOST_LINES = 30
"""Ranges of lines that a notice names."""


class Notices:
    """In the order of their first mention."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str, str], Finding] = {}
        self._single: list[Finding] = []

    def cell(self, remark: Remark, place: Place) -> None:
        """Something was understood; counted by file, sheet and column."""
        key = (remark.code, place.file, place.sheet, place.column)
        before = self._found.get(key)
        if before is None:
            self._found[key] = Finding(remark.code, place, remark.evidence, refuses=False)
        else:
            self._found[key] = replace(before, count=before.count + 1)

    def add(self, code: str, place: Place, **evidence: str | int) -> None:
        """Something about a sheet, a row or a file."""
        self._single.append(Finding(code, place, evidence, refuses=False))

    def lines(self, code: str, place: Place, lines: Sequence[int]) -> None:
        """Something about rows of a sheet, if there are any."""
        if lines:
            self.add(code, place, lines=ranges(lines))

    def all(self) -> tuple[Finding, ...]:
        """What concerns sheets and rows first."""
        return (*self._single, *self._found.values())


def ranges(lines: Sequence[int]) -> str:
    """3, 7–9: lines in order, neighbours joined."""
    joined: list[list[int]] = []
    for line in lines:
        if joined and line == joined[-1][1] + 1:
            joined[-1][1] = line
        else:
            joined.append([line, line])
    texts = [str(first) if first == last else f"{first}–{last}" for first, last in joined[:MOST_LINES]]
    return "、".join(texts) + ("…" if len(joined) > MOST_LINES else "")
