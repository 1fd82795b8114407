"""The unfilled picture of one page: checked before it is decoded, then scaled to the template's 12 px/mm."""

import io
import warnings
from collections.abc import Callable, Sequence
from typing import overload

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ocr.definition.faults import (
    BlankCoarseError,
    BlankEmptyError,
    BlankProportionsError,
    BlankTooManyPixelsError,
    BlankUnreadableError,
    FaultError,
)

Picture = NDArray[np.uint8]

PIXELS_PER_MM = 12
MOST_BYTES = 20_000_000
MOST_PIXELS = 70_000_000
"""A3 at 600 dpi."""
LEAST_DPI = 140
PROPORTIONS = 0.02
"""A scanned blank is a little off its nominal size."""
DARK = 160
LEAST_INK = 0.001
"""Share of the sheet darker than `DARK` in any colour."""


def decode(content: bytes, size: tuple[float, float], complain: Callable[..., FaultError]) -> Picture:
    """The picture as BGR, as many pixels as the file has.

    Raises what `complain(fault class, **evidence)` makes, which fills in file, line and name.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=("PNG", "TIFF", "JPEG"))
            if picture.width * picture.height > MOST_PIXELS:
                megapixels, limit = picture.width * picture.height // 1_000_000, MOST_PIXELS // 1_000_000
                raise complain(BlankTooManyPixelsError, megapixels=megapixels, limit=limit)
            image = _bgr(picture)
    except Image.DecompressionBombError as error:
        raise complain(BlankTooManyPixelsError, megapixels="179+", limit=MOST_PIXELS // 1_000_000) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        # Pillow's own readers raise SyntaxError for broken PNG chunks.
        raise complain(BlankUnreadableError) from error
    height, width = image.shape[:2]
    if min(size) <= 0 or abs(width / height / (size[0] / size[1]) - 1) > PROPORTIONS:
        raise complain(BlankProportionsError, width=width, height=height, size=f"{size[0]:g} × {size[1]:g}")
    dpi = round(width / size[0] * 25.4)
    if dpi < LEAST_DPI:
        raise complain(BlankCoarseError, dpi=dpi, least=LEAST_DPI)
    if np.mean(np.minimum.reduce(cv2.split(image[::2, ::2])) < DARK) < LEAST_INK:
        raise complain(BlankEmptyError)
    return image


class Blanks(Sequence[Picture]):
    """The unfilled pages of a form at 12 px/mm, each decoded anew when it is asked for."""

    def __init__(self, files: Sequence[tuple[bytes, tuple[float, float]]]) -> None:
        self._files = tuple(files)

    def __len__(self) -> int:
        return len(self._files)

    @overload
    def __getitem__(self, index: int) -> Picture: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Picture]: ...

    def __getitem__(self, index: int | slice) -> Picture | Sequence[Picture]:
        if isinstance(index, slice):
            return Blanks(self._files[index])
        content, size = self._files[index]
        return scale(decode(content, size, _unexpected), size)


def _unexpected(fault: type[FaultError], **evidence: str | int) -> FaultError:
    raise RuntimeError(f"a blank that was checked has become {fault.__name__} {evidence}")


def scale(image: Picture, size: tuple[float, float]) -> Picture:
    """The picture at 12 px/mm: (12 · height) × (12 · width) × 3."""
    width, height = (round(side * PIXELS_PER_MM) for side in size)
    way = cv2.INTER_AREA if width < image.shape[1] else cv2.INTER_CUBIC
    return cv2.resize(image, (width, height), interpolation=way).astype(np.uint8)


def _bgr(picture: Image.Image) -> Picture:
    """8-bit BGR, upright by EXIF, transparency on white."""
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I;16"):
        upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
    if upright.has_transparency_data:
        paper = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(paper, upright.convert("RGBA"))
    return np.ascontiguousarray(np.asarray(upright.convert("RGB"))[:, :, ::-1])
