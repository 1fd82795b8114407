"""Pages of a PDF, rendered as they would be printed."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pypdfium2

from ocr.pages.page import Page, PageLimits

DPI = 300
POINTS = 72


def pages(path: Path, name: str, limits: PageLimits) -> Iterator[Page]:
    """Each page at 300 dpi."""
    document = pypdfium2.PdfDocument(path)
    try:
        for index in range(min(len(document), limits.pages)):
            page = document[index]
            bitmap = page.render(scale=DPI / POINTS, rev_byteorder=False, may_draw_forms=False)
            image = np.ascontiguousarray(bitmap.to_numpy())
            if image.ndim == 2 or image.shape[2] == 1:
                image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
            page.close()
            yield Page(name, index + 1, image[:, :, :3].copy(), float(DPI))
    finally:
        document.close()
