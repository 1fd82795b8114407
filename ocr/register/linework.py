"""Whether a page's print stands where the blank has it: cell by cell, by the blank's own ink.

Handwriting, seals and stains add ink and do not hide the blank's, so what counts is how much of the blank's ink is found, not how alike
the pictures are. All coordinates are pixels at 6 px/mm of the blank unless said otherwise.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engine.contract import Picture
from ocr.register.features import THRESHOLD, Floats, Gray, Matrix, gray, reduced
from ocr.register.sheet import Sheet

CELL = 48
"""Pixels of a cell's side: 8 mm."""
NEAR = 3
"""Half a millimetre: how far a cell's print may be off once the page is aligned."""
FAR = 9
"""1.5 mm: how far a cell is looked for when the alignment is refined."""
FOUND = 0.45
"""Share of a cell's ink that must be found."""

_CUT = 0.06
"""Share of the form's cells."""
_GONE = 0.8
_PRINT = 60
_LEAST_PRINT = 30
_MARKED = 180
"""Cells with corners and crossings, in which a shift shows in both directions."""
_SURE = 0.45
_CLOSE = 1.5

Bools = NDArray[np.bool_]


def ink(picture: Gray, broadest: int = 31) -> Gray:
    """Darkness against the paper around, 0–255, whatever the light: paper is what stays when dark strokes up to `broadest` are closed."""
    paper = cv2.morphologyEx(picture, cv2.MORPH_CLOSE, np.ones((broadest, broadest), np.uint8))
    dark = cv2.divide(cv2.subtract(paper, picture), np.maximum(paper, 1), scale=255)
    return dark.astype(np.uint8, copy=False)


def strokes(dark: Gray) -> NDArray[np.uint8]:
    """1 where there is ink, by the strength of this page's own: a pale print is not held to a black one's."""
    sure = dark[dark > 25]
    usual = float(np.percentile(sure, 75)) if sure.size else 255.0
    return np.asarray(dark > np.clip(0.35 * usual, 20, 90), np.uint8)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Per cell with print: how much of its ink was found, and whether the scan shows its place at all."""

    cells: NDArray[np.int64]
    """N × 2, upper left corners."""
    recall: Floats
    inside: Bools
    empty: Bools
    """Cells whose place on the page has no ink whatever."""
    mask: Gray
    """1 where the aligned page has ink."""

    @property
    def found(self) -> Bools:
        """Cells whose print is where it should be."""
        return self.recall >= FOUND

    @property
    def fit(self) -> float:
        """Share of the cells inside the scan whose print was found."""
        return float(self.found[self.inside].mean()) if self.inside.any() else 0.0

    @property
    def hole(self) -> int:
        """Size of the largest patch of neighbouring cells, inside the scan, whose print was not found."""
        grid = np.zeros((self.cells // CELL).max(axis=0)[::-1] + 1, np.uint8)
        across, down = (self.cells[self.inside & ~self.found] // CELL).T
        grid[down, across] = 1
        _, _, stats, _ = cv2.connectedComponentsWithStats(grid, connectivity=8)
        return int(stats[1:, cv2.CC_STAT_AREA].max(initial=0))

    @property
    def gone(self) -> Bools:
        """Cells that the scan does not show, or shows as bare paper."""
        return (~self.inside | self.empty) & ~self.found

    @property
    def fit_of_the_rest(self) -> float:
        """Share of the cells not gone whose print was found: high when half of the right sheet is there."""
        return float(self.found[~self.gone].mean()) if (~self.gone).any() else 0.0

    @property
    def cut_off(self) -> bool:
        """Whether part of the form lies outside the scan, or is bare from one edge of the form inwards."""
        if float(self.inside.mean()) < 1 - _CUT:
            return True
        for place in (self.cells[:, 0], -self.cells[:, 0], self.cells[:, 1], -self.cells[:, 1]):
            there = [line for line in np.unique(place) if self.gone[place == line].mean() < _GONE]
            if there and (place < min(there)).mean() > _CUT:
                return True
        return False


class Linework:
    """The print of one blank page, prepared once."""

    def __init__(self, blank: Picture) -> None:
        """`blank` BGR at 12 px/mm."""
        small, self._from_small = reduced(gray(blank), 2)
        self.dark = ink(small)
        self.height, self.width = small.shape
        mask = (self.dark > _PRINT).astype(np.uint8)
        self.mask = mask
        down, across = np.arange(0, self.height - CELL + 1, CELL), np.arange(0, self.width - CELL + 1, CELL)
        corners = np.array([(x, y) for y in down for x in across])
        counts = np.array([mask[y : y + CELL, x : x + CELL].sum() for x, y in corners])
        kept = counts >= _LEAST_PRINT
        self.cells, self._counts = corners[kept], counts[kept].astype(np.float32)
        self._prints = [mask[y : y + CELL, x : x + CELL].astype(np.float32) for x, y in self.cells]

    @cached_property
    def _marked(self) -> NDArray[np.int64]:
        """The cells that tell a shift in both directions best."""
        response = cv2.cornerMinEigenVal(cv2.GaussianBlur(self.dark, (0, 0), 1.0), 5)
        strength = np.array([response[y : y + CELL, x : x + CELL].mean() for x, y in self.cells])
        return np.argsort(-strength, kind="stable")[:_MARKED]

    def flat(self, sheet: Sheet, homography: Matrix) -> Gray:
        """The sheet on the blank's place; `homography` maps the page's own pixels to 12 px/mm. White where the scan ends."""
        matrix = np.linalg.inv(self._from_small) @ homography @ sheet.back
        flat = cv2.warpPerspective(sheet.small, matrix, (self.width, self.height), borderValue=(255,))
        return flat.astype(np.uint8, copy=False)

    def refined(self, sheet: Sheet, homography: Matrix) -> tuple[Matrix, float]:
        """The homography corrected by where the blank's marked cells are found, and the median distance that is left in px at 12 px/mm.

        With too few cells to tell, both are the search's own: the map as it came, and how far it may be off.
        """
        dark = ink(self.flat(sheet, homography))
        seen, meant = self._sightings(dark)
        if len(seen) < 12:
            return homography, THRESHOLD
        correction, agree = cv2.findHomography(seen, meant, cv2.USAC_MAGSAC, _CLOSE, maxIters=2000, confidence=0.999)
        correction = np.asarray(correction, np.float64)
        if correction.shape != (3, 3) or int(agree.sum()) < max(12, 0.4 * len(seen)):
            return homography, 2 * float(np.median(np.hypot(*(seen - meant).T)))
        moved = cv2.perspectiveTransform(seen[None], correction)[0]
        left = np.hypot(*(moved - meant).T)
        return self._from_small @ correction @ np.linalg.inv(self._from_small) @ homography, 2 * float(np.median(left))

    def _sightings(self, dark: Gray) -> tuple[Floats, Floats]:
        """Centres of marked cells as they lie on the page, and as they should."""
        soft = cv2.GaussianBlur(
            cv2.copyMakeBorder(dark, FAR, FAR, FAR, FAR, cv2.BORDER_CONSTANT, value=(0,)), (0, 0), 1.0
        )
        template = cv2.GaussianBlur(self.dark, (0, 0), 1.0)
        seen, meant = [], []
        for x, y in self.cells[self._marked]:
            window = soft[y : y + CELL + 2 * FAR, x : x + CELL + 2 * FAR]
            likeness = cv2.matchTemplate(window, template[y : y + CELL, x : x + CELL], cv2.TM_CCOEFF_NORMED)
            _, best, _, (right, down) = cv2.minMaxLoc(likeness)
            if best < _SURE or not (0 < right < 2 * FAR and 0 < down < 2 * FAR):
                continue
            centre = (x + (CELL - 1) / 2, y + (CELL - 1) / 2)
            meant.append(centre)
            seen.append(
                (
                    centre[0] + right - FAR + _peak(likeness[down, right - 1 : right + 2]),
                    centre[1] + down - FAR + _peak(likeness[down - 1 : down + 2, right]),
                )
            )
        return np.array(seen, np.float32).reshape(-1, 2), np.array(meant, np.float32).reshape(-1, 2)

    def compare(self, sheet: Sheet, homography: Matrix) -> Comparison:
        """Each cell's ink looked for within half a millimetre of its place."""
        flat = self.flat(sheet, homography)
        mask = strokes(ink(flat))
        framed = cv2.copyMakeBorder(mask, NEAR, NEAR, NEAR, NEAR, cv2.BORDER_CONSTANT, value=(0,))
        wide = cv2.dilate(framed, np.ones((3, 3), np.uint8)).astype(np.float32)
        recall = np.empty(len(self.cells), np.float32)
        for index, (x, y) in enumerate(self.cells):
            window = wide[y : y + CELL + 2 * NEAR, x : x + CELL + 2 * NEAR]
            recall[index] = cv2.matchTemplate(window, self._prints[index], cv2.TM_CCORR).max()
        recall /= self._counts
        clean = cv2.integral(cv2.medianBlur(mask, 3))
        x, y = self.cells.T
        amount = clean[y + CELL, x + CELL] - clean[y, x + CELL] - clean[y + CELL, x] + clean[y, x]
        return Comparison(self.cells, recall, self._inside(sheet, homography), amount < 4, mask)

    def _inside(self, sheet: Sheet, homography: Matrix) -> Bools:
        """Cells whose centre lies within the scan."""
        matrix = np.linalg.inv(np.linalg.inv(self._from_small) @ homography @ sheet.back)
        centres = (self.cells + (CELL - 1) / 2).astype(np.float64)
        places = cv2.perspectiveTransform(centres[None], matrix)[0]
        height, width = sheet.small.shape
        return np.asarray(((places >= 0) & (places < (width, height))).all(axis=1))


def _peak(three: NDArray[Any]) -> float:
    """Where between three neighbours a parabola through them is highest, −0.5 to 0.5."""
    left, middle, right = (float(each) for each in three.ravel())
    bend = left - 2 * middle + right
    return float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0
