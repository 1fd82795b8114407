"""One page of a scan as a picture, and how much of one is opened."""

from dataclasses import dataclass
from typing import Protocol

from ocr.engine.contract import Picture

INCH_MM = 25.4


@dataclass(frozen=True)
class PageLimits:
    """Checked before decoding. A3 at 600 dpi has 70 million pixels and fits."""

    bytes: int = 400 * 1024 * 1024
    pages: int = 1000
    pixels: int = 72_000_000
    """Per page."""


@dataclass(frozen=True, eq=False)
class Page:
    """A page as it lies on the table: upright as far as the file says, pixels square, dark ink on light paper.

    Nothing else of the file is carried on: no EXIF, no place, no text layer.
    """

    file: str
    number: int
    """In the file, from 1."""
    image: Picture
    dpi: float | None
    """None when the file does not say, or says what cannot be."""
    notices: tuple[str, ...] = ()
    """Codes of the language files: what a person should know of this page (`hidden-text`, `inverted` …)."""


class Source(Protocol):
    """An opened file of one kind."""

    @property
    def count(self) -> int:
        """How many pages it has."""
        ...

    def page(self, number: int) -> Page:
        """Decode one page, from 1. Raises a PageError with `file` and `page`."""
        ...

    def close(self) -> None:
        """Free what the decoder holds."""
        ...
