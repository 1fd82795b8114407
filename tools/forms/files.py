"""Made pages as files: a picture for each, or one PDF as a scanner sends it."""

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from forms.cases import MadePage
from forms.scanning import INCH, SCREEN, Scan

Truth = list[dict[str, Any]]
MADE = time.gmtime(0)
"""A file's date is no part of what the seed decides."""


def save_pages(pages: Iterable[MadePage], folder: Path) -> Truth:
    """A file for each page; the pages of truth.json."""
    truth = []
    for number, page in enumerate(pages, 1):
        file = f"{number:04}.{page.scan.ending}"
        page.scan.save(folder / file)
        truth.append({"file": file, "page": 1, **page.truth})
    return truth


def save_pdf(pages: Iterable[MadePage], path: Path) -> Truth:
    """All pages in one PDF, JPEG or fax compressed; the pages of truth.json."""
    truth = []
    path.unlink(missing_ok=True)
    for number, page in enumerate(pages, 1):
        scan = page.scan
        scan.image().save(
            path,
            "PDF",
            append=number > 1,
            dpi=scan.dpi if scan.dpi != SCREEN else _filling(scan),
            creationDate=MADE,
            modDate=MADE,
            **({} if scan.bilevel else {"quality": scan.quality}),
        )
        truth.append({"file": path.name, "page": number, **page.truth})
    return truth


def _filling(scan: Scan) -> tuple[float, float]:
    """A photograph knows no size; programs that make a PDF of it fill a sheet of A4."""
    dpi = max(scan.picture.shape[:2]) / (297 / INCH)
    return dpi, dpi


def smaller(page: MadePage, quality: int) -> MadePage:
    """The page in gray at no more than this JPEG quality, where it is not one bit already."""
    scan: Scan = page.scan
    if scan.bilevel:
        return page
    gray = scan.picture if scan.picture.ndim == 2 else cv2.cvtColor(scan.picture, cv2.COLOR_BGR2GRAY)
    least = min(scan.quality, quality)
    return replace(page, scan=replace(scan, picture=gray.astype(np.uint8), quality=least, ending="jpg"))
