"""Writing on a page: a font for the shapes, and a person's unsteadiness in size, slant, line, spacing, weight and ink."""

import random
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from forms.fonts import HAND_LIKE, PRINT, can_write, font
from forms.sheet import PX, Box

Paper = NDArray[np.uint8]
"""H × W × 3, BGR, at 12 px/mm."""
Mask = NDArray[np.float32]

INKS = {
    "black": (38, 34, 32),
    "blue-black": (88, 48, 36),
    "blue": (150, 66, 36),
    "pencil": (98, 96, 96),
    "toner": (24, 24, 24),
}
STAND_IN = "Klee One"
"""Writes what a hand's own font has no glyph for."""


@dataclass(frozen=True)
class Hand:
    """One writer: everything that stays the same over a form."""

    kind: str
    """`print` or `hand-like`."""
    family: str
    ink: str
    size: float
    """Share of the usual size."""
    slant: float
    rise: float
    """Baseline's slope in mm per mm."""
    spacing: float
    weight: float
    """−1 thin … 1 bold: strokes eroded or dilated by so many pixels."""
    unsteady: float
    """0 for a printer; scales all jitter by character."""

    @classmethod
    def of(cls, rng: random.Random, kind: str = "") -> "Hand":
        """A writer by chance."""
        kind = kind or rng.choices(("hand-like", "print"), (0.65, 0.35))[0]
        if kind == "print":
            return cls(kind, rng.choice(PRINT), "toner", rng.uniform(0.86, 1.0), 0, 0, 0.02, 0, 0)
        return cls(
            kind,
            rng.choice(HAND_LIKE),
            rng.choices(("black", "blue-black", "blue", "pencil"), (5, 3, 1.5, 1))[0],
            rng.uniform(0.9, 1.1),
            rng.uniform(-0.08, 0.12),
            rng.uniform(-0.006, 0.004),
            rng.uniform(0.0, 0.12),
            rng.uniform(-0.4, 0.9),
            rng.uniform(0.6, 1.1),
        )


@lru_cache(maxsize=4096)
def _glyph(family: str, size: int, character: str) -> Mask:
    """The character in the middle of a square of twice its size, by its em box; ink 0–1."""
    picture = Image.new("L", (2 * size, 2 * size), 0)
    ImageDraw.Draw(picture).text((size, size), character, font=font(family, size), fill=255, anchor="mm")
    return np.asarray(picture, np.float32) / 255


class Writer:
    """A hand at work on one page."""

    def __init__(self, paper: Paper, hand: Hand, rng: random.Random) -> None:
        self.paper, self.hand, self.rng = paper, hand, rng

    def line(self, box: Box, words: str, size: float = 0, align: str = "left") -> Box:
        """Words in one line inside the box, smaller where they would not fit. `size` in mm, from the box's height if 0.

        Where they came to stand.
        """
        x, y, w, h = box
        size = (size or min(h * 0.66, 5.4)) * self.hand.size
        widths = [self._advance(each) for each in words]
        room = w - 1.6
        if sum(widths) * size > room:
            size = room / sum(widths)
        length = sum(widths) * size
        free = w - length
        start = {"left": min(free / 2, self.rng.uniform(0.6, 2.2)), "right": free - 0.8, "centre": free / 2}[align]
        if self.hand.unsteady and align == "centre":
            start += self.rng.uniform(-0.1, 0.1) * min(free, 4)
        at, middle = x + start, y + h / 2 + self.hand.unsteady * self.rng.uniform(-0.06, 0.06) * h
        for character, width in zip(words, widths, strict=True):
            centre = at + width * size / 2
            self._character(character, centre, middle + (centre - x) * self.hand.rise, size)
            at += width * size
        return x + start, middle - size / 2, length, size

    def cells(self, box: Box, words: str, count: int, align: str = "left") -> None:
        """One character to a cell, from the left or up against the right."""
        x, y, w, h = box
        assert len(words) <= count, words
        first = count - len(words) if align == "right" else 0
        width = w / count
        size = min(h * 0.72, width * 0.86, 6.2) * min(1.0, self.hand.size)
        for number, character in enumerate(words, first):
            shift = self.hand.unsteady * 0.04
            self._character(
                character,
                x + width * (number + 0.5 + self.rng.uniform(-shift, shift)),
                y + h * (0.53 + self.rng.uniform(-shift, shift)),
                size,
            )

    def _advance(self, character: str) -> float:
        """Width in em, with the writer's spacing."""
        if character == " ":
            return 0.55
        family = self._family(character)
        return font(family, 100).getlength(character) / 100 + self.hand.spacing

    def _family(self, character: str) -> str:
        family = self.hand.family if can_write(self.hand.family, character) else STAND_IN
        if not can_write(family, character):
            raise ValueError(f"no font writes {character!r}")
        return family

    def _character(self, character: str, x: float, y: float, size: float) -> None:
        """One character around a point in mm."""
        if character.isspace():
            return
        hand, rng = self.hand, self.rng
        wobble = hand.unsteady
        drawn = max(16, round(size * PX / 4) * 4)
        mask = _glyph(self._family(character), drawn, character)
        scale = size * PX / drawn * (1 + wobble * rng.uniform(-0.07, 0.07))
        narrow = 1 + wobble * rng.uniform(-0.06, 0.03)
        turn = wobble * rng.gauss(0, 0.035)
        slant = hand.slant + wobble * rng.gauss(0, 0.02)
        matrix = np.array([[narrow, -slant - turn], [turn, 1.0]]) * scale
        side = int(drawn * 2.3)
        centre = np.array([side / 2 + rng.random(), side / 2 + rng.random() + wobble * rng.gauss(0, 0.02) * drawn])
        moved = np.hstack([matrix, (centre - matrix @ [drawn, drawn])[:, None]])
        mask = cv2.warpAffine(mask, moved, (side, side), flags=cv2.INTER_LINEAR)
        mask = weighted(mask, hand.weight + wobble * rng.uniform(-0.25, 0.25) if wobble else 0)
        if hand.kind == "hand-like":
            mask = mask * rng.uniform(0.86, 1.0)
        lay(self.paper, mask, round(x * PX - side / 2), round(y * PX - side / 2), INKS[hand.ink])


def weighted(mask: Mask, by: float) -> Mask:
    """Strokes wider (up to 1 px) or thinner (down to −1 px)."""
    if abs(by) < 0.05:
        return mask
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    changed = cv2.dilate(mask, cross) if by > 0 else cv2.erode(mask, cross)
    share = min(abs(by), 1.0)
    blended: Mask = (mask * (1 - share) + changed * share).astype(np.float32)
    return blended


def lay(paper: Paper, mask: Mask, left: int, top: int, ink: tuple[int, int, int]) -> None:
    """Ink through a mask onto the paper, darkening what is there; what falls off the sheet is lost."""
    height, width = paper.shape[:2]
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + mask.shape[1]), min(height, top + mask.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    part = mask[y0 - top : y1 - top, x0 - left : x1 - left, None]
    spot = paper[y0:y1, x0:x1]
    colour = np.array(ink, np.float32) / 255
    spot[:] = (spot * (1 - part * (1 - colour))).astype(np.uint8)
