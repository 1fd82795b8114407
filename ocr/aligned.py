"""A page laid on its blank: pixels of the template, 12 to the millimetre, with the blank's ink known."""

import itertools
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engine.contract import Picture
from ocr.ink import FARTHEST, Blank, Darkness, Fit, Mask, Window, darkness, erased
from ocr.records import Box, Place
from ocr.register.warp import PX_PER_MM

_STRIP = 360
"""Pixels of width over which one shift is good enough."""
_RED = 28
_COARSE = 4
_SAMPLED = 3
_COLOUR = 12


class AlignedPage:
    """One page of a scan where `place` says it lies. Colour is looked at coarsely, and closely only where there is red."""

    def __init__(self, image: Picture, place: Place, blank: Blank) -> None:
        self._image = image
        self._matrix = np.array(place.homography).reshape(3, 3)
        width, height = (round(each * PX_PER_MM) for each in place.size)
        gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
        self._size = Window(0, 0, width, height)
        self.dark = darkness(self._warped(gray, self._size))
        self.blank = blank
        self.fit = Fit(self.dark, blank)

    @cached_property
    def gray(self) -> bool:
        """Whether the scan has no colour at all, as fax and gray scans."""
        small = self._image[::8, ::8].astype(np.int16)
        chroma = small.max(axis=2) - small.min(axis=2)
        return bool(np.percentile(chroma, 99.9) < _COLOUR)

    def window(self, box: Box) -> Window:
        """Where the box lies on this page, its local shift included."""
        x, y, width, height = (round(each * PX_PER_MM) for each in box)
        right, down = self.fit.at(x + width / 2, y + height / 2)
        return Window(x + right, y + down, width, height)

    def ink(self, window: Window) -> tuple[Darkness, Darkness]:
        """Ink in the window that the blank did not print, and each pixel's distance to what it did."""
        distance = np.full(window.shape, FARTHEST, np.uint8)
        strips = max(1, round(window.width / _STRIP))
        edges = [round(window.width * strip / strips) for strip in range(strips + 1)]
        for left, right in itertools.pairwise(edges):
            strip = Window(window.x + left, window.y, right - left, window.height)
            shift = self.fit.at(strip.x + strip.width / 2, strip.y + strip.height / 2)
            distance[:, left:right] = self.blank.distance(strip.moved(-shift[0], -shift[1]))
        return erased(window.of(self.dark), distance, self.fit.reach), distance

    def red(self, window: Window) -> Mask:
        """Pixels of red ink."""
        left, top = max(window.x // _COARSE - 1, 0), max(window.y // _COARSE - 1, 0)
        right, bottom = (window.x + window.width) // _COARSE + 2, (window.y + window.height) // _COARSE + 2
        if not self._red_somewhere[top : max(bottom, 0), left : max(right, 0)].any():
            return np.zeros(window.shape, bool)
        return np.asarray(_redness(self._warped(self._image, window)) > _RED)

    def red_light(self, window: Window) -> Darkness:
        """What the window looks like in red light."""
        return self._warped(self._image, window)[..., 2]

    @cached_property
    def _red_somewhere(self) -> Darkness:
        """Where there may be red, at 3 px/mm."""
        if self.gray:
            return np.zeros((1, 1), np.uint8)
        found = (_redness(np.ascontiguousarray(self._image[::_SAMPLED, ::_SAMPLED])) > _RED).astype(np.uint8)
        scaled = np.diag([1 / _COARSE, 1 / _COARSE, 1]) @ self._matrix @ np.diag([_SAMPLED, _SAMPLED, 1])
        size = self._size.width // _COARSE + 1, self._size.height // _COARSE + 1
        return np.asarray(cv2.warpPerspective(found * 255, scaled, size, flags=cv2.INTER_LINEAR), np.uint8)

    def _warped(self, picture: NDArray[np.uint8], window: Window) -> NDArray[np.uint8]:
        """What the window shows, white where the scan ends."""
        moved = np.array([[1, 0, -window.x], [0, 1, -window.y], [0, 0, 1]]) @ self._matrix
        size, white = (window.width, window.height), (255, 255, 255)
        return np.asarray(
            cv2.warpPerspective(picture, moved, size, flags=cv2.INTER_LINEAR, borderValue=white), np.uint8
        )


def _redness(picture: Picture) -> Darkness:
    """Red light beyond green and blue."""
    blue, green, red = cv2.split(picture)
    return np.asarray(cv2.subtract(red, cv2.max(green, blue)), np.uint8)
