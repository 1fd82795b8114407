"""The picture that tells a clerk why a page was stopped."""

import cv2
import numpy as np

from ocr.engine.contract import Picture
from ocr.register.features import Gray, Matrix
from ocr.register.linework import Comparison, Linework
from ocr.register.sheet import PX_PER_MM, Sheet

MOST_WIDTH = 1200
_RED, _BLUE = (30, 30, 220), (220, 90, 20)
_RULE_MM = 25
_GAP, _THICK = 3, 7
_AWAY = 7
"""Pixels: print within 1.2 mm is the same print."""


def difference(linework: Linework, sheet: Sheet, homography: Matrix, comparison: Comparison) -> Picture:
    """The aligned page in pale gray; the blank's print that is missing in red, rules that the blank does not have in blue."""
    flat = linework.flat(sheet, homography)
    missing = linework.mask & ~_grown(comparison.mask, _AWAY // 2)
    unexpected = rules(comparison.mask) & ~_grown(linework.mask, _AWAY)
    picture = in_colour((128 + flat // 2).astype(np.uint8))
    picture[_grown(missing, 1) > 0] = _RED
    picture[_grown(unexpected, 1) > 0] = _BLUE
    return shown(picture)


def rules(mask: Gray) -> Gray:
    """Thin level and upright lines of 25 mm and more, small gaps closed."""
    return level_rules(mask) | level_rules(np.ascontiguousarray(mask.T)).T


def level_rules(mask: Gray) -> Gray:
    """Those that run across."""
    length, thick = _RULE_MM * PX_PER_MM, _THICK
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, _GAP), np.uint8))
    lines = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    # A row of bold letters closes to a bar, and a bar is no rule.
    bars = cv2.morphologyEx(lines, cv2.MORPH_OPEN, np.ones((thick, thick), np.uint8))
    return cv2.subtract(lines, cv2.dilate(bars, np.ones((thick, thick), np.uint8))).astype(np.uint8, copy=False)


def in_colour(gray: Gray) -> Picture:
    """Three equal channels."""
    return np.repeat(gray[:, :, None], 3, axis=2)


def shown(picture: Picture) -> Picture:
    """At most 1,200 px wide."""
    scale = min(1.0, MOST_WIDTH / picture.shape[1])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    return small.astype(np.uint8, copy=False)


def _grown(mask: Gray, pixels: int) -> Gray:
    size = 2 * pixels + 1
    return cv2.dilate(mask, np.ones((size, size), np.uint8)).astype(np.uint8, copy=False)
