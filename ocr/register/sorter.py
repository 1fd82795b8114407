"""Sorts pages to the forms given: which one, which page of it, and where it lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ocr.definition.form import Form
from ocr.engine.contract import Picture
from ocr.pages.page import INCH_MM, Page
from ocr.records import Place, Sorted, Verdict
from ocr.register.features import DPI, Features, features, gray, homography, matched
from ocr.register.warp import PX_PER_MM

BLANK_FEATURES = 1500
PAGE_FEATURES = 2500
LEAST_INLIERS = 60


class Loaded(Protocol):
    """A form with the pictures of its unfilled pages, 12 px/mm."""

    @property
    def form(self) -> Form: ...

    @property
    def blanks(self) -> tuple[Picture, ...]: ...


@dataclass(frozen=True, eq=False)
class Template:
    """One page of one revision."""

    form: str
    revision: str
    page: int
    size: tuple[float, float]
    features: Features


class Sorter:
    """Prepared once for its forms; then any number of pages."""

    def __init__(self, forms: Sequence[Loaded]) -> None:
        scale = DPI / INCH_MM / PX_PER_MM
        self.templates = [
            Template(
                loaded.form.id,
                loaded.form.revision,
                number,
                page.size,
                features(gray(blank), scale, BLANK_FEATURES),
            )
            for loaded in forms
            for number, (page, blank) in enumerate(zip(loaded.form.pages, loaded.blanks, strict=True), 1)
        ]

    def sort(self, page: Page) -> Sorted:
        """The verdict on one page."""
        height, width = page.image.shape[:2]
        scale = DPI / page.dpi if page.dpi else 877 / max(height, width)
        seen = features(gray(page.image), scale, PAGE_FEATURES)
        best: tuple[int, Place] | None = None
        for template in self.templates:
            pairs = matched(seen, template.features)
            found, inliers = homography(*pairs)
            count = int(inliers.sum())
            if found is not None and count >= LEAST_INLIERS and (best is None or count > best[0]):
                numbers = tuple(float(each) for each in found.ravel())
                place = Place(template.form, template.revision, template.page, numbers, count, 1.0, template.size)
                best = count, place
        if best is None:
            return Sorted(page.file, page.number, Verdict.UNKNOWN, notices=page.notices)
        return Sorted(page.file, page.number, Verdict.FITS, best[1], best[1].form, page.notices)
