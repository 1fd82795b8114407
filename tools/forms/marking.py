"""What is no writing: circles around words, ticks in boxes, seals, strokes through a mistake."""

import math
import random

import cv2
import numpy as np
from PIL import Image, ImageDraw

from forms.fonts import can_write, font
from forms.hand import INKS, Hand, Paper, lay
from forms.sheet import PX, Box

RED = (58, 48, 205)
SHAPES = ("re", "check", "cross", "filled", "circle")


def _stroke(paper: Paper, points: list[tuple[float, float]], width: float, ink: tuple[int, int, int]) -> None:
    """A stroke of the pen through points in mm."""
    path = np.array(points) * PX
    left, top = (int(value) for value in path.min(0) - 12)
    right, bottom = (int(value) for value in path.max(0) + 12)
    mask = np.zeros((bottom - top, right - left), np.uint8)
    shifted = np.round((path - [left, top]) * 16).astype(np.int32)
    cv2.polylines(mask, [shifted], False, 255, max(2, round(width * PX)), cv2.LINE_AA, 4)
    lay(paper, mask.astype(np.float32) / 255, left, top, ink)


def _curve(points: list[tuple[float, float]], steps: int = 12) -> list[tuple[float, float]]:
    """A smooth way through points (Catmull-Rom)."""
    ends = [points[0], *points, points[-1]]
    way = []
    for number in range(len(points) - 1):
        a, b, c, d = (np.array(ends[number + shift]) for shift in range(4))
        for step in range(steps):
            t = step / steps
            at = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
            way.append((float(at[0]), float(at[1])))
    return [*way, points[-1]]


def ring(paper: Paper, box: Box, hand: Hand, rng: random.Random) -> None:
    """A circle drawn around a printed word: one turn and a little more, never quite round; a printer's is round."""
    x, y, w, h = box
    shaky = 1.0 if hand.unsteady else 0.0
    cx, cy = x + w / 2 + shaky * rng.uniform(-0.5, 0.5), y + h / 2 + shaky * rng.uniform(-0.4, 0.4)
    rx, ry = w / 2 * (1 + shaky * rng.uniform(-0.1, 0.08)), h / 2 * (1 + shaky * rng.uniform(-0.12, 0.06))
    begin, turn = rng.uniform(-2.2, -1.0), 2 * math.pi + shaky * rng.uniform(-0.15, 0.5)
    points = []
    for step in range(13):
        angle = begin - turn * step / 12
        wide = 1 + shaky * rng.gauss(0, 0.025) + shaky * 0.05 * step / 12
        points.append((cx + rx * wide * math.cos(angle), cy + ry * wide * math.sin(angle)))
    _stroke(paper, _curve(points), rng.uniform(0.3, 0.45), INKS[hand.ink])


def tick(paper: Paper, box: Box, hand: Hand, rng: random.Random, shape: str = "") -> str:
    """A mark in a tick box; says which shape it has."""
    x, y, w, h = box
    shape = shape or (rng.choices(SHAPES, (5, 5, 1.5, 1.2, 0.8))[0] if hand.unsteady else rng.choice(("check", "re")))

    def at(across: float, down: float) -> tuple[float, float]:
        wobble = 0.06 * hand.unsteady
        return x + w * (across + rng.uniform(-wobble, wobble)), y + h * (down + rng.uniform(-wobble, wobble))

    pen, ink = rng.uniform(0.32, 0.5), INKS[hand.ink]
    if shape == "re":
        _stroke(paper, _curve([at(0.28, 0.1), at(0.25, 0.55), at(0.28, 0.92), at(0.6, 0.65), at(1.05, 0.15)]), pen, ink)
    elif shape == "check":
        _stroke(paper, _curve([at(0.05, 0.5), at(0.4, 0.92), at(0.7, 0.35), at(1.2, -0.25)]), pen, ink)
    elif shape == "cross":
        _stroke(paper, [at(0.1, 0.1), at(0.9, 0.9)], pen, ink)
        _stroke(paper, [at(0.9, 0.1), at(0.1, 0.9)], pen, ink)
    elif shape == "circle":
        ring(paper, (x - 0.6, y - 0.6, w + 1.2, h + 1.2), hand, rng)
    else:
        rows = [at(0.12 if row % 2 else 0.88, 0.12 + row * 0.076) for row in range(11)]
        _stroke(paper, rows, 0.5, ink)
    return shape


def seal(paper: Paper, box: Box, name: str, rng: random.Random, side: float = 0) -> None:
    """A red stamp of the name, 10–12 mm wide or as given: turned a little, unevenly inked."""
    x, y, w, h = box
    side = side or rng.uniform(10.0, 12.0)
    size = int(side * PX) + 40
    mask = np.zeros((size, size), np.uint8)
    middle, radius = size // 2, int(side * PX / 2)
    if rng.random() < 0.85:
        cv2.circle(mask, (middle, middle), radius, 255, rng.randint(5, 8), cv2.LINE_AA)
    else:
        corner = int(radius * 0.9)
        cv2.rectangle(mask, (middle - corner, middle - corner), (middle + corner, middle + corner), 255, 7)
    picture = Image.fromarray(mask)
    words = [each for each in name[:3] if can_write("IPAexMincho", each)] or ["印"]
    em = int(radius * (1.15 if len(words) == 1 else 0.92 if len(words) == 2 else 0.62))
    for number, character in enumerate(words):
        down = middle + (number - (len(words) - 1) / 2) * em
        ImageDraw.Draw(picture).text((middle, down), character, font=font("IPAexMincho", em), fill=255, anchor="mm")
    noise = np.random.default_rng(rng.getrandbits(32)).random((size // 10 + 1, size // 10 + 1)).astype(np.float32)
    worn = np.clip(cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC) * 0.45 + 0.68, 0, 1)
    turned = cv2.warpAffine(
        np.asarray(picture, np.float32) / 255 * worn,
        cv2.getRotationMatrix2D((middle, middle), rng.gauss(0, 6), 1),
        (size, size),
    )
    turned = cv2.dilate(turned, np.ones((2, 2), np.uint8)) * rng.uniform(0.75, 1.0)
    cx, cy = x + w / 2 + rng.uniform(-1.5, 1.5), y + h / 2 + rng.uniform(-1.2, 1.2)
    lay(paper, turned, round(cx * PX) - middle, round(cy * PX) - middle, RED)


def strike(paper: Paper, box: Box, hand: Hand, rng: random.Random) -> None:
    """Two strokes through what was written (二重線)."""
    x, y, w, h = box
    for down in (0.42, 0.58):
        ends = [(x - 0.5, y + h * down + rng.uniform(-0.2, 0.2)), (x + w + 0.5, y + h * down + rng.uniform(-0.2, 0.2))]
        _stroke(paper, ends, 0.25, INKS[hand.ink])
