"""Signs of doubt in the picture, by name: of one field and of the scan. 0 has nothing to say, 1 is strong."""

from collections.abc import Sequence

import cv2
import numpy as np

from ocr.aligned import AlignedPage
from ocr.engine.contract import Picture
from ocr.records import Reading
from ocr.regions import Writing

_STRUCK = 1.2  # a level stroke longer than this share of the box's height is no ー and no 一
_BLACK, _WHITE = 24, 231


def of_writing(found: Writing, read: Reading, filled: int) -> dict[str, float]:
    """`edge_ink`, `red_ink`, `strike_out`, `cells_differ`: one character to a cell, or a character was lost or written elsewhere.

    `filled` counts the cells that hold ink, 0 for a field without cells.
    """
    if found.empty:
        return {}
    signs = {"edge_ink": min(1.0, 10 * found.edge), "red_ink": found.red}
    if found.struck > _STRUCK:
        signs["strike_out"] = min(1.0, found.struck / 5)
    if filled:
        signs["cells_differ"] = float(filled != len("".join(read.text.split())))
    return signs


def of_scan(image: Picture, page: AlignedPage) -> dict[str, float]:
    """`sharpness` and `contrast` of the printed lines, `noise` of the paper (0–1 of white), `residual_px` of alignment, `bilevel`."""
    gray = cv2.cvtColor(np.ascontiguousarray(image[::6]), cv2.COLOR_BGR2GRAY)
    paper = gray[:, :-1] > np.percentile(gray, 50) - 12
    steps = np.abs(np.diff(gray.astype(np.int16), axis=1))[paper]
    steps = steps[steps < 40]
    between = float(((gray > _BLACK) & (gray < _WHITE)).mean())
    return {
        "sharpness": page.fit.sharpness,
        "contrast": page.fit.contrast,
        "noise": float(np.sqrt(np.mean(np.square(steps, dtype=np.float32)) / 2) / 255) if steps.size else 0.0,
        "residual_px": page.fit.residual,
        "bilevel": float(between < 0.002),
    }


def strongest(signs: Sequence[dict[str, float]]) -> dict[str, float]:
    """Signs of several pieces as one field's: of each the strongest."""
    return {name: max(each.get(name, 0.0) for each in signs) for name in sorted({n for each in signs for n in each})}
