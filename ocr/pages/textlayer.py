"""Text that a PDF carries beside its picture. Never read as values; a person is told of it."""

import ctypes

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from ocr.engine.contract import Picture

_MOST = 4000
_AGREES = 0.6
"""Share of the unseen characters that must stand on ink to pass for a scanner's own search text."""


def text_notice(page: pypdfium2.PdfPage, image: Picture, scale: float) -> str:
    """`hidden-text` when characters stand where the picture shows nothing, `text-layer` when unseen text lies on ink, else ``.

    `image` is the rendered page, `scale` its pixels per point. What the unseen text says is not compared: the picture is what is read.
    """
    text = page.get_textpage()
    try:
        total = max(0, text.count_chars())
        # The same share of a long page and of a short one, never more than so many.
        places = np.unique(np.linspace(0, total - 1, min(total, _MOST)).astype(int))
        unseen = empty = 0
        for index in places:
            if chr(pdfium.FPDFText_GetUnicode(text, int(index))).isspace():
                continue
            invisible = _invisible(text, int(index))
            shown = _has_ink(text, int(index), page, image, scale)
            unseen += invisible
            empty += not shown
    finally:
        text.close()
    if empty > max(2, (1 - _AGREES) * unseen):
        return "hidden-text"
    return "text-layer" if unseen else ""


def _invisible(text: pypdfium2.PdfTextPage, index: int) -> bool:
    shape = pdfium.FPDFText_GetTextObject(text, index)
    return bool(shape) and pdfium.FPDFTextObj_GetTextRenderMode(shape) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE


def _has_ink(text: pypdfium2.PdfTextPage, index: int, page: pypdfium2.PdfPage, image: Picture, scale: float) -> bool:
    """Whether the picture has any contrast where the character stands; characters off the page have none."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    if not pdfium.FPDFText_GetCharBox(text, index, left, right, bottom, top):
        return True
    x1, y1 = _device(page, image, left.value, top.value)
    x2, y2 = _device(page, image, right.value, bottom.value)
    pad = max(1, round(scale / 2))
    height, width = image.shape[:2]
    across = slice(max(0, min(x1, x2) - pad), min(width, max(x1, x2) + pad))
    down = slice(max(0, min(y1, y2) - pad), min(height, max(y1, y2) + pad))
    spot = image[down, across]
    return spot.size > 0 and int(spot.max()) - int(spot.min()) > 60


def _device(page: pypdfium2.PdfPage, image: Picture, x: float, y: float) -> tuple[int, int]:
    """Page points to pixels, by the library's own account of turned and cropped pages."""
    height, width = image.shape[:2]
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, across, down)
    return across.value, down.value
