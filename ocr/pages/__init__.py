"""Scans to pictures, page by page: PDF, TIFF, JPEG, PNG and what else arrives as a page."""

import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from ocr.errors import (
    ScanEmptyError,
    ScanHoldsTwoKindsError,
    ScanIsOtherTypeError,
    ScanKindsDisagreeError,
    ScanTooLargeError,
    ScanTooManyPagesError,
)
from ocr.pages import nature, tone
from ocr.pages.page import Page, PageLimits, Source
from ocr.pages.pdf import PdfSource
from ocr.pages.pictures import PictureSource

__all__ = ["Page", "PageLimits", "Scan", "open_pages"]


class Scan:
    """A file of pages, opened and checked; pages are decoded when asked for, in any order. A context manager.

    `name` is what the clerk calls the file. Raises a PageError when the file as a whole cannot be read.
    """

    def __init__(self, path: Path, *, name: str, limits: PageLimits = PageLimits()) -> None:
        kind = _kind(path, name, limits)
        self._source: Source = (
            PdfSource(path, name, limits) if kind == "pdf" else PictureSource(path, name, kind, limits)
        )
        if self._source.count > limits.pages:
            count = self._source.count
            self._source.close()
            raise ScanTooManyPagesError(file=name, pages=count, most=limits.pages)

    @property
    def count(self) -> int:
        """How many pages the file has."""
        return self._source.count

    def page(self, number: int) -> Page:
        """One page, from 1. Raises a PageError that names it when it cannot be read; the others still can."""
        return tone.dark_on_light(self._source.page(number))

    def close(self) -> None:
        """Free what the decoder holds."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Pages(Iterator[Page]):
    """The pages in order. A page that cannot be read is raised as a PageError; asking on gives the page after it."""

    def __init__(self, path: Path, name: str, limits: PageLimits) -> None:
        self._scan = Scan(path, name=name, limits=limits)
        self._next = 1
        # Whoever stops at the first error leaves the file open otherwise.
        self._close = weakref.finalize(self, self._scan.close)

    def __next__(self) -> Page:
        number = self._next
        if number > self._scan.count:
            self._close()
            raise StopIteration
        self._next += 1
        return self._scan.page(number)


def open_pages(path: Path, *, name: str, limits: PageLimits = PageLimits()) -> Iterator[Page]:
    """The pages of a file in order, one in memory at a time; `name` is what the clerk calls the file.

    Raises a PageError: at once when it concerns the file, from `next` when it concerns one page (evidence `page`).
    """
    return Pages(path, name, limits)


def _kind(path: Path, name: str, limits: PageLimits) -> str:
    """The kind of page that ending and bytes agree on. Raises a PageError."""
    size = path.stat().st_size
    if size == 0:
        raise ScanEmptyError(file=name)
    if size > limits.bytes:
        raise ScanTooLargeError(file=name, megabytes=limits.bytes // 1024**2)
    head, tail = nature.read_ends(path)
    kind = nature.kind(head)
    ending = Path(name).suffix.lower()
    if kind not in nature.ENDINGS:
        disguised = kind != "text" and any(ending in endings for endings in nature.ENDINGS.values()) and kind != "data"
        if disguised:
            raise ScanKindsDisagreeError(file=name, ending=ending, found=kind)
        raise ScanIsOtherTypeError(file=name, found=kind)
    if ending and ending not in nature.ENDINGS[kind]:
        raise ScanKindsDisagreeError(file=name, ending=ending, found=kind)
    second = nature.second_kind(head, tail, kind)
    if second:
        raise ScanHoldsTwoKindsError(file=name, found=second)
    return kind
