"""Refused rows as a workbook: put right what is marked and hand it in again."""

from collections.abc import Sequence
from pathlib import Path

from robots.robot import Robot
from robots.rows import sheet_of_rows
from robots.rows.book import Book, written
from robots.rows.records import RefusedRow
from robots.rows.sheet_of_rows import Filled

BEFORE = ("却下の理由", "元の場所")
"""Columns ahead of the robot's own; an upload does not read them (headings.OURS)."""
NAME = "却下・修正用"


def write_refused(robot: Robot, refused: Sequence[RefusedRow], path: Path, language: str = "ja") -> None:
    """The template with the refused rows in it, and why each was refused."""
    with written(path) as book:
        add(book, robot, refused, language)
        sheet_of_rows.add_choices(book, robot)


def add(book: Book, robot: Robot, refused: Sequence[RefusedRow], language: str = "ja") -> None:
    """The sheet of refused rows."""
    filled = [_filled(robot, row, language) for row in refused]
    sheet_of_rows.add(book, robot, filled, before=BEFORE, name=NAME, language=language)


def _filled(robot: Robot, row: RefusedRow, language: str) -> Filled:
    names = {column.heading: column.name for column in robot.columns}
    faults: dict[str, list[str]] = {}
    reasons = []
    for finding in row.findings:
        heading, words = finding.place.heading, finding.words(language)
        reasons.append(f"「{heading}」{words}" if heading else words)
        if heading in names:
            faults.setdefault(names[heading], []).append(words)
    before = ("\n".join(reasons), row.place.told(language).removesuffix(": "))
    return Filled(row.raw, before, {name: "\n".join(words) for name, words in faults.items()})
