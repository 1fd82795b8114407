"""A case's entries written into the blanks of its form."""

import random
from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np

from forms import marking
from forms.blanks import printed
from forms.entries import EMPTY, Entry, Filled
from forms.hand import Hand, Paper, Writer
from forms.sheet import Box, Sheet
from forms.troubles import mistaken
from ocr.definition.form import (
    AmountField,
    AnyField,
    ChoiceField,
    Column,
    DateField,
    Form,
    KanaField,
    SealField,
    TableField,
    TextField,
    TickField,
)

Field = AnyField | Column


@cache
def blanks(form: Form) -> tuple[Paper, ...]:
    """The form's pages from the press, in colour."""
    return tuple(cv2.cvtColor(np.asarray(sheet.image), cv2.COLOR_GRAY2BGR) for sheet in _sheets(form))


@cache
def _sheets(form: Form) -> tuple[Sheet, ...]:
    return tuple(printed(form))


def placed(form: Form, page: int) -> Iterator[tuple[str, Field, float]]:
    """Every place to write on a page: path, field or column, and how far it lies below its definition."""
    for field in form.pages[page - 1].fields:
        if not isinstance(field, TableField):
            yield field.name, field, 0.0
            continue
        for row in range(field.rows):
            for column in field.columns:
                yield f"{field.name}.{row + 1}.{column.name}", column, row * field.row_height


def write_page(form: Form, page: int, filled: Filled, hand: Hand, rng: random.Random) -> Paper:
    """The page of a case as it is handed in, in ink on paper."""
    paper = blanks(form)[page - 1].copy()
    writer = Writer(paper, hand, rng)
    for path, field, down in placed(form, page):
        entry = filled.entries.get(path, EMPTY)
        if entry.raw:
            _write(writer, field, down, entry, filled, path)
    return paper


def lower(box: Box, down: float) -> Box:
    """The box in a row further down."""
    return box[0], box[1] + down, box[2], box[3]


def _write(writer: Writer, field: Field, down: float, entry: Entry, filled: Filled, path: str) -> None:
    if isinstance(field, TickField):
        marking.tick(writer.paper, lower(field.box, down), writer.hand, writer.rng)
    elif isinstance(field, SealField):
        marking.seal(writer.paper, field.box, filled.surname, writer.rng)
    elif isinstance(field, ChoiceField):
        for option in field.options:
            if option.value in entry.pieces:
                mark = marking.tick if field.by == "tick" else marking.ring
                mark(writer.paper, lower(option.box, down), writer.hand, writer.rng)
    elif isinstance(field, DateField) and field.parts:
        boxes = (field.parts.year, field.parts.month, field.parts.day)
        for box, piece in zip(boxes, entry.pieces, strict=True):
            if box:
                writer.line(lower(box, down), piece, align="centre")
    else:
        _write_characters(writer, field, down, entry, filled, path)


def _write_characters(writer: Writer, field: Field, down: float, entry: Entry, filled: Filled, path: str) -> None:
    assert not isinstance(field, TableField | ChoiceField)
    assert field.box
    box = lower(field.box, down)
    cells = getattr(field, "cells", 0)
    right = isinstance(field, AmountField)
    align = "right" if right else "left"
    trouble = filled.troubles.get(path)
    if cells:
        writer.cells(box, entry.raw, cells, align)
    elif isinstance(field, TextField) and field.lines > 1:
        _paragraph(writer, box, entry.raw, field.lines)
    elif trouble == "corrected":
        _correct(writer, box, entry.raw, filled.surname)
    else:
        stood = writer.line(box, entry.raw, align=align, size=3.6 if isinstance(field, KanaField) else 0)
        if trouble == "seal-over-text":
            x, y, w, h = stood
            marking.seal(writer.paper, (x + w - 6, y + h / 2 - 6, 12, 12), filled.surname, writer.rng)


def _correct(writer: Writer, box: Box, words: str, surname: str) -> None:
    """The mistake below, struck out and sealed; what is meant above it."""
    x, y, w, h = box
    wrong = writer.line((x, y + h * 0.5, w * 0.8, h * 0.5), mistaken(words, writer.rng), h * 0.42)
    marking.strike(writer.paper, wrong, writer.hand, writer.rng)
    writer.line((x, y, w * 0.8, h * 0.5), words, h * 0.42)
    marking.seal(writer.paper, (wrong[0] + wrong[2], y, 9, h), surname, writer.rng, 6.5)


def _paragraph(writer: Writer, box: Box, words: str, lines: int) -> None:
    """Words over the lines of a box, as many to a line as fit."""
    x, y, w, h = box
    size = min(h / lines * 0.6, 4.6)
    fitting = max(int((w - 4) / (size * (1.05 + writer.hand.spacing))), -(-len(words) // lines))
    for number in range(lines):
        piece = words[number * fitting : (number + 1) * fitting]
        if piece:
            writer.line((x, y + h * number / lines, w, h / lines), piece, size)
