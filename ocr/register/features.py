"""What a page can be recognised by: SIFT features at 75 dpi, the resolution at which every kind of scan looks alike."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engine.contract import Picture

Floats = NDArray[np.float32]
Matrix = NDArray[np.float64]
Gray = NDArray[np.uint8]

DPI = 75.0
RATIO = 0.8
THRESHOLD = 6.0
"""Pixels at 12 px/mm: half a millimetre."""


@dataclass(frozen=True, eq=False)
class Features:
    """`points` N × 2 in pixels of the picture they stand for; `descriptors` N × 128, root-SIFT, unit length."""

    points: Floats
    descriptors: Floats


def resized(gray: Gray, scale: float) -> tuple[Gray, Matrix]:
    """The picture at another size, and the map from its pixels to the original's (pixel centres are whole numbers)."""
    height, width = gray.shape
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    x, y = width / small[0], height / small[1]
    back = np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
    return cv2.resize(gray, small, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False), back


def reduced(gray: Gray, factor: int) -> tuple[Gray, Matrix]:
    """The picture at a whole fraction of its size, and the map back; a rest at the right and lower edge is left out."""
    height, width = (each // factor * factor for each in gray.shape)
    small = cv2.resize(gray[:height, :width], (width // factor, height // factor), interpolation=cv2.INTER_AREA).astype(
        np.uint8, copy=False
    )
    half = (factor - 1) / 2
    return small, np.array([[factor, 0, half], [0, factor, half], [0, 0, 1.0]])


def features(gray: Gray, scale: float, most: int) -> Features:
    """At most so many features, found at the given scale, in pixels of the full picture."""
    small, back = resized(gray, scale)
    found, raw = cv2.SIFT.create(nfeatures=most, enable_precise_upscale=True).detectAndCompute(small, None)
    if len(found) == 0:
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    points = np.array([each.pt for each in found]) * [back[0, 0], back[1, 1]] + [back[0, 2], back[1, 2]]
    root = np.sqrt(raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-9))
    return Features(points.astype(np.float32), root.astype(np.float32))


def gray(image: Picture) -> Gray:
    """One channel; red seals and blue ink darken alike."""
    return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)


def matched(page: Features, blank: Features) -> tuple[Floats, Floats]:
    """Pairs of points, page and blank: each page feature with its best fellow when the next best is clearly worse."""
    if len(page.points) == 0 or len(blank.points) < 2:
        return np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)
    likeness = page.descriptors @ blank.descriptors.T
    best = likeness.argmax(axis=1)
    rows = np.arange(len(best))
    first = likeness[rows, best]
    likeness[rows, best] = -1
    second = likeness.max(axis=1)
    # Unit vectors: the squared distance is 2 - 2 cos.
    clear = (1 - first) < RATIO**2 * (1 - second)
    return page.points[clear], blank.points[best[clear]]


def homography(page: Floats, blank: Floats) -> tuple[Matrix | None, NDArray[np.bool_]]:
    """The map from page to blank that most pairs agree on, and which do. The same pairs give the same map."""
    if len(page) < 8:
        return None, np.zeros(len(page), bool)
    ways = cv2.UsacParams()
    ways.threshold = THRESHOLD
    ways.confidence = 0.9999
    ways.maxIterations = 5000
    ways.score = cv2.SCORE_METHOD_MAGSAC
    ways.loMethod = cv2.LOCAL_OPTIM_SIGMA
    ways.sampler = cv2.SAMPLING_UNIFORM
    ways.randomGeneratorState = 1
    found, mask = cv2.findHomography(page, blank, ways)
    matrix = np.asarray(found, np.float64)
    # The bindings give None for "none found", which their types do not say.
    if matrix.shape != (3, 3):
        return None, np.zeros(len(page), bool)
    return matrix, mask.ravel().astype(bool)
