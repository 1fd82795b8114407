"""From an aligned page and its definition to what is recognised: the writing of each field, cleaned, in lines, as crops.

Windows are pixels at 12 px/mm; boxes are the definition's millimetres.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

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
_STREAK = 7
_STREAK_HIGH = 0.7
_BEYOND = 60
_GOES_ON = 0.85
_RED_WRITING = 0.6
_RED_STROKE = 0.5
_DUST = 0.22
"""Of the writing's height: what is smaller is a dot, or dust."""
_NEAR = 0.45
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
    red = None if page.gray else page.red(window)
    if red is not None and red.any():
        ink = _without_seal(ink, red, window.of(page.picture, paper=255)[..., 2])
    level = _level(ink)
    strokes = _Strokes.of(ink > max(_FAINT, 0.35 * level))
    strokes.keep_home(inside)
    strokes.drop_rims(distance, page.fit.reach)
    strokes.drop_streaks(page.dark, window, inside)
    if red is not None:
        strokes.drop_seals(red)
    strokes.drop_dust(dots)
    return Writing(ink, strokes.mask(), level, inside, window)


def crops(found: Writing, lines: int) -> list[Picture]:
    """The writing's lines from the top, each trimmed to its ink: dark on white, BGR. None when nothing was written."""
    if found.empty:
        return []
    return [_crop(found, band) for band in _bands(found.mask, lines, found.inner.height / lines)]


def _level(ink: Darkness) -> float:
    strokes = ink[ink > _FAINT]
    return float(np.percentile(strokes, 80)) if len(strokes) >= _LEAST_INK else 255.0


def _without_seal(ink: Darkness, red: Mask, red_light: Darkness) -> Darkness:
    """Ink as seen in red light, in which a seal over the writing is paper; unless most of the writing is red itself."""
    near = cv2.dilate(red.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    inked = ink > _FAINT
    if int((inked & red).sum()) > _RED_WRITING * int(inked.sum()):
        return ink
    light = max(float(np.percentile(red_light, 90)), 1.0)
    seen = np.clip(255.0 - red_light[near] * (255.0 / light), 0, 255).astype(np.uint8)
    cleaned = ink.copy()
    cleaned[near] = np.minimum(ink[near], np.where(seen > 2 * _FAINT, seen, 0))
    return cleaned


class _Strokes:
    """Connected pieces of ink in one window, and which of them are the field's writing."""

    def __init__(self, labels: NDArray[np.int32], stats: NDArray[np.int32], centres: NDArray[np.float64]) -> None:
        self.labels, self.centres = labels, centres
        self.left, self.top, self.wide, self.high, self.area = (stats[:, each] for each in range(5))
        self.size = np.maximum(self.wide, self.high)
        self.keep = self.area >= _SPECK
        self.keep[0] = False

    @classmethod
    def of(cls, rough: Mask) -> "_Strokes":
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
        for label in np.flatnonzero(self.keep & ((np.minimum(self.wide, self.high) <= 4) | (self.area < 80))).tolist():
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
            dark = line.of(page).max(axis=1) > _FAINT
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
