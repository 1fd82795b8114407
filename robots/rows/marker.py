"""The template's mark: which robot's template a sheet is, and of which version. Stands in A1, above the headings."""

import re
import unicodedata

from robots.errors import RowsOtherTemplateError, RowsVersionError
from robots.robot import Robot
from robots.rows.cells import Cell

_MARK = re.compile(r"様式番号\s*[:：]?\s*([a-z][a-z0-9_]*)\s+第([0-9A-Za-z.\-]+)版")
_NOTES = "（このシートには記入しません）"


def mark(robot: Robot) -> str:
    """What stands in A1."""
    return f"デジラボ様式「{robot.title}」 様式番号 {robot.name} 第{robot.version}版"


def mark_of_notes(robot: Robot) -> str:
    """What stands in A1 of sheets that hold no rows."""
    return f"{mark(robot)} {_NOTES}"


def is_notes(cell: Cell | None) -> bool:
    """Whether a sheet whose A1 this is holds no rows, though headings may stand in it."""
    return cell is not None and _NOTES in cell.written.text and is_ours(cell)


def is_ours(cell: Cell | None) -> bool:
    """Whether a cell bears a mark: what stands above the headings, and sheets of notes, need no notice then."""
    return cell is not None and _MARK.search(unicodedata.normalize("NFKC", cell.written.text)) is not None


def check(texts: list[str], robot: Robot, file: str) -> None:
    """Look for a mark above the headings; one's own table without a mark is fine. Raises RowsVersionError, RowsOtherTemplateError."""
    for text in texts:
        found = _MARK.search(unicodedata.normalize("NFKC", text))
        if found is None:
            continue
        if found[1] != robot.name:
            raise RowsOtherTemplateError(file=file, found=found[1], wanted=robot.name)
        if found[2] != robot.version:
            raise RowsVersionError(file=file, found=found[2], wanted=robot.version)
