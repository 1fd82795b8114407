"""Pages with their fields drawn in: where the boxes lie, in which colour, what is blacked out, what goes into the PDF."""

import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest

from ocr.engine.contract import Picture
from ocr.pages import Page
from ocr.records import Case, Decision, Place, Sorted, Value, Verdict
from ocr.writing import jpeg, overlay, overlay_picture, write_pdf
from ocr.writing.fonts import japanese_file

WIDTH, HEIGHT = 100, 120
GREEN, ORANGE, RED, GREY = (27, 127, 59), (199, 106, 0), (200, 30, 30), (154, 154, 154)


def sheet() -> Picture:
    return np.full((HEIGHT * 12, WIDTH * 12, 3), 255, np.uint8)


def value(number: int, text: str = "山田", decision: Decision = Decision.ACCEPT, type_: str = "text") -> Value:
    return Value(
        f"field_{number}", f"項目{number}", type_, text, text, 0.02, decision, 1, (20.0, 15.0 * number, 40.0, 8.0)
    )


def line(picture: Picture, number: int) -> tuple[int, ...]:
    """The colour under the middle of the field's lower edge, as RGB."""
    x, y = 40 * 6, (15 * number + 8) * 6 + 1
    return tuple(int(each) for each in picture[y, x, ::-1])


def near(colour: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(colour, wanted, strict=True))


def ink(picture: Picture) -> int:
    return int((picture.min(axis=2) < 200).sum())


def test_boxes_lie_on_their_fields_in_the_colour_of_their_decision() -> None:
    values = [
        value(1),
        value(2, decision=Decision.LOOK),
        value(3, decision=Decision.TWO_KEYS),
        value(4, ""),
        value(5, "", Decision.LOOK),
    ]
    drawn = overlay_picture(sheet(), values)
    assert drawn.dtype == np.uint8
    assert drawn.shape[0] == HEIGHT * 6
    assert drawn.shape[1] > WIDTH * 6
    assert [near(line(drawn, number), colour) for number, colour in enumerate((GREEN, ORANGE, RED), 1)] == [True] * 3
    assert near(tuple(int(each) for each in drawn[15 * 4 * 6, 40 * 6, ::-1]), GREY)
    assert near(line(drawn, 5), ORANGE)
    assert ink(drawn[70 * 6 : 74 * 6, 65 * 6 : 95 * 6]) == 0


def test_what_was_read_stands_beside_the_sheet() -> None:
    empty = overlay_picture(sheet(), [value(1, "")])[:, WIDTH * 6 :]
    one = overlay_picture(sheet(), [value(1)])[:, WIDTH * 6 :]
    other = overlay_picture(sheet(), [value(1, "山本")])[:, WIDTH * 6 :]
    assert ink(one) > ink(empty) + 200
    assert not np.array_equal(one, other)


def test_a_long_value_goes_on_in_a_second_line_and_one_that_is_longer_still_is_cut() -> None:
    lists = [overlay_picture(sheet(), [value(1, "山" * count)])[:, WIDTH * 6 :] for count in (15, 40, 90, 91)]
    ends = [int(np.flatnonzero((each[66:130] < 200).any(axis=(0, 2)))[-1]) for each in lists]
    low = [ink(each[64 + 38 : 64 + 56]) for each in lists]
    assert max(ends) <= lists[0].shape[1] - 10
    assert low[2] > low[1] > 200
    assert np.array_equal(lists[2], lists[3])


def test_line_breaks_and_half_characters_of_names_do_not_stop_a_picture() -> None:
    odd, plain = value(1, "山田\n太郎"), value(1, "山田 太郎")
    drawn = overlay_picture(sheet(), [odd], title="a\n\udc80.pdf")
    assert np.array_equal(drawn, overlay_picture(sheet(), [plain], title="a \ufffd.pdf"))
    assert overlay_picture(sheet(), [value(1, "9" * 5000, type_="amount")]).shape == drawn.shape


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_legend_has_room(language: str) -> None:
    drawn = overlay_picture(sheet(), [], language=language)
    assert ink(drawn[-46:, WIDTH * 6 + 5 :]) > 500
    assert ink(drawn[-46:, -8:]) == 0


def test_a_hundred_values_find_room_in_further_columns() -> None:
    few, many = (overlay_picture(sheet(), [value(1)] * count) for count in (5, 100))
    column = few.shape[1] - WIDTH * 6
    columns = (many.shape[1] - WIDTH * 6) // column
    assert columns > 5
    assert ink(many[:, -column:]) > 500
    assert many.shape[0] == few.shape[0]


def test_a_personal_number_is_blacked_out_and_not_named() -> None:
    written = sheet()
    cv2.putText(written, "123456789018", (20 * 12, 21 * 12), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 4)
    number = value(1, "123456789018", type_="personal-number")
    drawn = overlay_picture(written, [number])
    left, top, width, height = (round(each * 6) for each in number.box)
    assert drawn[top + 4 : top + height - 4, left + 4 : left + width - 4].max() < 8
    masked = overlay_picture(written, [replace(number, value="*" * 12, raw="*" * 12, masked=True)])
    assert np.array_equal(drawn, masked)


def test_without_a_japanese_font_fields_are_named_by_path_and_japanese_values_are_pointed_to() -> None:
    texts = ("山田", "林", "2026-11-21", "1200")
    drawn = [overlay_picture(sheet(), [value(1, text)], fonts=())[:, WIDTH * 6 :] for text in texts]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[1], drawn[2])
    assert not np.array_equal(drawn[2], drawn[3])
    assert all(ink(each) > 500 for each in drawn)


def test_the_font_with_most_characters_is_taken(tmp_path: Path) -> None:
    assert japanese_file((str(tmp_path),)) is None
    (tmp_path / "deep").mkdir()
    for name in ("ipag.ttf", "other.ttf"):
        (tmp_path / "deep" / name).touch()
    assert japanese_file((str(tmp_path), "")) == tmp_path / "deep" / "ipag.ttf"


def test_the_pdf_holds_the_pages_that_were_read_in_their_size(tmp_path: Path) -> None:
    place = Place("claim", "1", 1, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), 300, 0.9, (WIDTH, HEIGHT))
    sorted_ = Sorted("scan.pdf", 2, Verdict.FITS, place)
    case = Case("claim", "1", 1, (sorted_,), (value(1), replace(value(2), page=2)))
    pages = (Page("scan.pdf", number, sheet(), 300.0) for number in (1, 2, 3))
    path = overlay(pages, [case], tmp_path / "overlay.pdf")
    with pypdfium2.PdfDocument(path) as document:
        assert len(document) == 1
        width, height = document[0].get_size()
        drawn = document[0].render(scale=6 * 25.4 / 72).to_numpy()
    assert height == pytest.approx(HEIGHT / 25.4 * 72, abs=0.01)
    assert width > WIDTH / 25.4 * 72
    assert near(line(drawn, 1), GREEN)
    assert ink(drawn[28 * 6 : 40 * 6, : 60 * 6]) == 0


def test_a_page_at_half_the_size_is_drawn_the_same() -> None:
    half = cv2.resize(sheet(), (WIDTH * 6, HEIGHT * 6))
    values = [value(1), value(2, "", Decision.LOOK)]
    assert np.array_equal(overlay_picture(half, values, px_per_mm=6), overlay_picture(sheet(), values))


def test_pictures_stand_in_the_pdf_in_their_order_and_unchanged(tmp_path: Path) -> None:
    shades = [0, 90, 180]
    jpegs = [jpeg(np.full((60 + shade, 40, 3), shade, np.uint8)) for shade in shades]
    path = write_pdf(iter(jpegs), tmp_path / "all.pdf", dots_per_inch=72)
    assert all(content in path.read_bytes() for content in jpegs)
    with pypdfium2.PdfDocument(path) as document:
        assert [document[number].get_size() for number in range(3)] == [(40, 60), (40, 150), (40, 240)]
        assert [int(page.render().to_numpy()[20, 20, 0]) for page in document] == shades


def test_a_pdf_of_many_pages_is_not_kept_in_memory(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (600, 600, 3), dtype=np.uint8)
    content, resident = jpeg(noise), []

    def pages() -> Iterator[bytes]:
        for _ in range(100):
            resident.append(int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize())
            yield content

    path = write_pdf(pages(), tmp_path / "all.pdf")
    assert resident[-1] - resident[0] < path.stat().st_size / 4
