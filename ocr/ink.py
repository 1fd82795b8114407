"""Ink on an aligned page: how dark against its paper, and what of it the blank form did not print.

Pictures of darkness are H × W, uint8: 0 paper, 255 black; pixels are the template's, 12 to the millimetre.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engine.contract import Picture
from ocr.register.warp import PX_PER_MM

Darkness = NDArray[np.uint8]
Mask = NDArray[np.bool_]

FAINT = 36
"""Darkness that is still paper: noise, JPEG's ripples, what shines through."""
PRINTED = 64
"""From this darkness on, the blank's own picture counts as printed."""
FARTHEST = 12
"""Pixels: distances from the blank's ink are kept up to here, and its ink is never erased wider."""

_PAPER_SCALE = 4
_PAPER_KERNEL = 13  # × 4 px = 4.3 mm: wider than any stroke, narrower than the slope of a fold's shadow
_FOLD = 91  # × 4 px = 3 cm
_LINE = 5
_HALF = 2
_THIRD = 3
_SEARCH = 4  # × 3 px each way: 1 mm, five times the worst error that alignment was measured to leave
_TILE_MM = 30.0
_SAMPLED = 3
_BAND = 512
_THICKEST = 7  # of the lines that strokes are carried over: 0.6 mm
_UNSURE = 0.004  # what an unmoved place weighs beside a tile's own lines, which have about 0.1
_HALO = 0.16  # of the lines' own darkness: what lies around them and is darker belongs to them


def darkness(gray: Darkness) -> Darkness:
    """Darkness of gray pixels against the paper under each: shadows, folds and grey paper come out as 0."""
    return against(gray, paper(gray))


def paper(gray: Darkness) -> Darkness:
    """How bright the paper is, at a quarter of the size.

    Closings (brightest of the neighbourhood, then back), not mere dilations, which would brighten the foot of a shadow. What a stroke's
    closing takes for ink, but runs on for 3 cm and is wider than a line, is the shadow of a fold.
    """
    height, width = gray.shape
    size = -(-width // _PAPER_SCALE), -(-height // _PAPER_SCALE)
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    round_ = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_PAPER_KERNEL, _PAPER_KERNEL))
    bright = cv2.morphologyEx(small, cv2.MORPH_CLOSE, round_)
    for along, across in ((_FOLD, 1), (1, _FOLD)):
        lines = (_LINE, 1) if along == 1 else (1, _LINE)
        long = cv2.morphologyEx(small, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, (along, across)))
        fold = cv2.morphologyEx(long, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, lines))
        bright = cv2.min(bright, fold)
    return _u8(np.maximum(cv2.blur(bright, (5, 5)), 1))


def against(gray: Darkness, bright: Darkness) -> Darkness:
    """Darkness of gray pixels where the paper is as bright as this; the paper may come at any scale."""
    height, width = gray.shape
    paper = cv2.resize(bright, (width, height), interpolation=cv2.INTER_LINEAR)
    return _u8(cv2.bitwise_not(cv2.divide(gray, paper, scale=255.0)))


class Blank:
    """The ink that one page of a form prints by itself."""

    def __init__(self, picture: Picture) -> None:
        dark = darkness(_u8(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)))
        self.third = _reduced(dark, _THIRD)
        self.half_distance = _distance(_reduced(dark, _HALF))
        self._distance = _distance(dark)

    def distance(self, window: "Window") -> Darkness:
        """Distance of each pixel of the window to the nearest printed one, rounded up, cut at `FARTHEST`."""
        return window.of(self._distance, beyond=FARTHEST)


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels; it may reach over the page's edge, where there is paper only."""

    x: int
    y: int
    width: int
    height: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.height, self.width

    def grown(self, margin: int) -> "Window":
        """Larger by `margin` on each side."""
        return Window(self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin)

    def moved(self, right: int, down: int) -> "Window":
        """Elsewhere."""
        return Window(self.x + right, self.y + down, self.width, self.height)

    def of(self, picture: NDArray[np.uint8], beyond: int = 0) -> NDArray[np.uint8]:
        """What the picture shows in it, and `beyond` its edges."""
        height, width = picture.shape
        left, top = max(self.x, 0), max(self.y, 0)
        right, bottom = min(self.x + self.width, width), min(self.y + self.height, height)
        if (left, top, right, bottom) == (self.x, self.y, self.x + self.width, self.y + self.height):
            return picture[top:bottom, left:right]
        whole = np.full(self.shape, beyond, np.uint8)
        if right > left and bottom > top:
            whole[top - self.y : bottom - self.y, left - self.x : right - self.x] = picture[top:bottom, left:right]
        return whole


class Fit:
    """How the blank's ink lies on one aligned page: what alignment left over, place by place, and how wide it has become.

    Paper bends and scanners stretch: shifts are a smooth field over tiles of 3 cm. Each tile counts, in each direction, as far as its
    own lines can tell: one that has horizontal lines only says nothing of left and right.
    """

    def __init__(self, page: Darkness, blank: Blank) -> None:
        height, width = page.shape
        size = _TILE_MM * PX_PER_MM
        self._rows, self._columns = max(1, round(height / size)), max(1, round(width / size))
        self._step = height / self._rows, width / self._columns
        third = _reduced(page, _THIRD)
        tiles = [(row, column) for row in range(self._rows) for column in range(self._columns)]
        found = [_shift(third, blank.third, self._tile(row, column, _THIRD)) for row, column in tiles]
        self._field = self._smoothed(np.array(found, np.float32).reshape(self._rows, self._columns, 4))
        self._darkness = self._rings(_reduced(page, _HALF), blank, tiles)

    @property
    def reach(self) -> int:
        """Pixels beyond the blank's ink that the same ink covers here: 1 on a clean scan, more by blur, JPEG and fax."""
        lines, paper = self._darkness[0], self._darkness[-1]
        beyond = self._darkness[1:] - paper > _HALO * (lines - paper)
        return min(1 + _HALF * int(np.argmin(beyond)), FARTHEST - 2)

    @property
    def contrast(self) -> float:
        """How much darker the blank's ink is here than the paper, 0–1."""
        return max(0.0, float(self._darkness[0] - self._darkness[-1]) / 255)

    @property
    def sharpness(self) -> float:
        """How far darkness falls within a sixth of a millimetre from the blank's ink: 1 at once, 0 not at all."""
        lines, near, paper = self._darkness[0], self._darkness[1], self._darkness[-1]
        return float(np.clip(1 - (near - paper) / max(lines - paper, 1.0), 0.0, 1.0))

    @property
    def residual(self) -> float:
        """Root mean square of the shifts, in pixels."""
        return float(np.sqrt(np.mean(np.sum(self._field**2, axis=-1))))

    def at(self, x: float, y: float) -> tuple[int, int]:
        """How many pixels right of and below the blank's ink the page's lies around a pixel."""
        row = min(max(y / self._step[0] - 0.5, 0.0), self._rows - 1.0)
        column = min(max(x / self._step[1] - 0.5, 0.0), self._columns - 1.0)
        top, left = int(row), int(column)
        bottom, right = min(top + 1, self._rows - 1), min(left + 1, self._columns - 1)
        down, along = row - top, column - left
        upper = self._field[top, left] * (1 - along) + self._field[top, right] * along
        lower = self._field[bottom, left] * (1 - along) + self._field[bottom, right] * along
        shift = upper * (1 - down) + lower * down
        return round(float(shift[0])), round(float(shift[1]))

    def _tile(self, row: int, column: int, scale: int) -> Window:
        high, wide = (each / scale for each in self._step)
        top, left = round(row * high), round(column * wide)
        bottom, right = round((row + 1) * high), round((column + 1) * wide)
        return Window(left, top, right - left, bottom - top)

    def _smoothed(self, found: NDArray[np.float32]) -> NDArray[np.float32]:
        shifts, sure = found[..., :2], found[..., 2:]
        total, weight = (
            np.asarray(cv2.GaussianBlur(each, (3, 3), 0.7, borderType=cv2.BORDER_CONSTANT)).reshape(shifts.shape)
            for each in (shifts * sure, sure)
        )
        return (_THIRD * total / (weight + _UNSURE)).astype(np.float32)

    def _rings(self, page: Darkness, blank: Blank, tiles: list[tuple[int, int]]) -> NDArray[np.float64]:
        """Mean darkness on the blank's ink, then one half pixel away from it, two, …, far from it."""
        totals, counts = np.zeros(FARTHEST + 1), np.zeros(FARTHEST + 1)
        for row, column in tiles:
            tile = self._tile(row, column, _HALF)
            right, down = self._field[row, column] / _HALF
            rings = tile.of(blank.half_distance)[::_SAMPLED].ravel()
            dark = tile.moved(round(float(right)), round(float(down))).of(page)[::_SAMPLED].ravel()
            totals += np.bincount(rings, dark, FARTHEST + 1)
            counts += np.bincount(rings, minlength=FARTHEST + 1)
        return totals / np.maximum(counts, 1)


def erased(page: Darkness, distance: Darkness, width: int) -> Darkness:
    """The page's window without what lies within `width` pixels of the blank's ink; strokes that cross it are kept.

    A stroke that goes on at both sides is bridged, straight or aslant: by closings along lines, for one in the round breaks thin strokes.
    """
    printed = distance <= width
    own = page.copy()
    own[printed] = 0
    if not printed.any() or int(own.max(initial=0)) <= FAINT:
        return own
    size = 2 * width + _THICKEST + 2
    bridged: cv2.typing.MatLike = own
    for line in (np.ones((size, 1)), np.ones((1, size)), np.eye(size), np.fliplr(np.eye(size))):
        bridged = cv2.max(bridged, cv2.morphologyEx(own, cv2.MORPH_CLOSE, line.astype(np.uint8)))
    own[printed] = cv2.min(_u8(bridged), page)[printed]
    return own


def _reduced(picture: Darkness, by: int) -> Darkness:
    height, width = picture.shape
    return _u8(cv2.resize(picture, (width // by, height // by), interpolation=cv2.INTER_AREA))


def _distance(blank: Darkness) -> Darkness:
    """Band by band: the transform's 32-bit numbers of a whole page would be 36 MB."""
    height = len(blank)
    found = np.full(blank.shape, FARTHEST, np.uint8)
    for top in range(0, height, _BAND):
        first, last = max(0, top - FARTHEST), min(height, top + _BAND + FARTHEST)
        paper = (blank[first:last] < PRINTED).astype(np.uint8)
        if paper.all():
            continue
        away = cv2.distanceTransform(paper, cv2.DIST_L2, 3)[top - first : top - first + _BAND]
        found[top : top + _BAND] = np.minimum(np.ceil(away), FARTHEST)
    return found


def _shift(page: Darkness, blank: Darkness, tile: Window) -> tuple[float, float, float, float]:
    """Right and down in pixels, and how sure each of them is, 0–1."""
    printed = tile.of(blank)
    norm = float(np.square(printed, dtype=np.float32).sum())
    if norm < 255.0**2 * 20:
        return 0.0, 0.0, 0.0, 0.0
    matched = cv2.matchTemplate(tile.grown(_SEARCH).of(page), printed, cv2.TM_CCORR)
    scores = np.asarray(matched, np.float32) / np.float32(norm)
    row, column = np.unravel_index(int(np.argmax(scores)), scores.shape)
    right, sure_right = _vertex(scores[row, :], int(column))
    down, sure_down = _vertex(scores[:, column], int(row))
    return right, down, sure_right, sure_down


def _vertex(scores: NDArray[np.float32], peak: int) -> tuple[float, float]:
    """Where the parabola through the peak and its neighbours is highest, from the middle; and how far the scores fall beside it."""
    last = len(scores) - 1
    beside = [float(scores[each]) for each in (peak - 2, peak + 2) if 0 <= each <= last]
    sure = max(0.0, float(scores[peak]) - max(beside)) if 0 < peak < last else 0.0
    offset = 0.0
    if 0 < peak < last:
        before, at, after = (float(each) for each in scores[peak - 1 : peak + 2])
        bend = before - 2 * at + after
        offset = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return peak + offset - last / 2, sure


def _u8(picture: NDArray[np.generic] | cv2.UMat | cv2.typing.MatLike) -> NDArray[np.uint8]:
    return np.asarray(picture, np.uint8)
