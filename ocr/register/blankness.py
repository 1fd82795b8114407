"""Whether anything at all is on a page."""

import cv2
import numpy as np

from ocr.register.linework import ink
from ocr.register.sheet import PX_PER_MM, Sheet

_DARK = 70
_RIM_MM = 6
_SPECK = 8
_HOLE_PX, _BROAD_PX = 61, 13
_MOST_MM2 = 8.0
"""Less ink than one hasty word."""


def is_blank(sheet: Sheet) -> bool:
    """No writing, no print: what scanners add (dust, streaks, shadows at the rim, what shines through) is none."""
    rim = _RIM_MM * PX_PER_MM
    dark = (ink(sheet.small, _HOLE_PX) > _DARK).astype(np.uint8)[rim:-rim, rim:-rim]
    if not dark.size:
        return False
    # Two thirds of all pixels black is a scan of nothing as well, but one that a person should see.
    if sheet.small.mean() < 96:
        return False
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    width, height, area = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_AREA]
    # No pen is 2 mm broad: what is, is a punch hole, a staple's shadow or a torn corner.
    solid = np.unique(labels[cv2.erode(dark, np.ones((_BROAD_PX, _BROAD_PX), np.uint8)) > 0])
    broad = np.isin(np.arange(1, len(stats)), solid)
    streak = (np.minimum(width, height) <= 6) & ((width > 0.4 * dark.shape[1]) | (height > 0.4 * dark.shape[0]))
    writing = area[(area >= _SPECK) & ~streak & ~broad].sum()
    return bool(writing < _MOST_MM2 * PX_PER_MM**2)
