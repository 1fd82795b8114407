"""The sheet that people fill in: the mark with the version, a note a column, the headings, rows. Template and refused rows share it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from robots.columns import Column, ColumnType
from robots.errors import sentence
from robots.robot import Robot
from robots.rows.book import FIRST_LINE, Book, height, put, short, width
from robots.rows.marker import mark, mark_of_notes
from robots.values.choices import shown

PREPARED = 2_000
"""Rows that get drop-down lists and checks; rows below are checked on upload like all others."""
CHOICES = "選択肢"
NAME = "明細"
_BEFORE = (50.0, 40.0)
"""Widths of columns ahead of the robot's."""


@dataclass(frozen=True)
class Filled:
    """A row that stands in the sheet already."""

    values: Mapping[str, str]
    before: Sequence[str] = ()
    """Texts in the columns ahead of ours."""
    faults: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with a cell, by the column's name."""


def add(
    book: Book,
    robot: Robot,
    rows: Sequence[Filled] = (),
    *,
    before: Sequence[str] = (),
    name: str = NAME,
    language: str = "ja",
) -> Any:
    """A sheet of rows, with columns of these headings ahead of the robot's."""
    sheet = book.book.add_worksheet(name)
    sheet.write_string(0, 0, mark(robot), book.title)
    sheet.set_row(1, 66)
    sheet.set_row(2, 32)
    for place, heading in enumerate(before):
        sheet.write_string(2, place, heading, book.head["reason"])
        sheet.set_column(place, place, _BEFORE[place], book.plain[ColumnType.TEXT])
    prepared = FIRST_LINE - 1 + max(PREPARED, len(rows) + 200)
    for place, column in enumerate(robot.columns, len(before)):
        sheet.write_string(1, place, note(column, language), book.note)
        sheet.write_string(2, place, column.heading, book.head["required" if column.required else "optional"])
        sheet.set_column(place, place, _width(column, rows), book.plain[column.type])
        if rule := _validation(robot, column, language):
            sheet.data_validation(FIRST_LINE - 1, place, prepared, place, rule)
    for line, row in enumerate(rows, FIRST_LINE - 1):
        _write(sheet, book, robot, line, row)
    sheet.freeze_panes(FIRST_LINE - 1, len(before))
    sheet.repeat_rows(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    return sheet


def add_choices(book: Book, robot: Robot) -> None:
    """What the drop-down lists offer; a list within a rule holds 255 characters only, and no commas."""
    chosen = _chosen(robot)
    if not chosen:
        return
    sheet = book.book.add_worksheet(CHOICES)
    sheet.write_string(0, 0, mark_of_notes(robot), book.title)
    for place, column in enumerate(chosen):
        listed = [shown(code, words) for code, words in column.choices]
        sheet.write_string(1, place, column.heading, book.head["optional"])
        sheet.write_column(2, place, listed, book.text)
        sheet.set_column(place, place, width([column.heading, *listed]))
    sheet.protect()


def note(column: Column, language: str) -> str:
    """What to fill in, in a few words."""
    needed = sentence(f"template.{'required' if column.required else 'optional'}", language, {})
    return "\n".join([f"【{needed}】{kind(column, language)}", *([column.note] if column.note else [])])


def kind(column: Column, language: str) -> str:
    """What a column holds, in words."""
    code = column.type.value
    if column.type is ColumnType.DIGITS and column.digits is not None:
        return sentence("template.type-digits-of", language, {"digits": column.digits})
    words = sentence(f"template.type-{code}", language, {})
    if column.longest is not None:
        words += sentence("template.longest", language, {"longest": column.longest})
    if column.least is not None and column.most is not None:
        words += sentence("template.between", language, {"least": f"{column.least:,}", "most": f"{column.most:,}"})
    return words


def _chosen(robot: Robot) -> list[Column]:
    return [column for column in robot.columns if column.type is ColumnType.CHOICE]


def _write(sheet: Any, book: Book, robot: Robot, line: int, row: Filled) -> None:
    if row.before:
        sheet.set_row(line, height(list(zip(row.before, _BEFORE, strict=False))))
    for place, text in enumerate(row.before):
        sheet.write_string(line, place, short(text), book.text)
    for place, column in enumerate(robot.columns, len(row.before)):
        fault = row.faults.get(column.name)
        look = (book.fault if fault is not None else book.cell)[column.type]
        put(sheet, line, place, column, offered(column, row.values.get(column.name, "")), look)
        if fault:
            sheet.write_comment(line, place, short(fault), {"x_scale": 2.2, "y_scale": 1.2})


def offered(column: Column, text: str) -> str:
    """A choice as the list offers it."""
    return next((shown(code, words) for code, words in column.choices if code == text), text)


def _width(column: Column, rows: Sequence[Filled]) -> float:
    texts = [column.heading, *(row.values.get(column.name, "") for row in rows[:200])]
    least = {ColumnType.AMOUNT: 14, ColumnType.DATE: 13, ColumnType.TEXT: 20, ColumnType.KANA: 20}.get(column.type, 10)
    return width(texts, least)


def _validation(robot: Robot, column: Column, language: str) -> dict[str, Any]:
    """Excel's own check while typing. It warns where a paste or another spelling may still be right; the check on upload decides."""
    title = column.heading[:32]
    told = {
        "ignore_blank": True,
        "input_title": title,
        "input_message": note(column, language)[:255],
        "error_title": title,
        "error_message": kind(column, language)[:255],
    }
    if column.type is ColumnType.CHOICE:
        place = _chosen(robot).index(column)
        letter = chr(ord("A") + place)
        source = f"={CHOICES}!${letter}$3:${letter}${2 + len(column.choices)}"
        return {**told, "validate": "list", "source": source, "error_type": "stop"}
    if column.type is ColumnType.AMOUNT and column.least is not None and column.most is not None:
        return {
            **told,
            "validate": "integer",
            "criteria": "between",
            "minimum": column.least,
            "maximum": column.most,
            "error_type": "warning",
        }
    if column.type is ColumnType.DIGITS and column.digits is not None:
        return {**told, "validate": "length", "criteria": "==", "value": column.digits, "error_type": "warning"}
    if column.type is ColumnType.TEXT and column.longest is not None:
        return {**told, "validate": "length", "criteria": "<=", "value": column.longest, "error_type": "warning"}
    return {**told, "validate": "any"}
