"""Ink against its paper, and the hand's against the blank's, on drawn sheets of 100 × 60 mm at 12 px/mm."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.ink import FAINT, FARTHEST, Blank, Fit, Window, darkness, erased

Sheet = NDArray[np.uint8]


@pytest.fixture
def blank() -> Sheet:
    """A table with thin lines."""
    sheet = np.full((720, 1200, 3), 255, np.uint8)
    for y in range(60, 700, 120):
        cv2.line(sheet, (60, y), (1140, y), (0, 0, 0), 3)
    for x in range(60, 1150, 216):
        cv2.line(sheet, (x, 60), (x, 660), (0, 0, 0), 3)
    return sheet


def gray(sheet: Sheet) -> Sheet:
    return np.asarray(cv2.cvtColor(sheet, cv2.COLOR_BGR2GRAY), np.uint8)


def moved(sheet: Sheet, right: float, down: float) -> Sheet:
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float64)
    size = sheet.shape[1], sheet.shape[0]
    return np.asarray(cv2.warpAffine(sheet, matrix, size, borderValue=(255, 255, 255)), np.uint8)


def own(page: Sheet, blank: Sheet) -> Sheet:
    """What is left of the page without the blank's ink."""
    dark, printed = darkness(gray(page)), Blank(blank)
    fit = Fit(dark, printed)
    right, down = fit.at(600, 360)
    whole = Window(0, 0, 1200, 720)
    return erased(dark, printed.distance(whole.moved(-right, -down)), fit.reach)


def test_the_shadow_of_a_fold_is_paper() -> None:
    away = np.arange(720) - 360
    shade = (1 - 0.42 * np.exp(-((away / 26) ** 2)))[:, None, None]
    page = (np.full((720, 1200, 3), 250) * shade).astype(np.uint8)
    assert page.min() < 150
    assert darkness(gray(page)).max() < FAINT
    written = page.copy()
    cv2.line(written, (300, 330), (300, 390), (40, 40, 40), 5)
    assert darkness(gray(written))[360, 300] > 150


def test_a_page_without_writing_has_no_ink_of_its_own_wherever_it_slipped_to(blank: Sheet) -> None:
    for right, down in ((0.0, 0.0), (3.4, -2.6), (-5.0, 4.0)):
        page = cv2.GaussianBlur(moved(blank, right, down), (0, 0), 1.0)
        left = own(np.asarray(page, np.uint8), blank)[100:620, 100:1100]
        assert (left > FAINT).mean() < 0.001


def test_the_shift_of_a_page_is_found_to_the_pixel(blank: Sheet) -> None:
    fit = Fit(darkness(gray(moved(blank, 4.0, -3.0))), Blank(blank))
    assert fit.at(600, 360) == (4, -3)
    assert 4 < fit.residual < 6


def test_a_direction_without_lines_has_no_shift() -> None:
    level = np.full((720, 1200, 3), 255, np.uint8)
    cv2.line(level, (0, 360), (1200, 360), (0, 0, 0), 3)
    right, down = Fit(darkness(gray(moved(level, 5.0, 3.0))), Blank(level)).at(600, 360)
    assert right == 0
    assert abs(down - 3) <= 1


def test_a_stroke_that_crosses_a_printed_line_stays_whole(blank: Sheet) -> None:
    page = blank.copy()
    cv2.line(page, (330, 150), (350, 210), (60, 40, 20), 6)
    left = own(page, blank)
    assert all(left[y, 320:360].max() > 120 for y in range(155, 206))
    assert (left[177:184, 400:470] > FAINT).sum() == 0


def test_blurred_lines_are_erased_wider_and_read_as_less_sharp(blank: Sheet) -> None:
    sharp = Fit(darkness(gray(blank)), Blank(blank))
    soft = Fit(darkness(gray(np.asarray(cv2.GaussianBlur(blank, (0, 0), 3.5), np.uint8))), Blank(blank))
    assert soft.reach > sharp.reach
    assert soft.reach <= FARTHEST
    assert soft.sharpness < sharp.sharpness
    assert soft.contrast < sharp.contrast


def test_a_window_over_the_edge_shows_paper_there() -> None:
    picture = np.full((10, 10), 200, np.uint8)
    shown = Window(-3, 8, 6, 5).of(picture)
    assert shown.shape == (5, 6)
    assert shown[:2, 3:].min() == 200
    assert shown[2:].max() == shown[:, :3].max() == 0
