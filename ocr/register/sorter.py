"""Sorts pages to the forms given: which one, which page of it, and where it lies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from ocr.definition.form import Form
from ocr.engine.contract import Picture
from ocr.pages.page import INCH_MM, Page
from ocr.records import Place, Sorted, Verdict
from ocr.register.blankness import is_blank
from ocr.register.difference import difference, in_colour, shown
from ocr.register.displaced import displaced
from ocr.register.features import DPI, Features, Matrix, features, gray, homography, matched
from ocr.register.linework import Comparison, Linework
from ocr.register.sheet import Sheet, sheet
from ocr.register.warp import PX_PER_MM

_BLANK_FEATURES = 1500
_LEAST_PAIRS = 25
"""Pairs that agree on one map: a wrong form has 32 at most, a right one on the worst fax more than 100. Below, nothing is compared."""
_RIVALS = 3
_RIVAL_SHARE = 0.35

FITS = 0.9
"""Share of the blank's cells that must be found: 0.97 in right pages of all kinds, 0.91 in the faintest fax, 0.89 where a table moved."""
HOLE = 14
"""Cells (8 mm) in one patch that may be missing: a label or correction tape hides fewer, a table that moved leaves more."""
DISPLACED = 0.45
"""Share of the missing print that stands elsewhere: boxes and labels that moved 0.5 to 0.8, handwriting over covered print below 0.4."""
FITS_CUT = 0.8
"""The same for what is left of a sheet."""
RESEMBLES = 0.55
"""Below, it is not the form at all: other forms have 0.46 at most."""


class Loaded(Protocol):
    """A form with the pictures of its unfilled pages, 12 px/mm."""

    @property
    def form(self) -> Form: ...

    @property
    def blanks(self) -> Sequence[Picture]: ...


@dataclass(frozen=True, eq=False)
class Template:
    """One page of one revision."""

    form: str
    revision: str
    page: int
    size: tuple[float, float]
    features: Features
    linework: Linework


@dataclass(frozen=True, eq=False)
class Candidate:
    """A template laid over a page."""

    template: Template
    homography: Matrix
    inliers: int
    residual: float
    comparison: Comparison
    mirrored: bool = False

    @property
    def fit(self) -> float:
        return self.comparison.fit


class Sorter:
    """Prepared once for its forms; then any number of pages. The same page gives the same answer."""

    def __init__(self, forms: Sequence[Loaded]) -> None:
        scale = DPI / INCH_MM / PX_PER_MM
        self.templates = tuple(
            Template(
                loaded.form.id,
                loaded.form.revision,
                number,
                page.size,
                features(gray(blank), scale, _BLANK_FEATURES),
                Linework(blank),
            )
            for loaded in forms
            for number, (page, blank) in enumerate(zip(loaded.form.pages, loaded.blanks, strict=True), 1)
        )

    def sort(self, page: Page) -> Sorted:
        """The verdict on one page. It fits only when the blank's print is found where the definition has it."""
        paper = sheet(page)
        best = self._nearest(paper)
        verdict = _verdict(best)
        if verdict is Verdict.UNKNOWN and is_blank(paper):
            return Sorted(page.file, page.number, Verdict.BLANK, notices=page.notices)
        if verdict is Verdict.UNKNOWN:
            best = self._nearest(paper.mirrored, mirrored=True) or best
            verdict = _verdict(best)
        if best is None:
            return Sorted(page.file, page.number, Verdict.UNKNOWN, notices=page.notices)
        notices = page.notices
        if verdict is Verdict.FITS:
            notices += ("mirrored",) if best.mirrored else ("turned",) if _turned(best) else ()
        place = _place(best) if verdict is Verdict.FITS else None
        return Sorted(page.file, page.number, verdict, place, best.template.form, notices)

    def difference(self, page: Page) -> Picture:
        """The page on the nearest blank, at most 1,200 px wide, BGR: print that is missing in red, rules that the blank lacks in blue.

        A page that is near none comes out as it is.
        """
        paper = sheet(page)
        best = self._nearest(paper)
        if _verdict(best) is Verdict.UNKNOWN:
            paper, best = (paper.mirrored, mirrored) if (mirrored := self._nearest(paper.mirrored)) else (paper, best)
        if best is None:
            return shown(in_colour(paper.small))
        return difference(best.template.linework, paper, best.homography, best.comparison)

    def _nearest(self, paper: Sheet, *, mirrored: bool = False) -> Candidate | None:
        """The template that fits best among those whose features agree; revisions of one form differ little in features."""
        rough = sorted(self._rough(paper), key=lambda each: -each[0])
        if not rough:
            return None
        rivals = [each for each in rough[:_RIVALS] if each[0] >= _RIVAL_SHARE * rough[0][0]]
        candidates = [self._laid(paper, *each, mirrored=mirrored) for each in rivals]
        return max(candidates, key=lambda each: (each.fit, each.inliers))

    def _rough(self, paper: Sheet) -> Iterator[tuple[int, Matrix, Template]]:
        for template in self.templates:
            found, inliers = homography(*matched(paper.features, template.features))
            count = int(inliers.sum())
            if found is not None and count >= _LEAST_PAIRS and _flat(found, paper):
                # Only now to the page's own pixels: the search refuses maps that mirror.
                yield count, found @ np.linalg.inv(paper.back), template

    def _laid(self, paper: Sheet, inliers: int, rough: Matrix, template: Template, *, mirrored: bool) -> Candidate:
        matrix, residual = template.linework.refined(paper, rough)
        comparison = template.linework.compare(paper, matrix)
        return Candidate(template, matrix, inliers, residual, comparison, mirrored)


def _flat(matrix: Matrix, paper: Sheet) -> bool:
    """Whether a map of `paper.small` is one of a sheet of paper: not inside out, not folded, not beyond a copier's reach."""
    height, width = paper.small.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    ends = cv2.perspectiveTransform(corners[None], matrix)[0]
    sides = np.roll(ends, -1, axis=0) - ends
    turns = sides[:, 0] * np.roll(sides[:, 1], -1) - sides[:, 1] * np.roll(sides[:, 0], -1)
    lengths = np.hypot(*sides.T) / np.array([width, height, width, height]) * paper.dpi / INCH_MM / PX_PER_MM
    return bool((turns > 0).all() and lengths.min() > 0.4 and lengths.max() < 2.5)


def _verdict(best: Candidate | None) -> Verdict:
    if best is None:
        return Verdict.UNKNOWN
    comparison = best.comparison
    if comparison.cut_off and comparison.fit_of_the_rest >= FITS_CUT:
        return Verdict.CUT_OFF
    if best.fit < RESEMBLES:
        return Verdict.UNKNOWN
    if best.fit < FITS or comparison.hole >= HOLE or displaced(best.template.linework, comparison) >= DISPLACED:
        return Verdict.CHANGED
    return Verdict.FITS


def _turned(best: Candidate) -> bool:
    """Whether the form's upper edge does not lie on top of the page."""
    width, height = (each * PX_PER_MM for each in best.template.size)
    back = np.linalg.inv(best.homography)
    left, right = cv2.perspectiveTransform(np.array([[[0, height / 2], [width, height / 2]]]), back)[0]
    along = right - left
    return bool(along[0] <= abs(along[1]))


def _place(best: Candidate) -> Place:
    numbers = tuple(float(each) for each in best.homography.ravel())
    template = best.template
    return Place(
        template.form, template.revision, template.page, numbers, best.inliers, best.fit, template.size, best.residual
    )
