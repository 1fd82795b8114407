"""A page in the form's own millimetres."""

import cv2
import numpy as np

from ocr.engine.contract import Picture
from ocr.records import Place

PX_PER_MM = 12


def warp(image: Picture, place: Place) -> Picture:
    """The page as it would lie on the blank, 12 px/mm; millimetre x is at pixel 12 x − 0.5. White where the scan ends."""
    width, height = (round(each * PX_PER_MM) for each in place.size)
    matrix = np.array(place.homography).reshape(3, 3)
    flat = cv2.warpPerspective(
        image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,) * 3
    )
    return flat.astype(np.uint8, copy=False)
