"""Scans to pictures, page by page: PDF, TIFF, JPEG, PNG and what else arrives as a page."""

from collections.abc import Iterator
from pathlib import Path

from ocr.pages import pdf, pictures
from ocr.pages.page import Page, PageLimits

__all__ = ["Page", "PageLimits", "open_pages"]


def open_pages(path: Path, *, name: str, limits: PageLimits = PageLimits()) -> Iterator[Page]:
    """The pages of a file in order, one in memory at a time; `name` is what the clerk calls the file.

    Raises a PageError at the page it concerns; what is wrong with the file as a whole is raised before the first page.
    """
    with path.open("rb") as file:
        head = file.read(1024)
    if b"%PDF-" in head:
        yield from pdf.pages(path, name, limits)
    else:
        yield from pictures.pages(path, name, limits)
