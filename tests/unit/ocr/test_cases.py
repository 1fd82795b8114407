"""Which pages are one form as handed in: neighbours in the pile, never a stranger's page."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.cases import OUT_OF_ORDER, group
from ocr.definition.form import Form
from ocr.definition.load import LoadedForm
from ocr.errors import sentences
from ocr.records import Evidence, PageReading, Place, Reading, Sorted, Verdict

BOX = (10.0, 10.0, 20.0, 8.0)


def form(name: str, pages: int, revision: str = "1") -> LoadedForm:
    fields = [{"name": f"f{number}", "label": "欄", "type": "text", "box": list(BOX)} for number in range(pages)]
    data = {
        "id": name,
        "revision": revision,
        "title": name,
        "pages": [{"blank": "b.png", "fields": [field]} for field in fields],
    }
    return LoadedForm(Form.model_validate(data), (np.full((8, 8, 3), 255, np.uint8),) * pages, None, "")


FORMS = (form("one", 1), form("two", 2), form("two", 2, "2"), form("three", 3))
FILLED = ("一行目", "二行目", "三行目", "四行目")


def page(name: str, number: int, texts: Sequence[str] = (), *, revision: str = "1", at: int = 0) -> PageReading:
    place = Place(name, revision, number, (1.0, 0, 0, 0, 1, 0, 0, 0, 1), 300, 1.0)
    evidence = tuple(Evidence(f"f{row}", BOX, Reading(text)) for row, text in enumerate(texts))
    return PageReading(Sorted("pile.pdf", at, Verdict.FITS, place), evidence)


def other(verdict: Verdict) -> PageReading:
    return PageReading(Sorted("pile.pdf", 1, verdict), ())


def pile(*numbers: int, name: str = "two") -> list[PageReading]:
    return [page(name, number, at=at) for at, number in enumerate(numbers, 1)]


def grouped(pages: Sequence[PageReading]) -> list[list[int]]:
    """The page numbers of each case."""
    return [[each.sorted.place.page for each in case if each.sorted.place] for case in group(FORMS, pages)]


def doubted(pages: Sequence[PageReading]) -> bool:
    return any(OUT_OF_ORDER in each.sorted.notices for case in group(FORMS, pages) for each in case)


def test_pages_that_follow_each_other_are_one_case() -> None:
    assert grouped(pile(1, 2, 1, 2)) == [[1, 2], [1, 2]]
    assert grouped(pile(1, 2, 3, 1, 2, 3, name="three")) == [[1, 2, 3], [1, 2, 3]]


def test_a_form_of_one_page_is_a_case_by_page() -> None:
    assert grouped([page("one", 1, FILLED), page("one", 1, FILLED)]) == [[1], [1]]


def test_a_pile_that_was_turned_over_is_understood() -> None:
    assert grouped(pile(2, 1, 2, 1)) == [[2, 1], [2, 1]]
    assert grouped(pile(3, 2, 1, name="three")) == [[3, 2, 1]]


def test_blank_back_sides_do_not_part_a_case() -> None:
    blank = other(Verdict.BLANK)
    first, second = pile(1, 2)
    assert grouped([blank, first, blank, second, blank]) == [[1, 2]]


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.CHANGED, Verdict.CUT_OFF])
def test_a_page_that_was_not_read_parts_what_lies_around_it(verdict: Verdict) -> None:
    first, second = pile(1, 2)
    assert grouped([first, other(verdict), other(verdict), second]) == [[1], [2]]


def test_pages_of_another_form_or_edition_part_a_case() -> None:
    first, second = pile(1, 2)
    assert grouped([first, page("one", 1), second]) == [[1], [1], [2]]
    assert grouped([first, page("two", 2, revision="2")]) == [[1], [2]]


def test_a_missing_page_leaves_its_case_short_and_no_other() -> None:
    assert grouped(pile(1, 2, 1, 1, 2)) == [[1, 2], [1], [1, 2]]
    assert grouped(pile(1, 2, 2, 1, 2)) == [[1, 2], [2], [1, 2]]
    assert grouped(pile(1, 3, 1, 2, 3, name="three")) == [[1, 3], [1, 2, 3]]
    assert not doubted(pile(1, 2, 1, 1, 2))


def test_pages_sorted_by_number_are_never_married_without_a_word() -> None:
    assert doubted(pile(1, 1, 2, 2))
    assert doubted(pile(1, 1, 1, 2, 2, 2))
    assert not doubted(pile(1, 2, 1, 2))
    assert OUT_OF_ORDER in sentences("ja").keys() & sentences("en").keys()


def test_one_sheet_scanned_twice_is_one_case() -> None:
    one, two = FILLED, ("別", "の", "頁", "裏")
    pages = [page("two", 1, one, at=1), page("two", 1, one, at=2), page("two", 2, two, at=3), page("two", 2, two, at=4)]
    assert grouped(pages) == [[1, 1, 2, 2]]
    assert not doubted(pages)


def test_two_peoples_first_pages_are_not_one_sheet() -> None:
    pages = [page("two", 1, FILLED), page("two", 1, ("一行目", "乙", "丙", "丁")), page("two", 2)]
    assert grouped(pages) == [[1], [1, 2]]


def test_two_empty_pages_are_not_taken_for_one_sheet() -> None:
    assert grouped([page("two", 1, ("", "")), page("two", 1, ("", ""))]) == [[1], [1]]


NAMES = st.sampled_from([("one", 1), ("two", 1), ("two", 2), ("three", 1), ("three", 2), ("three", 3), ("", 0)])


@given(st.lists(NAMES, max_size=14))
def test_every_page_that_fits_is_in_one_case_in_the_order_of_the_pile(names: list[tuple[str, int]]) -> None:
    pages = [
        page(name, number, at=at) if name else other(Verdict.UNKNOWN) for at, (name, number) in enumerate(names, 1)
    ]
    cases = group(FORMS, pages)
    fitting = [each.sorted.page for each in pages if each.sorted.place]
    assert [each.sorted.page for case in cases for each in case] == fitting
    for case in cases:
        places = [each.sorted.place for each in case if each.sorted.place]
        assert len({(place.form, place.revision) for place in places}) == 1
        assert len({place.page for place in places}) == len(places)


@given(st.integers(1, 6), st.sampled_from([("two", 2), ("three", 3)]), st.booleans())
def test_whole_cases_stay_whole_however_many_there_are(count: int, kind: tuple[str, int], turned: bool) -> None:
    name, length = kind
    order = list(range(length, 0, -1)) if turned else list(range(1, length + 1))
    assert grouped(pile(*order * count, name=name)) == [order] * count
