"""Pages of picture files: TIFF with any number of pages, JPEG, PNG, JPEG 2000, HEIC, BMP."""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pi_heif
from PIL import Image, ImageOps
from PIL.TiffImagePlugin import TiffImageFile

from ocr.engine.contract import Picture
from ocr.errors import (
    PageEndsEarlyError,
    PageTooLargeError,
    PageTooSmallError,
    PageUnreadableError,
    ScanEndsEarlyError,
    ScanUnreadableError,
)
from ocr.pages.page import INCH_MM, Page, PageLimits
from ocr.pages.quiet import overheard
from ocr.pages.tiff import EndsEarlyError, page_frames

# Formats that hold a program (EPS) or point elsewhere are not among them.
FORMATS = {
    "tiff": ("TIFF",),
    "jpeg": ("JPEG", "MPO"),
    "png": ("PNG",),
    "jpeg2000": ("JPEG2000",),
    "heif": ("HEIF",),
    "bmp": ("BMP", "DIB"),
}
pi_heif.register_heif_opener()

LEAST_SIDE = 400
"""Pixels of the shorter side: an A6 slip at 100 dpi."""

_FAULTS = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, LookupError, TypeError, ArithmeticError, RuntimeError,
    MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_END = {"jpeg": b"\xff\xd9", "png": b"IEND"}
_SIXTEEN_BIT = {"I;16", "I;16B", "I;16L", "I;16N", "I"}
_SIDEWAYS = {5, 6, 7, 8}

_COMPRESSION, _ORIENTATION, _X, _Y = 259, 274, 282, 283
_FAX = {2, 3, 4}
_FAX_WIDTHS = {1728, 2048, 2432}
_FAX_STANDARD = (204.0, 98.0)
_OBLONG_MOST = 4.5
"""The coarsest fax is 2.1 times, super-fine mode the other way about 2; more is a wrong entry."""


class PictureSource:
    """An opened picture file. Only TIFF has more than one page: a phone's second frame is a preview or a depth map."""

    def __init__(self, path: Path, name: str, kind: str, limits: PageLimits) -> None:
        self._path, self._name, self._kind, self._limits = path, name, kind, limits
        try:
            self._frames = page_frames(path) if kind == "tiff" else [0]
            with _decoding():
                self._file = self._opened()
        except _BOMB as error:
            raise self._too_large(1, Image.MAX_IMAGE_PIXELS or 0) from error
        except EndsEarlyError as error:
            raise ScanEndsEarlyError(file=name) from error
        except _FAULTS as error:
            raise (ScanEndsEarlyError if self._cut() else ScanUnreadableError)(file=name) from error
        self.count = len(self._frames)
        self._last = 0

    def close(self) -> None:
        self._file.close()

    def page(self, number: int) -> Page:
        if number <= self._last:
            self._file.close()
            self._file = self._opened()
        self._last = number
        try:
            with _decoding(), overheard() as complaints:
                # The check is before the pixels: seeking reads the header only.
                if self._frames[number - 1]:
                    self._file.seek(self._frames[number - 1])
                self._check_pixels(number)
                x, y = _resolution(self._file)
                self._file.load()
                image = _bgr(ImageOps.exif_transpose(self._file))
        except _BOMB as error:
            raise self._too_large(number, Image.MAX_IMAGE_PIXELS or 0) from error
        except _FAULTS as error:
            early = self._cut() or "truncated" in str(error)
            raise (PageEndsEarlyError if early else PageUnreadableError)(file=self._name, page=number) from error
        image = _squared(image, x, y)
        height, width = image.shape[:2]
        if min(height, width) < LEAST_SIDE:
            raise PageTooSmallError(file=self._name, page=number, width=width, height=height)
        notices = ("damaged-rows",) if any("Decode" in each for each in complaints) else ()
        return Page(self._name, number, image, _believable(max(x, y), max(height, width)), notices)

    def _opened(self) -> Image.Image:
        """The file with its header read and no pixel decoded."""
        return Image.open(self._path, formats=FORMATS[self._kind])

    def _check_pixels(self, number: int) -> None:
        width, height = self._file.size
        if width * height > self._limits.pixels:
            raise self._too_large(number, width * height)

    def _too_large(self, number: int, pixels: int) -> PageTooLargeError:
        return PageTooLargeError(
            file=self._name, page=number, megapixels=pixels // 10**6, most=self._limits.pixels // 10**6
        )

    def _cut(self) -> bool:
        """Whether the file lacks the sign that its format ends with."""
        end = _END.get(self._kind)
        with self._path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - 4096))
            return end is not None and end not in file.read()


@contextmanager
def _decoding() -> Iterator[None]:
    """Pillow's warnings of bombs are errors here, its remarks on odd tags are not worth a line in the log."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _resolution(file: Image.Image) -> tuple[float, float]:
    """Pixels per inch across and down of the picture once it is upright; (0, 0) when unknown. Without a unit only the ratio counts."""
    if isinstance(file, TiffImageFile):
        # Without the tags the library says 1 × 1.
        told = _X in file.tag_v2 and _Y in file.tag_v2
        x, y = file.info.get("dpi", (file.tag_v2[_X], file.tag_v2[_Y])) if told else (0, 0)
    else:
        x, y = file.info.get("dpi") or file.info.get("jfif_density") or (0, 0)
    x, y = float(x), float(y)
    if not (x > 0 and y > 0 and x < 1e5 and y < 1e5):
        x, y = _fax_resolution(file)
    return (y, x) if file.getexif().get(_ORIENTATION, 1) in _SIDEWAYS else (x, y)


def _fax_resolution(file: Image.Image) -> tuple[float, float]:
    """Of a fax whose header does not say: a page wider than high was sent at standard resolution."""
    width, height = file.size
    if isinstance(file, TiffImageFile) and file.tag_v2.get(_COMPRESSION) in _FAX and width in _FAX_WIDTHS:
        return _FAX_STANDARD if height < 0.9 * width else (_FAX_STANDARD[0], _FAX_STANDARD[0])
    return (0.0, 0.0)


def _bgr(picture: Image.Image) -> Picture:
    """Eight bits a channel; transparent is paper."""
    if picture.mode in _SIXTEEN_BIT:
        deep = np.asarray(picture).astype(np.float32)
        eight = deep / 257 if deep.max(initial=0) > 255 else deep
        return _from_gray(np.clip(eight, 0, 255).astype(np.uint8))
    if picture.has_transparency_data:
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture.convert("RGBA"))
    if picture.mode in ("1", "L"):
        return _from_gray(np.asarray(picture.convert("L")))
    return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])


def _from_gray(gray: Picture) -> Picture:
    return cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)


def _squared(image: Picture, x: float, y: float) -> Picture:
    """The picture with the coarser direction stretched to the finer one's resolution."""
    oblong = max(x, y) / min(x, y) if x and y else 1.0
    if not 1.02 < oblong < _OBLONG_MOST:
        return image
    height, width = image.shape[:2]
    size = (width, round(height * x / y)) if x > y else (round(width * y / x), height)
    return cv2.resize(image, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def _believable(dpi: float, pixels: int) -> float | None:
    """The resolution, unless the longer side would be no sheet of paper: cameras and programs write 72 into anything."""
    return dpi if dpi >= 60 and 90 <= pixels / dpi * INCH_MM <= 450 else None
