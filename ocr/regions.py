"""From an aligned page and its definition to what is recognised: the writing of each field, cleaned, in lines, as crops.

Windows are pixels at 12 px/mm; boxes are the definition's millimetres.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ocr.aligned import AlignedPage
from ocr.definition.form import AnyField, ChoiceField, Column, DateField, FormPage, TableField
from ocr.engine.contract import Picture
from ocr.ink import FAINT, Darkness, Mask, Window
from ocr.records import Box
from ocr.strokes import Strokes

Field = AnyField | Column

_BLEED = 12
"""Pixels that writing may run over its box and still be looked at: 1 mm."""
_RED_WRITING = 0.6
_LEAST_INK = 30
_LEAST_HEIGHT = 36


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
    red: float
    """Share of its ink that is red."""

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
    red = page.red(window)
    if red.any():
        ink = _without_seal(ink, red, page.red_light(window))
    level = _level(ink)
    strokes = Strokes.of(ink > max(FAINT, 0.35 * level))
    strokes.keep_home(inside)
    strokes.drop_rims(distance, page.fit.reach)
    strokes.drop_streaks(page.dark, window, inside)
    strokes.drop_seals(red)
    strokes.drop_dust(dots)
    mask = strokes.mask()
    share = float(red[mask].mean()) if mask.any() else 0.0
    return Writing(ink, mask, level, inside, window, share)


def crops(found: Writing, lines: int) -> list[Picture]:
    """The writing's lines from the top, each trimmed to its ink: dark on white, BGR. None when nothing was written."""
    if found.empty:
        return []
    return [_crop(found, band) for band in _bands(found.mask, lines, found.inner.height / lines)]


def _level(ink: Darkness) -> float:
    strokes = ink[ink > FAINT]
    return float(np.percentile(strokes, 80)) if len(strokes) >= _LEAST_INK else 255.0


def _without_seal(ink: Darkness, red: Mask, red_light: Darkness) -> Darkness:
    """Ink as seen in red light, in which a seal over the writing is paper; unless most of the writing is red itself."""
    near = cv2.dilate(red.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    inked = ink > FAINT
    if int((inked & red).sum()) > _RED_WRITING * int(inked.sum()):
        return ink
    light = max(float(np.percentile(red_light, 90)), 1.0)
    seen = np.clip(255.0 - red_light[near] * (255.0 / light), 0, 255).astype(np.uint8)
    cleaned = ink.copy()
    cleaned[near] = np.minimum(ink[near], np.where(seen > 2 * FAINT, seen, 0))
    return cleaned


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
