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
    for field in placed(loaded.form):
        if field.page == page:
            boxes = list(rectangles(field))
            for at, each in enumerate(boxes):
                _draw(picture, each, named=at == 0)
    return picture


def _draw(picture: Picture, each: Rectangle, *, named: bool) -> None:
    field = each.of.field
    colour = _MARKED if isinstance(field, ChoiceField | SealField | TickField) else _WRITTEN
    left, top, right, bottom = _corners(each.box)
    cells = getattr(field, "cells", 0)
    for cell in range(1, cells):
        x = round(left + (right - left) * cell / cells)
        cv2.line(picture, (x, top), (x, bottom), colour, 1)
    cv2.rectangle(picture, (left, top), (right, bottom), colour, 2)
    if named:
        _name(picture, each.of.name, left, top, colour)


def _corners(box: BoxMm) -> tuple[int, int, int, int]:
    x, y, width, height = box
    return round(x * _SCALE), round(y * _SCALE), round((x + width) * _SCALE), round((y + height) * _SCALE)


def _name(picture: Picture, name: str, left: int, top: int, colour: tuple[int, int, int]) -> None:
    """Names are ASCII by definition: OpenCV's own letters will do."""
    place = (left + 3, max(top - 3, 10))
    cv2.putText(picture, name, place, cv2.FONT_HERSHEY_SIMPLEX, _SIZE, _PAPER, 3, cv2.LINE_AA)
    cv2.putText(picture, name, place, cv2.FONT_HERSHEY_SIMPLEX, _SIZE, colour, 1, cv2.LINE_AA)
