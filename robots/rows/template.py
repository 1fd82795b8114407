"""The workbook that a department fills in, one per robot and version."""

from pathlib import Path

from robots.errors import sentence
from robots.robot import Robot
from robots.rows import sheet_of_rows
from robots.rows.book import Book, short, width, written
from robots.rows.marker import mark_of_notes

NOTES = "記入のしかた"
_POINTS = ("version", "text-format", "empty", "hidden", "totals", "paste")


def write_template(robot: Robot, path: Path, language: str = "ja") -> None:
    """Headings, notes, drop-down lists, text format where leading zeros count, and the version that an upload is checked by."""
    with written(path) as book:
        sheet_of_rows.add(book, robot, language=language)
        _add_notes(book, robot, language)
        sheet_of_rows.add_choices(book, robot)


def _add_notes(book: Book, robot: Robot, language: str) -> None:
    sheet = book.book.add_worksheet(NOTES)
    sheet.write_string(0, 0, mark_of_notes(robot), book.title)
    table = [(column.heading, sheet_of_rows.note(column, language)) for column in robot.columns]
    for place, code in enumerate(("heading", "meaning")):
        sheet.write_string(2, place, sentence(f"template.{code}", language, {}), book.head["optional"])
    for line, (heading, meaning) in enumerate(table, 3):
        sheet.write_string(line, 0, heading, book.text)
        sheet.write_string(line, 1, meaning, book.text)
        sheet.set_row(line, 18 * (1 + meaning.count("\n")))
    for line, code in enumerate(_POINTS, len(table) + 4):
        sheet.write_string(line, 0, short(f"・{sentence(f'template.point-{code}', language, {})}"))
    sheet.set_column(0, 0, width([heading for heading, _ in table], 18))
    sheet.set_column(1, 1, 70)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
