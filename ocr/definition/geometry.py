"""Boxes: inside the page, of some size, none over another, with cells that somebody can write into."""

from collections.abc import Iterator, Sequence

import numpy as np

from ocr.definition.faults import (
    BoxEmptyError,
    BoxOutsideError,
    CellsCountError,
    CellsNarrowError,
    FaultError,
    LinesLowError,
    OutOfRangeError,
    OverlapError,
    RowsOverlapError,
    TooManyBoxesError,
)
from ocr.definition.form import Form, FormPage, SealField, TextField, Written
from ocr.definition.places import Placed, Rectangle, placed, rectangles
from ocr.definition.source import Source

LEAST_SIDE = 1.0
SHARED = 0.3
"""Millimetres that two boxes may share: rounding, and boxes drawn on a common line."""
LEAST_CELL = 2.0
LEAST_LINE = 2.5
MOST_BOXES = 3000
PAGE_SIDES = (50.0, 600.0)
DIGITS_OF = {"bank-code": 4, "branch-code": 3, "account-number": 7, "postal-code": 7, "personal-number": 12}


def check_geometry(form: Form, source: Source) -> Iterator[FaultError]:
    """Every fault of sizes and places."""
    fields = list(placed(form))
    for at, page in enumerate(form.pages):
        if not all(PAGE_SIDES[0] <= side <= PAGE_SIDES[1] for side in page.size):
            found = f"{page.size[0]:g} × {page.size[1]:g}"
            limit = f"{PAGE_SIDES[0]:g}–{PAGE_SIDES[1]:g} mm"
            yield source.fault(OutOfRangeError, ("pages", at, "size"), key="size", found=found, limit=limit)
        yield from _page(page, at, [each for each in fields if each.page == at], source)
    for each in fields:
        yield from _writing_room(each, source)


def _page(page: FormPage, at: int, fields: Sequence[Placed], source: Source) -> Iterator[FaultError]:
    boxes = [each for field in fields for each in rectangles(field)]
    if len(boxes) > MOST_BOXES:
        yield source.fault(TooManyBoxesError, ("pages", at, "fields"), count=len(boxes), limit=MOST_BOXES)
        return
    sound = []
    told = set()
    for each in boxes:
        x, y, width, height = each.box
        if min(width, height) < LEAST_SIDE:
            fault = source.fault(BoxEmptyError, each.path, found=_shown(each), least=LEAST_SIDE)
        elif x < 0 or y < 0 or x + width > page.size[0] or y + height > page.size[1]:
            size = f"{page.size[0]:g} × {page.size[1]:g}"
            fault = source.fault(BoxOutsideError, each.path, found=_shown(each), size=size, row=each.row)
        else:
            sound.append(each)
            continue
        if each.path not in told:
            yield fault
        told.add(each.path)
    yield from _overlaps(sound, source)


def _overlaps(boxes: Sequence[Rectangle], source: Source) -> Iterator[FaultError]:
    """One fault for each two fields, told at the later one. A seal may stand over writing: on paper it does."""
    if not boxes:
        return
    x, y, width, height = np.array([each.box for each in boxes]).T
    seal = np.array([isinstance(each.of.field, SealField) for each in boxes])
    written = np.array([isinstance(each.of.field, Written) for each in boxes])
    pairs: dict[tuple[str, str], tuple[Rectangle, Rectangle]] = {}
    for at in range(1, len(boxes)):
        wide = np.minimum(x[:at] + width[:at], x[at] + width[at]) - np.maximum(x[:at], x[at])
        high = np.minimum(y[:at] + height[:at], y[at] + height[at]) - np.maximum(y[:at], y[at])
        sealed = (seal[:at] & written[at]) | (written[:at] & seal[at])
        for other in np.flatnonzero((wide > SHARED) & (high > SHARED) & ~sealed).tolist():
            pairs.setdefault((boxes[other].of.name, boxes[at].of.name), (boxes[other], boxes[at]))
    for first, second in pairs.values():
        if first.path == second.path:
            row_height = round(second.box[1] - first.box[1], 2)
            yield source.fault(RowsOverlapError, second.path, height=first.box[3], row_height=row_height)
        else:
            line = source.line(first.path)
            yield source.fault(OverlapError, second.path, other=first.of.name, other_line=line)


def _writing_room(each: Placed, source: Source) -> Iterator[FaultError]:
    field = each.field
    if isinstance(field, TextField) and 0 < field.box[3] < field.lines * LEAST_LINE:
        yield source.fault(LinesLowError, (*each.path, "lines"), lines=field.lines, height=field.box[3])
    cells = getattr(field, "cells", 0)
    if not isinstance(field, Written) or not cells:
        return
    path = (*each.path, "cells")
    if 0 < field.box[2] < cells * LEAST_CELL:
        yield source.fault(CellsNarrowError, path, cells=cells, width=field.box[2], least=LEAST_CELL)
    wanted = DIGITS_OF.get(getattr(field, "type", ""), cells)
    if cells != wanted:
        yield source.fault(CellsCountError, path, cells=cells, wanted=wanted)
    elif field.length is not None and field.length[1] > cells:
        yield source.fault(CellsCountError, (*each.path, "length"), cells=cells, wanted=field.length[1])


def _shown(each: Rectangle) -> str:
    return f"[{', '.join(f'{number:g}' for number in each.box)}]"
