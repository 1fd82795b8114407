"""From an aligned page and its definition to what is recognised: the writing of each field, cleaned, in lines, as crops.

Windows are pixels at 12 px/mm; boxes are the definition's millimetres.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ocr.definition.form import AnyField, ChoiceField, Column, DateField, FormPage, TableField
from ocr.engine.contract import Picture
from ocr.ink import FARTHEST, Blank, Darkness, Fit, Mask, Window, darkness, erased
from ocr.records import Box
from ocr.register.warp import PX_PER_MM

Field = AnyField | Column

_BLEED = 12
"""Pixels that writing may run over its box and still be looked at: 1 mm."""
_STRIP = 360
"""Pixels of width over which one shift is good enough."""
_FAINT = 36
"""Darkness that is still paper: noise, JPEG's ripples, what shines through."""
_SPECK = 4
_STREAK = 5
_DUST = 0.22
"""Of the writing's height: what is smaller is a dot, or dust."""
_NEAR = 0.3
"""Of the writing's height: a dot that lies farther from every stroke is dust."""
_LEAST_INK = 30
_LEAST_STROKE = 10
_LEAST_HEIGHT = 36
_LEAST_WIDTH = 96
_RED = 28


@dataclass(frozen=True)
class Spot:
    """One field where it stands on its page; rows of tables are spots of their own."""

    path: str
    field: Field
    box: Box
    """Around all of it."""
    boxes: tuple[Box, ...]
    """A date's pieces as `ocr.values.alphabets.pieces` names them, a choice's options; else the one box."""


def spots(page: FormPage) -> tuple[Spot, ...]:
    """Every field of the page in the definition's order, tables row by row."""
    return tuple(_spots(page))


def _spots(page: FormPage) -> Iterator[Spot]:
    for field in page.fields:
        if not isinstance(field, TableField):
            yield _spot(field.name, field, 0.0)
            continue
        for row in range(field.rows):
            for column in field.columns:
                yield _spot(f"{field.name}.{row + 1}.{column.name}", column, row * field.row_height)


def _spot(path: str, field: Field, down: float) -> Spot:
    boxes = tuple((x, y + down, width, height) for x, y, width, height in _boxes(field))
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return Spot(path, field, (left, top, right - left, bottom - top), boxes)


def _boxes(field: Field) -> tuple[Box, ...]:
    if isinstance(field, ChoiceField):
        return tuple(option.box for option in field.options)
    if isinstance(field, DateField) and field.parts is not None:
        parts = field.parts
        return tuple(box for box in (parts.year, parts.month, parts.day, parts.era) if box is not None)
    if isinstance(field, TableField) or field.box is None:
        raise ValueError(f"{field.name} has no box of its own")
    return (field.box,)


class AlignedPage:
    """A page in the blank's pixels, with the blank's ink known."""

    def __init__(self, picture: Picture, blank: Blank) -> None:
        self.picture = picture
        self.dark = darkness(picture)
        self.blank = blank
        self.fit = Fit(self.dark, blank)

    @cached_property
    def gray(self) -> bool:
        """Whether the scan has no colour at all, as fax and gray scans."""
        small = self.picture[::8, ::8].astype(np.int16)
        chroma = small.max(axis=2) - small.min(axis=2)
        return bool(np.percentile(chroma, 99.9) < 12)

    def window(self, box: Box) -> Window:
        """Where the box lies on this page, its local shift included."""
        x, y, width, height = (round(each * PX_PER_MM) for each in box)
        right, down = self.fit.at(x + width / 2, y + height / 2)
        return Window(x + right, y + down, width, height)

    def ink(self, window: Window) -> tuple[Darkness, Darkness]:
        """Ink in the window that the blank did not print, and each pixel's distance to what it did."""
        distance = np.full(window.shape, FARTHEST, np.uint8)
        strips = max(1, round(window.width / _STRIP))
        edges = [round(window.width * strip / strips) for strip in range(strips + 1)]
        for left, right in itertools.pairwise(edges):
            strip = Window(window.x + left, window.y, right - left, window.height)
            shift = self.fit.at(strip.x + strip.width / 2, strip.y + strip.height / 2)
            distance[:, left:right] = self.blank.distance(strip.moved(-shift[0], -shift[1]))
        return erased(window.of(self.dark), distance, self.fit.reach), distance

    def red(self, window: Window) -> Mask:
        """Pixels of red ink."""
        blue, green, red = cv2.split(window.of(self.picture, paper=255))
        beyond = cv2.subtract(red, cv2.max(green, blue))
        return np.asarray(beyond > _RED)


@dataclass(frozen=True, eq=False)
class Writing:
    """The hand's own ink in one box: single strokes apart from specks, the neighbours' writing and what is left of the blank's lines."""

    ink: Darkness
    mask: Mask
    level: float
    """Darkness of its strokes."""
    inner: Window
    """The box within the picture."""
    window: Window
    """The picture on the page."""

    @cached_property
    def area(self) -> int:
        """Pixels of ink."""
        return int(self.mask.sum())

    @property
    def empty(self) -> bool:
        """Whether nothing was written."""
        return self.area < _LEAST_INK

    @property
    def share(self) -> float:
        """Of the box that is covered."""
        return self.area / max(1, self.inner.width * self.inner.height)

    @cached_property
    def edge(self) -> float:
        """Share of the picture's rim that has ink: writing was cut off, or a neighbour's runs in."""
        rim = np.concatenate([self.mask[0], self.mask[-1], self.mask[:, 0], self.mask[:, -1]])
        return float(rim.mean())

    def filled(self, cells: int) -> list[bool]:
        """Which of the equal cells side by side hold ink."""
        step = self.inner.width / cells
        edges = [round(self.inner.x + step * cell) for cell in range(cells + 1)]
        middle = round(step * 0.12)
        return [
            int(self.mask[:, left + middle : right - middle].sum()) >= _LEAST_INK
            for left, right in itertools.pairwise(edges)
        ]

    @cached_property
    def struck(self) -> float:
        """Longest level stroke against the height of the box: far beyond 1 when something was crossed out."""
        runs = self.mask
        length, step = 1, 1
        while runs.any() and length < self.mask.shape[1]:
            step = min(length, self.mask.shape[1] - length)
            runs = runs[:, step:] & runs[:, : runs.shape[1] - step]
            length += step
        return length / max(1, self.inner.height)


def writing(page: AlignedPage, box: Box, dots: bool = True) -> Writing:
    """What the hand wrote in the box; where nothing is written with `dots`, they are dust."""
    inner = page.window(box)
    window = inner.grown(_BLEED)
    ink, distance = page.ink(window)
    inside = Window(_BLEED, _BLEED, inner.width, inner.height)
    level = _level(ink)
    rough = ink > max(_FAINT, 0.35 * level)
    kept = _kept(rough, distance, inside, page.fit.reach, dots)
    return Writing(ink, kept, level, inside, window)


def crops(found: Writing, lines: int) -> list[Picture]:
    """The writing's lines from the top, each trimmed to its ink: dark on white, BGR. None when nothing was written."""
    if found.empty:
        return []
    return [_crop(found, band) for band in _bands(found.mask, lines, found.inner.height / lines)]


def _level(ink: Darkness) -> float:
    strokes = ink[ink > _FAINT]
    return float(np.percentile(strokes, 80)) if len(strokes) >= _LEAST_INK else 255.0


def _kept(rough: Mask, distance: Darkness, inside: Window, reach: int, dots: bool) -> Mask:
    """Strokes that belong to the box."""
    _count, labels, stats, centres = cv2.connectedComponentsWithStats(rough.astype(np.uint8), connectivity=8)
    left, top, wide, high, area = (stats[:, each] for each in range(5))
    x, y = centres[:, 0], centres[:, 1]
    keep = (x >= inside.x) & (x < inside.x + inside.width) & (y >= inside.y) & (y < inside.y + inside.height)
    keep &= area >= _SPECK
    # A line that the feed or a speck on the glass drew over the whole sheet.
    keep &= ~((wide <= _STREAK) & (high >= rough.shape[0])) & ~((high <= _STREAK) & (wide >= rough.shape[1]))
    keep[0] = False
    for label in np.flatnonzero(keep & ((np.minimum(wide, high) <= 4) | (area < 80))):
        rows, columns = slice(top[label], top[label] + high[label]), slice(left[label], left[label] + wide[label])
        if int(distance[rows, columns][labels[rows, columns] == label].max()) <= reach + 2:
            keep[label] = False  # the rim of a printed line
    size = np.maximum(wide, high)
    strokes = keep & (size >= _LEAST_STROKE)
    if not strokes.any():
        return np.zeros(rough.shape, bool)
    tall = float(np.percentile(size[strokes], 75))
    large = np.flatnonzero(strokes & (size >= _DUST * tall))
    for label in np.flatnonzero(keep & (size < _DUST * tall)):
        if not dots or not large.size:
            keep[label] = False
            continue
        aside = np.maximum(left[large] - left[label] - wide[label], left[label] - left[large] - wide[large])
        above = np.maximum(top[large] - top[label] - high[label], top[label] - top[large] - high[large])
        keep[label] = float(np.maximum(aside, above).min()) <= _NEAR * tall
    return np.asarray(keep[labels])


def _bands(mask: Mask, lines: int, pitch: float) -> list[tuple[int, int]]:
    """Top and bottom of each line of writing."""
    rows = np.flatnonzero(mask.any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    if lines == 1 or bottom - top < 1.3 * pitch:
        return [(top, bottom)]
    parts = min(lines, max(2, round((bottom - top) / pitch)))
    profile = cv2.blur(mask.sum(axis=1, dtype=np.float32).reshape(-1, 1), (1, 5)).ravel()
    step = (bottom - top) / parts
    edges = [top]
    for part in range(1, parts):
        middle, slack = top + step * part, step * 0.35
        near = np.arange(round(middle - slack), round(middle + slack) + 1)
        near = near[(near > edges[-1]) & (near < bottom)]
        away = np.abs(near - middle) / slack
        edges.append(int(near[np.argmin(profile[near] + 0.01 * away)]))
    edges.append(bottom)
    bands = []
    for upper, lower in itertools.pairwise(edges):
        inked = np.flatnonzero(mask[upper:lower].any(axis=1))
        if inked.size and int(mask[upper:lower].sum()) >= _LEAST_INK:
            bands.append((upper + int(inked[0]), upper + int(inked[-1]) + 1))
    return bands


def _crop(found: Writing, band: tuple[int, int]) -> Picture:
    top, bottom = band
    columns = np.flatnonzero(found.mask[top:bottom].any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    margin = max(4, round(0.12 * (bottom - top)))
    high = max(0, _LEAST_HEIGHT - (bottom - top)) // 2 + margin
    near = cv2.dilate(found.mask[top:bottom, left:right].astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    own = np.where(near, found.ink[top:bottom, left:right], 0).astype(np.float32)
    own = np.minimum(own * (230.0 / max(found.level, 60.0)), 255.0) if found.level < 230 else own
    wide = margin
    gray = np.full((bottom - top + 2 * high, right - left + 2 * wide), 255, np.uint8)
    gray[high : high + bottom - top, wide : wide + right - left] = 255 - own.astype(np.uint8)
    return np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR), np.uint8)
