"""A page made ready for comparing: gray at about 6 px/mm, where the thinnest printed line still has a pixel."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ocr.engine.contract import Picture
from ocr.pages.page import INCH_MM, Page
from ocr.register.features import DPI, Features, Gray, Matrix, features, gray, reduced

PX_PER_MM = 6
_A4_LONG_MM = 297.0
_PAGE_FEATURES = 2500


@dataclass(frozen=True, eq=False)
class Sheet:
    """`small` is the page in gray, `back` maps its pixels to the page's own."""

    small: Gray
    back: Matrix
    dpi: float
    """Of `small`; a guess (the longer side is A4's) when the file does not say."""

    @cached_property
    def features(self) -> Features:
        """In pixels of `small`."""
        return features(self.small, DPI / self.dpi, _PAGE_FEATURES)

    @cached_property
    def mirrored(self) -> "Sheet":
        """The page seen through its back."""
        flip = np.array([[-1.0, 0, self.small.shape[1] - 1], [0, 1, 0], [0, 0, 1]])
        return Sheet(cv2.flip(self.small, 1).astype(np.uint8, copy=False), self.back @ flip, self.dpi)


def sheet(page: Page) -> Sheet:
    """The page reduced by a whole factor, which costs a fraction of any other."""
    return of_picture(page.image, page.dpi)


def of_picture(image: Picture, dpi: float | None) -> Sheet:
    """As `sheet`; without a resolution the longer side is taken for A4's."""
    known = dpi or max(image.shape[:2]) / _A4_LONG_MM * INCH_MM
    factor = max(1, round(known / INCH_MM / PX_PER_MM))
    small, back = reduced(gray(image), factor)
    return Sheet(small, back, known / factor)
