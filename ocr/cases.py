"""Which pages are one form as handed in.

Only neighbours make a case: the pages of a form as they lie in the pile, 1, 2, 3 (or 3, 2, 1 for a pile that was turned over). Blank back
sides between them do not count; any other page ends the case, because what follows may be somebody else's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from ocr.definition.load import LoadedForm
from ocr.records import PageReading, Place, Verdict

OUT_OF_ORDER = "pages-out-of-order"
"""Notice on pages that may have met a stranger's: 1, 1, 2, 2 holds two cases, and nobody can say which 2 belongs to which 1."""

_SAME_SHEET = 0.8
_LEAST_FILLED = 3


def group(forms: Sequence[LoadedForm], pages: Sequence[PageReading]) -> list[list[PageReading]]:
    """The cases in the order of their first pages; pages that fit no form are in none of them."""
    lengths = {(each.form.id, each.form.revision): len(each.form.pages) for each in forms}
    cases = []
    for run in _runs(pages):
        place = _place(run[0])
        cases += _cut(run, lengths[place.form, place.revision])
    return cases


def _runs(pages: Sequence[PageReading]) -> Iterator[list[PageReading]]:
    """Pages of one form that follow each other."""
    relevant = (page for page in pages if page.sorted.verdict is not Verdict.BLANK)
    for _, run in groupby(
        relevant, key=lambda page: page.sorted.place and (page.sorted.place.form, page.sorted.place.revision)
    ):
        members = list(run)
        if members[0].sorted.place is not None:
            yield members


def _cut(run: list[PageReading], length: int) -> list[list[PageReading]]:
    if length == 1:
        return [[page] for page in run]
    numbers = [_place(page).page for page in run]
    if numbers == list(range(length, 0, -1)) * (len(run) // length):
        return [run[start : start + length] for start in range(0, len(run), length)]
    cases: list[list[PageReading]] = []
    for page in run:
        last = cases[-1][-1] if cases else None
        if last is not None and (_place(page).page > _place(last).page or _same_sheet(page, last)):
            cases[-1].append(page)
        else:
            cases.append([page])
    return [[_doubted(page) for page in case] for case in cases] if _mixed(cases, length) else cases


def _mixed(cases: Iterable[Sequence[PageReading]], length: int) -> bool:
    """Whether a page that one case lacks lies later in the run without the pages before it."""
    lacking: set[int] = set()
    for case in cases:
        have = {_place(page).page for page in case}
        if min(have) > 1 and lacking & have:
            return True
        lacking |= set(range(1, length + 1)) - have
    return False


def _doubted(page: PageReading) -> PageReading:
    return replace(page, sorted=replace(page.sorted, notices=(*page.sorted.notices, OUT_OF_ORDER)))


def _same_sheet(page: PageReading, other: PageReading) -> bool:
    """Whether one sheet was scanned twice: the same page of the form with the same writing."""
    if _place(page).page != _place(other).page:
        return False
    one, two = _writing(page), _writing(other)
    agreeing = len(one & two)
    return agreeing >= _LEAST_FILLED and agreeing >= _SAME_SHEET * max(len(one), len(two))


def _writing(page: PageReading) -> set[tuple[str, str]]:
    readings = ((each.path, *(r.text for r in (each.reading, *each.pieces) if r is not None)) for each in page.evidence)
    return {(path, " ".join(texts)) for path, *texts in readings if any(texts)}


def _place(page: PageReading) -> Place:
    if page.sorted.place is None:
        raise ValueError(f"{page.sorted.file}, page {page.sorted.page} belongs to no form")
    return page.sorted.place
