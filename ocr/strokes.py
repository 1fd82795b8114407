"""Connected pieces of ink in the window around a field: which of them are its writing, and which are dust, lines, seals, neighbours."""

from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink import FAINT, Darkness, Mask, Window

_SPECK = 4
_LEAST_STROKE = 10
_DUST = 0.22
"""Of the writing's height: what is smaller is a dot, or dust."""
_NEAR = 0.45
"""Of the writing's height: a dot that lies farther from every stroke is dust."""
_RIM = 4
_STREAK = 7
_STREAK_HIGH = 0.7
_BEYOND = 60
_GOES_ON = 0.85
_RED_STROKE = 0.5


class Strokes:
    """Connected pieces of ink in one window, and which of them are the field's writing."""

    def __init__(self, labels: NDArray[np.int32], stats: NDArray[np.int32], centres: NDArray[np.float64]) -> None:
        self.labels, self.centres = labels, centres
        self.left, self.top, self.wide, self.high, self.area = (stats[:, each] for each in range(5))
        self.size = np.maximum(self.wide, self.high)
        self.keep = self.area >= _SPECK
        self.keep[0] = False

    @classmethod
    def of(cls, rough: Mask) -> Self:
        """Of ink as it is, touching at corners too."""
        _, labels, stats, centres = cv2.connectedComponentsWithStats(rough.astype(np.uint8), connectivity=8)
        return cls(np.asarray(labels, np.int32), np.asarray(stats, np.int32), np.asarray(centres, np.float64))

    def mask(self) -> Mask:
        """Pixels of what is kept."""
        return np.asarray(self.keep[self.labels])

    def keep_home(self, inside: Window) -> None:
        """Only what has its middle in the box."""
        x, y = self.centres[:, 0], self.centres[:, 1]
        self.keep &= (x >= inside.x) & (x < inside.x + inside.width) & (y >= inside.y) & (y < inside.y + inside.height)

    def drop_rims(self, distance: Darkness, reach: int) -> None:
        """Without what is left along printed lines."""
        for label in np.flatnonzero(
            self.keep & ((np.minimum(self.wide, self.high) <= _RIM) | (self.area < 80))
        ).tolist():
            rows, columns = self._place(label)
            if int(distance[rows, columns][self.labels[rows, columns] == label].max()) <= reach + 2:
                self.keep[label] = False

    def drop_streaks(self, page: Darkness, window: Window, inside: Window) -> None:
        """Without the line that a speck on the glass draws down the whole sheet: it goes on above and below the box."""
        for label in np.flatnonzero(
            self.keep & (self.wide <= _STREAK) & (self.high >= _STREAK_HIGH * inside.height)
        ).tolist():
            line = Window(
                window.x + int(self.left[label]) - 3,
                window.y + int(self.top[label]) - _BEYOND,
                int(self.wide[label]) + 6,
                int(self.high[label]) + 2 * _BEYOND,
            )
            dark = line.of(page).max(axis=1) > FAINT
            self.keep[label] = min(dark[:_BEYOND].mean(), dark[-_BEYOND:].mean()) < _GOES_ON

    def drop_seals(self, red: Mask) -> None:
        """Without the edge of a seal that stands beside the box."""
        height, width = red.shape
        right, bottom = self.left + self.wide, self.top + self.high
        rim = (self.left <= 1) | (self.top <= 1) | (right >= width - 1) | (bottom >= height - 1)
        for label in np.flatnonzero(self.keep & rim).tolist():
            rows, columns = self._place(label)
            own = self.labels[rows, columns] == label
            self.keep[label] = float(red[rows, columns][own].mean()) < _RED_STROKE

    def drop_dust(self, dots: bool) -> None:
        """Without dots that lie apart from every stroke, or without any dots."""
        strokes = self.keep & (self.size >= _LEAST_STROKE)
        if not strokes.any():
            self.keep[:] = False
            return
        tall = float(np.percentile(self.size[strokes], 75))
        large = np.flatnonzero(strokes & (self.size >= _DUST * tall))
        for label in np.flatnonzero(self.keep & (self.size < _DUST * tall)).tolist():
            self.keep[label] = dots and self._gap(label, large) <= _NEAR * tall

    def _gap(self, label: int, others: NDArray[np.intp]) -> float:
        left, top, wide, high = self.left, self.top, self.wide, self.high
        aside = np.maximum(left[others] - left[label] - wide[label], left[label] - left[others] - wide[others])
        above = np.maximum(top[others] - top[label] - high[label], top[label] - top[others] - high[others])
        return float(np.maximum(aside, above).min())

    def _place(self, label: int) -> tuple[slice, slice]:
        left, top = int(self.left[label]), int(self.top[label])
        return slice(top, top + int(self.high[label])), slice(left, left + int(self.wide[label]))
