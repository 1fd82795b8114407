"""Which form a page is, and where on the sheet each millimetre of the form lies."""

from ocr.register.sorter import Sorter
from ocr.register.warp import warp

__all__ = ["Sorter", "warp"]
