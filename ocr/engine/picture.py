"""A crop as the network wants it: PP-OCR's own scaling, the same for every member, so that both read the same strings."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engine.contract import Picture

HEIGHT = 48
LEAST_WIDTH = 96
"""Narrower crops are padded: a lone `1` at its own width is read as `7`."""
MOST_WIDTH = 3200
"""Wider crops are squeezed, as PaddleOCR does; memory grows with the width (0.35 GB at 3200)."""


def to_input(crop: Picture, height: int = HEIGHT) -> NDArray[np.float32]:
    """1 × 3 × `height` × W in [-1, 1], aspect ratio kept, W in [LEAST_WIDTH, MOST_WIDTH]; padding is 0 (mid-grey) as in training."""
    rows, columns = crop.shape[:2]
    width = min(max(round(columns * height / rows), 1), MOST_WIDTH)
    # Shrinking by INTER_LINEAR skips pixels: thin strokes of a 300 dpi scan would break.
    method = cv2.INTER_AREA if rows > 2 * height else cv2.INTER_LINEAR
    scaled = cv2.resize(crop, (width, height), interpolation=method)
    made = np.zeros((1, 3, height, max(width, LEAST_WIDTH)), np.float32)
    made[0, :, :, :width] = scaled.transpose(2, 0, 1) / np.float32(127.5) - np.float32(1)
    return made


def blank(height: int) -> Picture:
    """A small piece of white paper, to warm a model up with."""
    return np.full((height, height, 3), 255, np.uint8)
