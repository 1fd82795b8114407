"""Every broken scan of the corpus gets its own error or notice, in words for a clerk."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bad import scans as made
from bad.scans import likeness
from ocr.errors import PageError, sentence
from ocr.pages import PageLimits, open_pages

SHEET = made.drawing()


def refusal(path: Path, limits: PageLimits = PageLimits()) -> PageError:
    with pytest.raises(PageError) as caught:
        list(open_pages(path, name=path.name, limits=limits))
    return caught.value


Build = Callable[[Path], Path]
REFUSED: dict[str, tuple[str, Build, str]] = {
    "P1 empty": ("a.pdf", lambda path: made.raw(path, b""), "scan-empty"),
    "P1 text": ("a.pdf", lambda path: made.raw(path, "請求書の一覧です。\n".encode()), "scan-is-other-type"),
    "P1 text in cp932": ("a.pdf", lambda path: made.raw(path, "請求書\r\n".encode("cp932")), "scan-is-other-type"),
    "P1 noise": ("a.pdf", lambda path: made.raw(path, np.random.default_rng(1).bytes(5000)), "scan-is-other-type"),
    "P1 cut PDF": ("a.pdf", lambda path: made.half(made.pdf(path, [SHEET])), "scan-ends-early"),
    "P1 cut TIFF, directory first": ("a.tif", lambda path: made.half(made.picture(path, SHEET)), "page-ends-early"),
    "P1 cut TIFF, directory last": ("a.tif", lambda path: made.half(made.old_jpeg_tiff(path, SHEET)), "scan-ends-early"),
    "P1 cut JPEG": ("a.jpg", lambda path: made.half(made.picture(path, SHEET)), "page-ends-early"),
    "P1 cut PNG": ("a.png", lambda path: made.half(made.picture(path, SHEET)), "page-ends-early"),
    "P1 cut JPEG 2000": ("a.jp2", lambda path: made.half(made.picture(path, SHEET)), "page-unreadable"),
    "P1 cut HEIC": ("a.heic", lambda path: made.half(made.heic(path, SHEET)), "page-unreadable"),
    "P1 broken PDF": ("a.pdf", lambda path: made.raw(path, b"%PDF-1.7\nnonsense\n%%EOF\n"), "scan-unreadable"),
    "P1 broken JPEG": ("a.jpg", lambda path: made.raw(path, b"\xff\xd8\xff\xe0" + b"\0" * 900 + b"\xff\xd9"), "scan-unreadable"),
    "P2 password": ("a.pdf", lambda path: made.locked_pdf(path, SHEET, "secret"), "scan-protected"),
    "P5 huge page": ("a.pdf", lambda path: made.blank_pdf(path, (14_400, 14_400)), "page-too-large"),
    "P6 A0 at 600 dpi": ("a.tif", made.huge_tiff, "page-too-large"),
    "P7 PNG of 576 Mpx": ("a.png", made.png_bomb, "page-too-large"),
    "P7 PNG of 100 Mpx": ("a.png", lambda path: made.png_bomb(path, 10_000), "page-too-large"),
    "picture of 900 Mpx in a PDF": ("a.pdf", made.pdf_with_huge_picture, "page-too-large"),
    "P17 PDF and ZIP": ("a.pdf", lambda path: made.with_zip(made.pdf(path, [SHEET])), "scan-holds-two-kinds"),
    "P17 JPEG and ZIP": ("a.jpg", lambda path: made.with_zip(made.picture(path, SHEET)), "scan-holds-two-kinds"),
    "P17 PDF and HTML": (
        "a.pdf",
        lambda path: made.raw(path, made.pdf(path, [SHEET]).read_bytes() + b"<html><script>alert(1)</script>"),
        "scan-holds-two-kinds",
    ),
    "P17 TIFF with a PDF's head": (
        "a.tif", lambda path: made.raw(path, b"II*\0\x08\0\0\0\0\0\0\0%PDF-1.7\n" + b"\0" * 99), "scan-holds-two-kinds",
    ),
    "P17 ZIP in front of a PDF": (
        "a.pdf", lambda path: made.raw(path, b"PK\x03\x04" + made.pdf(path, [SHEET]).read_bytes()), "scan-kinds-disagree",
    ),
    "P18 object stream": ("a.pdf", made.object_stream_bomb, "scan-unpacks-too-far"),
    "P24 SVG": ("a.jpg", lambda path: made.raw(path, b'<?xml version="1.0"?><svg xmlns="x"/>'), "scan-kinds-disagree"),
    "P24 EPS": ("a.jpg", lambda path: made.raw(path, b"%!PS-Adobe-3.0 EPSF-3.0\n"), "scan-kinds-disagree"),
    "PNG named JPEG": ("a.jpg", lambda path: made.picture(path, SHEET, format="PNG"), "scan-kinds-disagree"),
    "PDF named as a program": ("a.exe", lambda path: made.pdf(path, [SHEET]), "scan-kinds-disagree"),
    "Word": ("a.docx", lambda path: made.raw(path, b"PK\x03\x04" + b"\0" * 26 + b"word/document.xml"), "scan-is-other-type"),
    "GIF": ("a.gif", lambda path: made.picture(path, SHEET), "scan-is-other-type"),
    "thumbnail": ("a.png", lambda path: made.picture(path, SHEET[:300, :200]), "page-too-small"),
    "TIFF in circles": ("a.tif", lambda path: made.raw(path, b"II*\0\x08\0\0\0\0\0\x08\0\0\0" + b"\0" * 99), "scan-unreadable"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_scan_that_cannot_be_read_is_refused_in_words(
    case: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name, build, code = REFUSED[case]
    error = refusal(build(tmp_path / name))
    assert error.code == code
    for language in ("ja", "en"):
        text = error.sentence(language)
        assert name in text
        assert "{" not in text
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("case", "found"), [("P24 SVG", "SVG"), ("P24 EPS", "PostScript"), ("P1 text", "文字だけ")])
def test_the_refusal_names_what_the_file_really_is(case: str, found: str, tmp_path: Path) -> None:
    name, build, _ = REFUSED[case]
    assert found in refusal(build(tmp_path / name)).sentence("ja")


@pytest.mark.parametrize("name", ["a.pdf", "a.tif"])
def test_p4_pages_are_counted_before_any_is_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    build = made.pdf if path.suffix == ".pdf" else made.pages_of_tiff
    build(path, [SHEET] * 3)
    error = refusal(path, PageLimits(pages=2))
    assert error.code == "scan-too-many-pages"
    assert "3" in error.sentence("ja")
    assert len(list(open_pages(path, name=name, limits=PageLimits(pages=3)))) == 3


def test_a_file_over_the_limit_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = made.picture(tmp_path / "a.png", SHEET)
    assert refusal(path, PageLimits(bytes=1000)).code == "scan-too-large"


def test_a3_at_600_dpi_fits_the_limit_and_one_row_more_than_the_limit_does_not(tmp_path: Path) -> None:
    assert PageLimits().pixels > 7016 * 9921
    path = made.picture(tmp_path / "a.png", SHEET)
    exactly = SHEET.size
    assert len(list(open_pages(path, name="a.png", limits=PageLimits(pixels=exactly)))) == 1
    assert refusal(path, PageLimits(pixels=exactly - 1)).code == "page-too-large"


def test_one_page_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    path = made.pages_of_tiff(tmp_path / "a.tif", [SHEET, SHEET[:300, :200], SHEET])
    pages = open_pages(path, name="a.tif")
    assert next(pages).number == 1
    with pytest.raises(PageError) as caught:
        next(pages)
    assert caught.value.evidence["page"] == 2
    assert next(pages).number == 3
    with pytest.raises(StopIteration):
        next(pages)


NOTICED: dict[str, tuple[Build, tuple[str, ...]]] = {
    "P3 owner's password": (lambda path: made.locked_pdf(path, SHEET, ""), ("owner-password",)),
    "P16 script": (lambda path: made.active_pdf(path, SHEET, "javascript"), ("active-content",)),
    "P16 launch": (lambda path: made.active_pdf(path, SHEET, "launch"), ("active-content",)),
    "P16 XFA": (lambda path: made.active_pdf(path, SHEET, "xfa"), ("active-content",)),
    "P16 embedded file": (lambda path: made.active_pdf(path, SHEET, "embedded"), ("embedded-files",)),
    "P19 text beside the print": (lambda path: made.pdf_with_text(path, SHEET, "beside"), ("hidden-text",)),
    "P19 white text": (lambda path: made.pdf_with_text(path, SHEET, "white"), ("hidden-text",)),
    "search text on the print": (lambda path: made.pdf_with_text(path, SHEET, "on-ink"), ("text-layer",)),
    "nothing": (lambda path: made.pdf(path, [SHEET]), ()),
}


@pytest.mark.parametrize("case", NOTICED)
def test_what_a_pdf_carries_beside_its_picture_is_told_and_the_picture_is_read(case: str, tmp_path: Path) -> None:
    build, notices = NOTICED[case]
    (page,) = open_pages(build(tmp_path / "a.pdf"), name="a.pdf")
    assert page.notices == notices
    assert likeness(page.image, SHEET) > 0.93
    for code in notices:
        assert sentence(code, "ja", {}) != sentence(code, "en", {})
