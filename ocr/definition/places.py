"""Where everything of a form stands, with its place in form.yaml."""

from collections.abc import Iterator
from dataclasses import dataclass

from ocr.definition.form import AnyField, BoxMm, ChoiceField, Column, DateField, Form, TableField
from ocr.definition.source import Path


@dataclass(frozen=True)
class Placed:
    """A field or a table's column, and the path to it from the root of form.yaml."""

    name: str
    """As rules write it: `amount`, `items.amount`."""
    field: AnyField | Column
    path: Path
    page: int
    """Index from 0."""
    table: TableField | None = None


@dataclass(frozen=True)
class Rectangle:
    """One box of a field on its page; `row` from 1 in tables, else 0."""

    of: Placed
    box: BoxMm
    path: Path
    row: int = 0


def placed(form: Form) -> Iterator[Placed]:
    """Every field of all pages in order, each table followed by its columns."""
    for page, each in enumerate(form.pages):
        for at, field in enumerate(each.fields):
            path: Path = ("pages", page, "fields", at)
            yield Placed(field.name, field, path, page)
            if isinstance(field, TableField):
                for column_at, column in enumerate(field.columns):
                    name = f"{field.name}.{column.name}"
                    yield Placed(name, column, (*path, "columns", column_at), page, field)


def rectangles(of: Placed) -> Iterator[Rectangle]:
    """Every box of a field: options, a date's parts; in tables those of each row."""
    if isinstance(of.field, TableField):
        return
    for path, box in _boxes(of.field):
        if of.table is None:
            yield Rectangle(of, box, (*of.path, *path))
            continue
        x, y, width, height = box
        for row in range(of.table.rows):
            yield Rectangle(of, (x, y + row * of.table.row_height, width, height), (*of.path, *path), row + 1)


def _boxes(field: AnyField | Column) -> Iterator[tuple[Path, BoxMm]]:
    if isinstance(field, ChoiceField):
        yield from ((("options", at, "box"), option.box) for at, option in enumerate(field.options))
    elif isinstance(field, DateField) and field.parts is not None:
        parts = {name: getattr(field.parts, name) for name in ("year", "month", "day", "era")}
        yield from ((("parts", name), box) for name, box in parts.items() if box is not None)
    elif not isinstance(field, TableField) and field.box is not None:
        yield ("box",), field.box
