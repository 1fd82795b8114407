"""Scans of every kind come out as upright pictures with square pixels, dark on light."""

import resource
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from bad import scans as made
from bad.scans import Drawing, likeness
from ocr.pages import Page, Scan, open_pages


@pytest.fixture(scope="module")
def sheet() -> Drawing:
    return made.drawing()


def only(path: Path) -> Page:
    (page,) = open_pages(path, name=path.name)
    return page


Build = Callable[[Path, Drawing], Path]
GOOD: dict[str, tuple[str, Build]] = {
    "PDF": ("a.pdf", lambda path, sheet: made.pdf(path, [sheet])),
    "gray PNG": ("a.png", made.picture),
    "colour JPEG": ("a.jpg", lambda path, sheet: made.picture(path, sheet, "RGB", quality=80)),
    "BMP": ("a.bmp", made.picture),
    "palette PNG": ("a.png", lambda path, sheet: made.picture(path, sheet, "P")),
    "JPEG in capitals": ("A.JPEG", lambda path, sheet: made.picture(path, sheet, "L", format="JPEG")),
    "sixteen bits": ("a.png", lambda path, sheet: made.sixteen_bits(path, sheet)),
    "P13 CMYK JPEG": ("a.jpg", lambda path, sheet: made.picture(path, sheet, "CMYK", quality=80)),
    "P13 CMYK TIFF": ("a.tif", lambda path, sheet: made.picture(path, sheet, "CMYK", compression="tiff_lzw")),
    "P13 JPEG 2000": ("a.jp2", made.picture),
    "P13 CMYK in PDF": ("a.pdf", lambda path, sheet: made.pdf_of_coded(path, sheet, "cmyk")),
    "P13 JPEG 2000 in PDF": ("a.pdf", lambda path, sheet: made.pdf_of_coded(path, sheet, "jpeg2000")),
    "P13 fax in PDF": ("a.pdf", lambda path, sheet: made.pdf_of_coded(path, sheet, "fax")),
    "P13 JBIG2 in PDF": ("a.pdf", lambda path, sheet: made.pdf_of_coded(path, sheet, "jbig2")),
    "P14 old JPEG in TIFF": ("a.tif", made.old_jpeg_tiff),
    "P20 HEIC": ("a.heic", made.heic),
    "transparent paper": ("a.png", made.transparent),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_scan_of_any_kind_comes_out_as_it_was_drawn(kind: str, tmp_path: Path, sheet: Drawing) -> None:
    name, build = GOOD[kind]
    page = only(build(tmp_path / name, sheet))
    assert page.image.dtype == np.uint8
    assert page.image.shape[2] == 3
    assert likeness(page.image, sheet) > 0.93
    assert page.notices == ()


@pytest.mark.parametrize("kind", ["a.tif", "a.png", "a.pdf"])
def test_p13_a_page_with_black_and_white_swapped_is_swapped_back_and_says_so(
    kind: str, tmp_path: Path, sheet: Drawing
) -> None:
    path = tmp_path / kind
    if path.suffix == ".pdf":
        made.pdf_of_coded(path, sheet, "inverted")
    else:
        made.picture(path, 255 - sheet, "1")
    page = only(path)
    assert likeness(page.image, sheet) > 0.9
    assert page.notices == ("inverted",)


def test_a_sheet_on_a_dark_table_is_not_taken_for_an_inverted_one(tmp_path: Path, sheet: Drawing) -> None:
    table = np.full((2600, 2600), 30, np.uint8)
    table[700:1869, 800:1627] = sheet
    page = only(made.picture(tmp_path / "a.jpg", table))
    assert page.notices == ()
    assert page.image[100, 100, 0] < 60


@pytest.mark.parametrize("compression", ["group3", "group4"])
@pytest.mark.parametrize("lines", [98, 196, 391])
def test_p12_a_fax_comes_out_with_square_pixels(compression: str, lines: float, tmp_path: Path, sheet: Drawing) -> None:
    page = only(made.fax(tmp_path / "a.tif", sheet, compression, lines))
    height, width = page.image.shape[:2]
    # 1,728 dots of a fax are a little wider than A4.
    assert height / width == pytest.approx(297 / (1728 / 204 * 25.4), abs=0.01)
    assert page.dpi == pytest.approx(max(204, lines), abs=1)
    assert likeness(page.image, sheet) > 0.85


def test_p12_a_fax_whose_header_says_nothing_is_squared_by_its_shape(tmp_path: Path, sheet: Drawing) -> None:
    page = only(made.fax(tmp_path / "a.tif", sheet, tagged=False))
    assert page.image.shape[0] > 1.3 * page.image.shape[1]
    assert likeness(page.image, sheet) > 0.85


def test_a_fax_with_broken_rows_is_read_and_says_so_but_not_on_the_screen(
    tmp_path: Path, sheet: Drawing, capfd: pytest.CaptureFixture[str]
) -> None:
    page = only(made.damaged_fax(tmp_path / "a.tif", sheet))
    assert page.notices == ("damaged-rows",)
    assert capfd.readouterr().err == ""


def test_p14_pages_of_mixed_sizes_keep_their_sizes(tmp_path: Path) -> None:
    sizes = [(827, 1169), (1169, 827), (583, 827)]
    sheets = [made.drawing(width, height) for width, height in sizes]
    path = made.pages_of_tiff(tmp_path / "a.tif", sheets, compression="tiff_lzw")
    pages = list(open_pages(path, name="a.tif"))
    assert [page.image.shape[1::-1] for page in pages] == sizes
    assert [page.number for page in pages] == [1, 2, 3]
    assert all(likeness(page.image, each) > 0.99 for page, each in zip(pages, sheets, strict=True))


def test_pages_are_given_in_any_order_and_again(tmp_path: Path) -> None:
    sheets = [made.drawing(500 + 100 * number, 1000) for number in range(3)]
    path = made.pages_of_tiff(tmp_path / "a.tif", sheets)
    with Scan(path, name="a.tif") as scan:
        assert scan.count == 3
        assert [scan.page(number).image.shape[1] for number in (3, 1, 1, 2)] == [700, 500, 500, 600]


def test_p8_turned_pages_of_a_pdf_come_out_upright(tmp_path: Path, sheet: Drawing) -> None:
    pages = list(open_pages(made.turned_pdf(tmp_path / "a.pdf", sheet, [0, 90, 180, 270]), name="a.pdf"))
    assert [likeness(page.image, sheet) > 0.93 for page in pages] == [True] * 4
    assert {page.dpi for page in pages} == {300.0}


def test_what_was_typed_into_a_pdf_form_is_in_the_picture(tmp_path: Path, sheet: Drawing) -> None:
    page = only(made.typed_pdf(tmp_path / "a.pdf", sheet))
    scale = page.image.shape[1] / 595
    assert page.image[round((842 - 50) * scale), round(450 * scale)].max() < 60


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_p15_a_phone_photograph_is_turned_and_its_place_goes_nowhere(
    orientation: int, tmp_path: Path, sheet: Drawing
) -> None:
    path = made.photo(tmp_path / "a.jpg", sheet, orientation)
    with Image.open(path) as file:
        assert file.getexif().get_ifd(0x8825)
    page = only(path)
    assert likeness(page.image, sheet) > 0.95
    written = cv2.imencode(".jpg", page.image)[1].tobytes()
    assert b"Exif" not in written
    assert set(vars(page)) == {"file", "number", "image", "dpi", "notices"}


def test_a_resolution_that_would_be_no_sheet_of_paper_is_not_believed(tmp_path: Path, sheet: Drawing) -> None:
    large = cv2.resize(sheet, None, fx=4, fy=4)
    assert only(made.picture(tmp_path / "a.jpg", large, dpi=(72, 72))).dpi is None
    assert only(made.picture(tmp_path / "b.jpg", large, dpi=(400, 400))).dpi == 400


def test_a_photograph_on_a_pdf_page_of_a_point_per_pixel_comes_out_as_it_was_taken(tmp_path: Path) -> None:
    photograph = np.full((4000, 3000), 200, np.uint8)
    photograph[1000:1400, 600:2400] = 20
    page = only(made.pdf(tmp_path / "phone.pdf", [photograph], (3000, 4000)))
    assert page.image.shape == (4000, 3000, 3)
    assert page.dpi is None
    assert likeness(page.image, photograph) > 0.99


def test_a_long_file_is_read_in_the_memory_of_one_page(tmp_path: Path) -> None:
    """Forty pages would be 460 MB at once; what grows beyond a handful of pages would be seen in the peak."""
    pages = open_pages(made.long_fax(tmp_path / "a.tif", 40), name="a.tif")
    next(pages)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in pages) == 39
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 120 * 1024
