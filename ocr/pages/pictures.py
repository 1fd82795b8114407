"""Pages of picture files: TIFF with any number of pages, JPEG, PNG."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, ImageSequence

from ocr.pages.page import Page, PageLimits


def pages(path: Path, name: str, limits: PageLimits) -> Iterator[Page]:
    """Each frame of the file, squared and turned by its EXIF tag."""
    with Image.open(path) as file:
        for number, frame in enumerate(ImageSequence.Iterator(file), 1):
            if number > limits.pages:
                break
            dpi = frame.info.get("dpi")
            upright = ImageOps.exif_transpose(frame)
            image = np.asarray(upright.convert("RGB"))[:, :, ::-1].copy()
            yield Page(name, number, image, float(dpi[0]) if dpi else None)
