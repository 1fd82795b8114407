"""Black on white, whatever the scanner made of it."""

import cv2
import numpy as np

from ocr.pages.page import Page

_WIDTH = 600
_DARK, _LIGHT = 96, 160


def dark_on_light(page: Page) -> Page:
    """The page as it is, or with black and white swapped back and the notice `inverted`."""
    if not _inverted(page):
        return page
    image = cv2.bitwise_not(page.image).astype(np.uint8, copy=False)
    return Page(page.file, page.number, image, page.dpi, (*page.notices, "inverted"))


def _inverted(page: Page) -> bool:
    """A dark page with thin light strokes. A sheet on a dark table is no such page: it stays light when strokes are taken away."""
    scale = min(1.0, _WIDTH / page.image.shape[1])
    small = cv2.resize(page.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else page.image
    gray = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    if np.mean(gray < _DARK) < 0.6:
        return False
    light = (gray > _LIGHT).astype(np.uint8)
    broad = cv2.morphologyEx(light, cv2.MORPH_OPEN, np.ones((13, 13), np.uint8))
    return bool(light.mean() > 0.001 and broad.mean() < 0.05)
