"""Print that stands elsewhere: what tells a small change of the form from correction tape, a label or a faint fax."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.register.features import Gray
from ocr.register.linework import CELL, Comparison, Linework
from ocr.register.sheet import PX_PER_MM

_HALF = PX_PER_MM / 2
_LEAST_MM, _MOST_MM = 2.5, 25.0
_LEAST_MISSING = 300
"""Pixels at 3 px/mm: 10 cm of a thin rule, or a label of some characters. Less meets handwriting by chance."""
_DOUBTFUL = 0.75
_LEAST_DOUBTFUL = 2


def displaced(linework: Linework, comparison: Comparison) -> float:
    """How much of the blank's missing print is found again at one common distance, 2.5 to 25 mm away; 0–1.

    Covered or faded print is found nowhere, handwriting only meets it by chance.
    """
    if int((comparison.recall[comparison.inside] < _DOUBTFUL).sum()) < _LEAST_DOUBTFUL:
        return 0.0
    mask = comparison.mask
    missing = _halved(_missing(linework, mask, comparison))
    amount = int(missing.sum())
    if amount < _LEAST_MISSING:
        return 0.0
    other = _halved(cv2.dilate(mask & ~_grown(linework.mask, 3), np.ones((3, 3), np.uint8)).astype(np.uint8))
    return float(_agreement(missing, other).max() / amount)


def _missing(linework: Linework, mask: Gray, comparison: Comparison) -> Gray:
    """Print without ink near it: near is closer in cells that are doubtful as a whole, as any text lies near other text."""
    tight = linework.mask & ~_grown(mask, 1)
    missing = linework.mask & ~_grown(mask, 3)
    for x, y in comparison.cells[comparison.recall < _DOUBTFUL]:
        missing[y : y + CELL, x : x + CELL] = tight[y : y + CELL, x : x + CELL]
    for x, y in comparison.cells[~comparison.inside]:
        missing[y : y + CELL, x : x + CELL] = 0
    return cv2.medianBlur(cv2.dilate(missing, np.ones((2, 2), np.uint8)), 3).astype(np.uint8) & linework.mask


def _agreement(missing: Gray, other: Gray) -> NDArray[np.float32]:
    """Pixels that coincide when the missing print is moved, for each movement allowed."""
    reach = round(_MOST_MM * _HALF)
    framed = cv2.copyMakeBorder(other, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=(0,))
    found = cv2.matchTemplate(framed.astype(np.float32), missing.astype(np.float32), cv2.TM_CCORR)
    down, across = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.where(np.hypot(down, across) < _LEAST_MM * _HALF, 0, found).astype(np.float32)


def _halved(mask: Gray) -> Gray:
    """At half the size, 1 where any of the four was."""
    height, width = (each // 2 * 2 for each in mask.shape)
    return np.asarray(mask[:height, :width].reshape(height // 2, 2, width // 2, 2).max(axis=(1, 3)), np.uint8)


def _grown(mask: Gray, pixels: int) -> Gray:
    size = 2 * pixels + 1
    return cv2.dilate(mask, np.ones((size, size), np.uint8)).astype(np.uint8, copy=False)
