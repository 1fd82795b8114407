"""Ticks, circles and seals: where ink lies that the blank did not print.

Densities are shares of the option's own box; a circle's ink may lie around it.
"""

from collections.abc import Sequence

import numpy as np

from ocr.aligned import AlignedPage
from ocr.definition.form import ChoiceField, SealField, TickField
from ocr.ink import Window
from ocr.records import Box, Mark
from ocr.regions import Spot

_AROUND_TICK = 10
_AROUND_CIRCLE = 16
"""Pixels beyond the box where a mark's ink still counts, as far as no other option is nearer."""
_INK = 60
MARK_FROM = 0.09
"""Half way, by ratio, between the faintest ticks and circles (0.16 of the box and more) and what is left where none is (0.04)."""
_BESIDE = 0.5
"""Of the densest: what has less is a neighbour's circle that ran in."""
_RED_SEAL = 0.02
_SEAL = 0.05


def marks(page: AlignedPage, spot: Spot) -> tuple[Mark, ...]:
    """One mark for each option of a choice; one for a tick (`1`) or a seal (`1`)."""
    match spot.field:
        case TickField():
            density = _densities(page, spot.boxes, _AROUND_TICK)[0]
            return (Mark("1", density, density >= MARK_FROM),)
        case SealField():
            return (_seal(page, spot.box),)
        case ChoiceField() as field:
            by_circle = field.by == "circle"
            found = _densities(page, spot.boxes, _AROUND_CIRCLE if by_circle else _AROUND_TICK)
            least = max(MARK_FROM, _BESIDE * max(found)) if by_circle else MARK_FROM
            return tuple(
                Mark(option.value, density, density >= least)
                for option, density in zip(field.options, found, strict=True)
            )
        case _:
            raise ValueError(f"{spot.path} is no mark")


def _densities(page: AlignedPage, boxes: Sequence[Box], around: int) -> list[float]:
    windows = [page.window(box) for box in boxes]
    return [
        _density(page, window, _free(window, [each for each in windows if each is not window], around))
        for window in windows
    ]


def _density(page: AlignedPage, box: Window, looked: Window) -> float:
    ink, _ = page.ink(looked)
    return float((ink > _INK).sum()) / (box.width * box.height)


def _free(window: Window, others: Sequence[Window], around: int) -> Window:
    """The window grown by `around`, on each side no farther than half way to another option."""
    sides = [around] * 4
    for other in others:
        gaps = (
            window.x - other.x - other.width,
            window.y - other.y - other.height,
            other.x - window.x - window.width,
            other.y - window.y - window.height,
        )
        side = int(np.argmax(gaps))
        sides[side] = min(sides[side], max(0, gaps[side] // 2))
    left, up, right, down = sides
    return Window(window.x - left, window.y - up, window.width + left + right, window.height + up + down)


def _seal(page: AlignedPage, box: Box) -> Mark:
    window = page.window(box)
    if not page.gray:
        density = float(page.red(window).mean())
        return Mark("1", density, density >= _RED_SEAL)
    density = _density(page, window, window)
    return Mark("1", density, density >= _SEAL)
