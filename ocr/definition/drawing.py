"""A form's fields drawn on its blank, for whoever defines it: is every box where the paper has it?"""

import cv2
import numpy as np

from ocr.definition.blank import PIXELS_PER_MM, Picture
from ocr.definition.form import BoxMm, ChoiceField, SealField, TickField
from ocr.definition.load import LoadedForm
from ocr.definition.places import Rectangle, placed, rectangles

_SHRINK = 2
_SCALE = PIXELS_PER_MM / _SHRINK
_WRITTEN, _MARKED = (190, 60, 0), (0, 110, 0)
_PAPER = (255, 255, 255)
_SIZE = 0.42


def drawn(loaded: LoadedForm, page: int) -> Picture:
    """The blank of a page (from 0) at 6 px/mm, paled, with each box, its cells and the path that rules call it by."""
    blank = loaded.blanks[page]
    small = cv2.resize(blank, None, fx=1 / _SHRINK, fy=1 / _SHRINK, interpolation=cv2.INTER_AREA)
    picture = (128 + small.astype(np.uint16) // 2).clip(0, 255).astype(np.uint8)
    boxes: list[Rectangle] = []
    for field in placed(loaded.form):
        if field.page == page:
            boxes += rectangles(field)
    for each in boxes:
        _draw(picture, each)
    for path in dict.fromkeys(each.of.path for each in boxes):
        _name(picture, next(each for each in boxes if each.of.path == path))
    return picture


def _draw(picture: Picture, each: Rectangle) -> None:
    field, colour = each.of.field, _colour(each)
    left, top, right, bottom = _corners(each.box)
    cells = getattr(field, "cells", 0)
    for cell in range(1, cells):
        x = round(left + (right - left) * cell / cells)
        cv2.line(picture, (x, top), (x, bottom), colour, 1)
    cv2.rectangle(picture, (left, top), (right, bottom), colour, 2)


def _colour(each: Rectangle) -> tuple[int, int, int]:
    return _MARKED if isinstance(each.of.field, ChoiceField | SealField | TickField) else _WRITTEN


def _corners(box: BoxMm) -> tuple[int, int, int, int]:
    x, y, width, height = box
    return round(x * _SCALE), round(y * _SCALE), round((x + width) * _SCALE), round((y + height) * _SCALE)


def _name(picture: Picture, each: Rectangle) -> None:
    """In the box where nothing is printed, above marks. Names are ASCII by definition: OpenCV's own letters will do."""
    left, top, _, _ = _corners(each.box)
    inside = _colour(each) == _WRITTEN and each.of.field.type != "date"
    place = (left + 4, top + 14 if inside else max(top - 4, 10))
    for colour, width in ((_PAPER, 3), (_colour(each), 1)):
        cv2.putText(picture, each.of.name, place, cv2.FONT_HERSHEY_SIMPLEX, _SIZE, colour, width, cv2.LINE_AA)
