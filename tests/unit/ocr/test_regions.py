"""From a drawn page to each field's writing: which strokes belong to it, in which lines, and how its crop is cut."""

import json
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.aligned import AlignedPage
from ocr.definition.form import ChoiceField, DateField, Form, Option, SealField, TickField
from ocr.ink import Blank
from ocr.marks import marks
from ocr.records import Box, Place
from ocr.regions import Spot, Writing, crops, spots, writing

Sheet = NDArray[np.uint8]
PEN, RED = (90, 50, 40), (58, 48, 205)
BOX: Box = (20.0, 20.0, 60.0, 8.0)


@pytest.fixture
def blank() -> Sheet:
    """100 × 60 mm with one framed box of five cells."""
    sheet = np.full((720, 1200, 3), 255, np.uint8)
    cv2.rectangle(sheet, (240, 240), (960, 336), (0, 0, 0), 3)
    for cell in range(1, 5):
        for y in range(240, 336, 12):
            cv2.line(sheet, (240 + 144 * cell, y), (240 + 144 * cell, y + 5), (0, 0, 0), 2)
    cv2.rectangle(sheet, (240, 480), (288, 528), (0, 0, 0), 3)
    cv2.putText(sheet, "A", (480, 520), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (0, 0, 0), 3)
    cv2.putText(sheet, "B", (600, 520), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (0, 0, 0), 3)
    return sheet


def aligned(page: Sheet, blank: Sheet) -> AlignedPage:
    place = Place("form", "1", 1, (1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0), 100, 1.0, (100.0, 60.0))
    return AlignedPage(page, place, Blank(blank))


def text(sheet: Sheet, words: str, x: int, y: int, colour: tuple[int, int, int] = PEN) -> None:
    cv2.putText(sheet, words, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 2.0, colour, 5)


def read(page: Sheet, blank: Sheet, box: Box = BOX, dots: bool = True) -> Writing:
    return writing(aligned(page, blank), box, dots)


def test_an_empty_box_has_no_writing_and_no_crops(blank: Sheet) -> None:
    found = read(blank.copy(), blank)
    assert found.empty
    assert crops(found, 1) == []


def test_cells_with_writing_are_counted_and_their_separators_are_not_writing(blank: Sheet) -> None:
    page = blank.copy()
    for cell, digit in enumerate("307"):
        text(page, digit, 288 + 144 * cell, 310)
    found = read(page, blank)
    assert found.filled(5) == [True, True, True, False, False]
    (crop,) = crops(found, 1)
    assert crop.shape[1] < 420
    columns = (crop[..., 0] < 128).any(axis=0)
    assert int(np.count_nonzero(np.diff(columns.astype(int)) == 1)) == 3


def test_a_neighbours_writing_that_hangs_in_is_left_out(blank: Sheet) -> None:
    page = blank.copy()
    text(page, "8", 300, 310)
    alone = read(page, blank).area
    cv2.line(page, (600, 335), (640, 460), PEN, 6)
    assert read(page, blank).area == alone


def test_dust_is_no_dot_but_a_dot_beside_its_letter_is_kept(blank: Sheet) -> None:
    page = blank.copy()
    text(page, "14", 300, 310)
    clean = read(page, blank).area
    cv2.circle(page, (700, 280), 3, (60, 60, 60), -1)
    assert read(page, blank).area == clean
    cv2.circle(page, (392, 305), 3, PEN, -1)
    assert read(page, blank).area > clean
    assert read(page, blank, dots=False).area == clean


def test_a_streak_down_the_whole_sheet_is_no_one(blank: Sheet) -> None:
    page = blank.copy()
    page[:, 700:703] = (page[:, 700:703] * 0.7).astype(np.uint8)
    assert read(page, blank).empty
    cv2.line(page, (500, 262), (500, 318), PEN, 5)
    assert not read(page, blank).empty


def test_a_seal_over_the_writing_is_not_read(blank: Sheet) -> None:
    page = blank.copy()
    text(page, "AB", 300, 310)
    plain = read(page, blank).mask
    cv2.circle(page, (360, 290), 40, RED, 5)
    stamped = read(page, blank)
    assert (stamped.mask ^ plain).sum() < 0.15 * plain.sum()


def test_writing_in_red_is_read(blank: Sheet) -> None:
    page = blank.copy()
    text(page, "25", 300, 310, RED)
    found = read(page, blank)
    assert not found.empty
    assert found.red > 0.5


def test_two_lines_come_as_two_crops_and_one_line_as_one() -> None:
    blank = np.full((720, 1200, 3), 255, np.uint8)
    page = blank.copy()
    box: Box = (10.0, 10.0, 80.0, 20.0)
    text(page, "first", 150, 200)
    assert len(crops(read(page, blank, box), 2)) == 1
    text(page, "second line", 150, 320)
    first, second = crops(read(page, blank, box), 2)
    assert first.shape[1] < second.shape[1]


def test_a_lone_stroke_is_not_blown_up_to_the_height_of_a_character(blank: Sheet) -> None:
    page = blank.copy()
    cv2.line(page, (300, 288), (350, 288), PEN, 5)
    (crop,) = crops(read(page, blank), 1)
    assert crop.shape[0] >= 36


def test_pencil_comes_out_as_dark_as_ink(blank: Sheet) -> None:
    page = blank.copy()
    text(page, "46", 300, 310, (170, 170, 170))
    (crop,) = crops(read(page, blank), 1)
    assert crop.min() < 60


@pytest.mark.parametrize(("stroke", "marked"), [(((238, 500), (262, 526), (300, 470)), True), ((), False)])
def test_a_tick_is_ink_in_its_box(stroke: tuple[tuple[int, int], ...], marked: bool, blank: Sheet) -> None:
    page = blank.copy()
    for start, end in pairwise(stroke):
        cv2.line(page, start, end, PEN, 5)
    box: Box = (20.0, 40.0, 4.0, 4.0)
    spot = Spot("agreed", TickField(name="agreed", label="x", type="tick", box=box), box, (box,))
    (mark,) = marks(aligned(page, blank), spot)
    assert mark.marked is marked


def test_a_circle_that_runs_into_its_neighbour_marks_its_own_word(blank: Sheet) -> None:
    page = blank.copy()
    cv2.ellipse(page, (500, 502), (76, 44), 0, 0, 360, PEN, 5)
    options = (Option(value="A", box=(38.0, 38.5, 7.5, 7.0)), Option(value="B", box=(48.0, 38.5, 7.5, 7.0)))
    field = ChoiceField(name="kind", label="x", type="choice", options=options)
    boxes = tuple(option.box for option in options)
    found = marks(aligned(page, blank), Spot("kind", field, (38.0, 38.5, 17.5, 7.0), boxes))
    assert [mark.marked for mark in found] == [True, False]


def test_a_seal_is_red_on_a_colour_scan_and_ink_on_a_gray_one(blank: Sheet) -> None:
    box: Box = (70.0, 38.0, 16.0, 16.0)
    spot = Spot("seal", SealField(name="seal", label="x", type="seal", box=box), box, (box,))
    stamped, signed = blank.copy(), blank.copy()
    cv2.circle(stamped, (936, 552), 66, RED, 7)
    cv2.circle(signed, (936, 552), 66, (150, 40, 30), 7)
    assert marks(aligned(stamped, blank), spot)[0].marked
    assert not marks(aligned(signed, blank), spot)[0].marked
    faxed = np.asarray(cv2.cvtColor(cv2.cvtColor(stamped, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)
    assert marks(aligned(faxed, blank), spot)[0].marked
    assert not marks(aligned(blank, blank), spot)[0].marked


def test_rows_of_a_table_are_fields_of_their_own_and_dates_have_their_pieces() -> None:
    columns = [
        {"name": "day", "label": "x", "type": "date", "parts": {"year": [10, 10, 5, 8], "month": [20, 10, 5, 8]}},
        {"name": "yen", "label": "x", "type": "amount", "box": [30, 10, 20, 8]},
    ]
    table = {"name": "items", "label": "x", "type": "table", "rows": 3, "row_height": 9.0, "columns": columns}
    page = {"blank": "blank.png", "size": [210, 297], "fields": [table]}
    form = Form.model_validate_json(json.dumps({"id": "claim", "revision": "1", "title": "x", "pages": [page]}))
    found = {spot.path: spot for spot in spots(form.pages[0])}
    assert list(found) == [f"items.{row}.{name}" for row in (1, 2, 3) for name in ("day", "yen")]
    assert found["items.3.yen"].boxes == ((30, 28, 20, 8),)
    assert isinstance(found["items.2.day"].field, DateField)
    assert found["items.2.day"].box == (10, 19, 15, 8)
