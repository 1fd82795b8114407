"""Pages go to the form they are; what is no page of any form given, or not as defined, is stopped before reading."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from bad import scans as made
from bad.scans import Sheet
from ocr.definition.load import LoadedForm, load_all
from ocr.pages import Page
from ocr.records import Sorted, Verdict
from ocr.register import Sorter, warp
from ocr.register.features import Matrix

DEFINITIONS = Path(__file__).parents[2] / "form_definitions"
TRANSFER = "bank-transfer-request"


@pytest.fixture(scope="module")
def forms() -> dict[str, LoadedForm]:
    return {loaded.form.id: loaded for loaded in load_all(DEFINITIONS)}


@pytest.fixture(scope="module")
def sorter(forms: dict[str, LoadedForm]) -> Sorter:
    return Sorter(list(forms.values()))


@pytest.fixture(scope="module")
def blank(forms: dict[str, LoadedForm]) -> Sheet:
    return forms[TRANSFER].blanks[0]


def page(image: Sheet, dpi: float | None = None) -> Page:
    return Page("a.pdf", 3, image, dpi)


def lay(found: Sorted) -> Matrix:
    assert found.place is not None
    return np.array(found.place.homography).reshape(3, 3)


SCANS: dict[str, Callable[[Sheet], Sheet]] = {
    "300 dpi": lambda sheet: made.at_dpi(sheet, 300),
    "200 dpi": lambda sheet: made.at_dpi(made.turned(sheet, 1), 200),
    "150 dpi": lambda sheet: made.at_dpi(sheet, 150),
    "skew 5°": lambda sheet: made.at_dpi(made.turned(sheet, 5, 0.93), 300),
    "skew −5°": lambda sheet: made.at_dpi(made.turned(sheet, -5, 0.93), 300),
    "copied smaller": lambda sheet: made.at_dpi(made.turned(sheet, 0, 0.9), 300),
    "phone": made.photographed,
    "fold": made.folded,
    "P12 coarse fax": made.faxed,
    "fine fax": lambda sheet: made.faxed(made.turned(sheet, 2), 196),
    "JPEG": made.squeezed,
    "feeder": made.stretched,
    "P21 tape, stain, red pen": made.covered,
}


@pytest.mark.parametrize("scan", SCANS)
def test_a_right_page_is_never_stopped_however_it_was_scanned(scan: str, sorter: Sorter, blank: Sheet) -> None:
    found = sorter.sort(page(SCANS[scan](made.filled(blank, 1))))
    assert found.verdict is Verdict.FITS
    assert found.place is not None
    assert (found.place.form, found.place.page) == (TRANSFER, 1)
    assert found.place.fit > 0.96
    assert found.notices == ()


def test_each_page_goes_to_its_own_form_and_page(sorter: Sorter, forms: dict[str, LoadedForm]) -> None:
    for loaded in forms.values():
        for number, blank in enumerate(loaded.blanks, 1):
            found = sorter.sort(page(made.at_dpi(made.filled(blank, number), 200)))
            assert found.place is not None
            assert (found.place.form, found.place.revision, found.place.page) == (
                loaded.form.id,
                loaded.form.revision,
                number,
            )


def test_unfilled_forms_are_their_forms_and_no_blank_pages(sorter: Sorter, blank: Sheet) -> None:
    assert sorter.sort(page(blank)).verdict is Verdict.FITS


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_p9_a_page_the_wrong_way_round_is_turned_and_says_so(quarters: int, sorter: Sorter, blank: Sheet) -> None:
    sheet = made.filled(blank, 2)
    found = sorter.sort(page(np.ascontiguousarray(np.rot90(made.at_dpi(sheet, 200), quarters))))
    assert found.notices == ("turned",)
    flat = warp(np.ascontiguousarray(np.rot90(made.at_dpi(sheet, 200), quarters)), found.place)  # type: ignore[arg-type]
    assert np.corrcoef(flat[::4, ::4, 0].ravel(), sheet[::4, ::4, 0].ravel())[0, 1] > 0.9


def test_p9_a_mirrored_page_is_mirrored_back_and_says_so(sorter: Sorter, blank: Sheet) -> None:
    sheet = made.filled(blank, 3)
    image = np.ascontiguousarray(made.at_dpi(sheet, 200)[:, ::-1])
    found = sorter.sort(page(image))
    assert found.notices == ("mirrored",)
    assert found.place is not None
    flat = warp(image, found.place)
    assert np.corrcoef(flat[::4, ::4, 0].ravel(), sheet[::4, ::4, 0].ravel())[0, 1] > 0.9


def test_what_is_known_of_the_page_stays_with_it(sorter: Sorter, blank: Sheet) -> None:
    found = sorter.sort(Page("a.pdf", 3, made.at_dpi(blank, 200), 200.0, ("hidden-text",)))
    assert (found.file, found.page, found.notices) == ("a.pdf", 3, ("hidden-text",))


def corners(sheet: Sheet) -> NDArray[np.float64]:
    height, width = sheet.shape[:2]
    inside = [(0.08, 0.05), (0.92, 0.05), (0.92, 0.95), (0.08, 0.95), (0.5, 0.5)]
    return np.array([[[x * width, y * height] for x, y in inside]])


@pytest.mark.parametrize("dpi", [600, 300, 200, 150])
def test_the_alignment_is_exact_to_a_third_of_a_pixel(dpi: float, sorter: Sorter, blank: Sheet) -> None:
    """Against the map with which the page was made; pixel centres are whole numbers on both sides."""
    turn = np.vstack([cv2.getRotationMatrix2D((1260, 1782), 2.0, 0.97), [0, 0, 1]])
    scale = dpi / 304.8
    shrink = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1]])
    image = made.at_dpi(made.turned(made.filled(blank, 4), 2.0, 0.97), dpi)
    places = cv2.perspectiveTransform(corners(blank), shrink @ turn)
    back = cv2.perspectiveTransform(places, lay(sorter.sort(page(image, dpi))))
    assert np.abs(back - corners(blank)).max() < 1 / 3


def test_the_same_page_gives_the_same_place(sorter: Sorter, forms: dict[str, LoadedForm], blank: Sheet) -> None:
    image = made.faxed(made.filled(blank, 5))
    again = Sorter(list(forms.values()))
    first = sorter.sort(page(image))
    sorter.sort(page(made.at_dpi(made.filled(forms["travel-expense-claim"].blanks[0], 6), 200)))
    assert sorter.sort(page(image)) == first == again.sort(page(image))


# --- P11: what must be stopped


@pytest.mark.parametrize("down", [6.0, 8.0, 10.0, -6.0])
@pytest.mark.parametrize("scan", ["300 dpi", "P12 coarse fax", "phone"])
def test_p11_an_old_edition_with_a_moved_table_is_stopped(down: float, scan: str, sorter: Sorter, blank: Sheet) -> None:
    sheet = made.filled(made.moved(blank, 142, 188, down), 7)
    found = sorter.sort(page(SCANS[scan](sheet)))
    assert (found.verdict, found.nearest, found.place) == (Verdict.CHANGED, TRANSFER, None)


def test_p11_one_box_that_moved_is_enough(sorter: Sorter, blank: Sheet) -> None:
    sheet = made.filled(made.box_moved(blank, (31, 57, 137, 15), 5), 8)
    assert sorter.sort(page(made.at_dpi(sheet, 300))).verdict is Verdict.CHANGED


def test_p11_of_two_revisions_the_one_that_fits_is_taken(forms: dict[str, LoadedForm], blank: Sheet) -> None:
    new = forms[TRANSFER]
    old_blank = made.moved(blank, 142, 188, 6)
    old = LoadedForm(new.form.model_copy(update={"revision": "2019-04"}), (old_blank,), None, "")
    both = Sorter([new, old])
    for sheet, revision in ((blank, new.form.revision), (old_blank, "2019-04")):
        found = both.sort(page(made.faxed(made.filled(sheet, 9))))
        assert found.place is not None
        assert found.place.revision == revision


@pytest.mark.parametrize("scan", ["300 dpi", "P12 coarse fax", "phone", "fold"])
def test_p11_a_page_of_a_form_that_was_not_chosen_is_unknown(
    scan: str, forms: dict[str, LoadedForm], blank: Sheet
) -> None:
    others = Sorter([loaded for name, loaded in forms.items() if name != TRANSFER])
    found = others.sort(page(SCANS[scan](made.filled(blank, 10))))
    assert (found.verdict, found.place) == (Verdict.UNKNOWN, None)


def test_p11_another_paper_among_the_pages_is_unknown(sorter: Sorter) -> None:
    letter = cv2.cvtColor(made.drawing(1654, 2338), cv2.COLOR_GRAY2BGR)
    assert sorter.sort(page(letter)).verdict is Verdict.UNKNOWN


HALVES: dict[str, Callable[[Sheet], Sheet]] = {
    "upper half": lambda sheet: sheet[: len(sheet) // 2],
    "lower half": lambda sheet: sheet[len(sheet) // 2 :],
    "left two thirds": lambda sheet: np.ascontiguousarray(sheet[:, : sheet.shape[1] * 2 // 3]),
    "a strip missing below": lambda sheet: sheet[: len(sheet) * 85 // 100],
}


@pytest.mark.parametrize("half", HALVES)
def test_half_a_page_is_told_as_cut_off(half: str, sorter: Sorter, blank: Sheet) -> None:
    found = sorter.sort(page(made.at_dpi(HALVES[half](made.filled(blank, 11)), 200)))
    assert (found.verdict, found.nearest) == (Verdict.CUT_OFF, TRANSFER)


def test_half_a_page_on_white_is_told_as_cut_off(sorter: Sorter, blank: Sheet) -> None:
    sheet = made.filled(blank, 12)
    sheet[len(sheet) // 2 :] = 255
    assert sorter.sort(page(made.at_dpi(sheet, 200))).verdict is Verdict.CUT_OFF


BLANKS: dict[str, Callable[[Sheet], Sheet]] = {
    "white": lambda back: back,
    "grey recycled paper": lambda back: made.folded((back * 0.85).astype(np.uint8)),
    "fax with specks": made.faxed,
    "streak of the scanner": lambda back: cv2.line(back, (900, 0), (900, len(back)), (80, 80, 80), 3),
    "punch holes": lambda back: cv2.circle(
        cv2.circle(back, (60, 1300), 32, (30, 30, 30), -1), (60, 2260), 32, (30, 30, 30), -1
    ),
}


@pytest.mark.parametrize("back", BLANKS)
def test_p10_a_blank_back_is_listed_as_blank(back: str, sorter: Sorter, blank: Sheet) -> None:
    found = sorter.sort(page(BLANKS[back](np.full_like(blank, 250))))
    assert (found.verdict, found.place) == (Verdict.BLANK, None)


def test_p10_a_back_with_the_front_shining_through_is_blank(sorter: Sorter, blank: Sheet) -> None:
    through = (250 - (255 - made.filled(blank, 13)[:, ::-1].astype(np.int16)) // 9).astype(np.uint8)
    assert sorter.sort(page(np.ascontiguousarray(through))).verdict is Verdict.BLANK


def test_p10_a_back_with_a_note_on_it_is_not_blank(sorter: Sorter, blank: Sheet) -> None:
    back = cv2.putText(
        np.full_like(blank, 250), "call 03-1234-5678", (600, 900), cv2.FONT_HERSHEY_SIMPLEX, 3, (90, 40, 30), 6
    )
    assert sorter.sort(page(back)).verdict is Verdict.UNKNOWN


def test_p23_no_code_is_needed_to_find_a_pages_form(sorter: Sorter, blank: Sheet) -> None:
    sheet = made.filled(blank, 14)
    sheet[:500, -700:] = 255
    assert sorter.sort(page(made.at_dpi(sheet, 200))).verdict is Verdict.FITS


def coloured(picture: Sheet) -> tuple[int, int]:
    """Red and blue pixels."""
    blue, green, red = (picture[:, :, channel].astype(np.int16) for channel in range(3))
    return int(((red - green > 120) & (red - blue > 120)).sum()), int(((blue - green > 90) & (blue - red > 90)).sum())


def test_the_difference_shows_what_is_missing_in_red_and_what_is_new_in_blue(sorter: Sorter, blank: Sheet) -> None:
    changed = sorter.difference(page(made.at_dpi(made.filled(made.moved(blank, 142, 188, 6), 15), 300)))
    right = sorter.difference(page(made.at_dpi(made.filled(blank, 15), 300)))
    assert changed.shape[1] <= 1200
    red, blue = coloured(changed)
    assert min(red, blue) > 3000
    assert max(coloured(right)) < 600
    # What moved lies between 142 and 194 mm; above and below nothing is red.
    scale = changed.shape[1] / 210
    outside = np.concatenate([changed[: int(138 * scale)], changed[int(200 * scale) :]])
    assert coloured(outside)[0] < 0.05 * red


def test_the_difference_of_a_page_that_is_near_nothing_is_the_page(sorter: Sorter) -> None:
    letter = cv2.cvtColor(made.drawing(1654, 2338), cv2.COLOR_GRAY2BGR)
    picture = sorter.difference(page(letter))
    assert picture.shape[1] <= 1200
    assert coloured(picture) == (0, 0)
