"""Made pages are read as they were filled in; a page's reading depends on that page alone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from house.tree import ROOT
from ocr.definition.load import LoadedForm, load
from ocr.engine import open_recogniser
from ocr.engine.contract import Picture
from ocr.pages import Page, open_pages
from ocr.reading import FormReader
from ocr.records import Evidence, PageReading, Sorted, Verdict
from ocr.register import Sorter

FORM = ROOT / "form_definitions" / "bank-transfer-request"
SECRET = ROOT / "tests" / "forms" / "personal-number-report"
EXACT = {"amount", "postal_code", "telephone", "bank_code", "branch_code", "account_number"}


@pytest.fixture(scope="module")
def form() -> LoadedForm:
    return load(FORM)


@pytest.fixture(scope="module")
def sorter(form: LoadedForm) -> Sorter:
    return Sorter([form])


@pytest.fixture(scope="module")
def reader(form: LoadedForm) -> Iterator[FormReader]:
    with open_recogniser() as recogniser:
        yield FormReader([form], recogniser)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[dict[str, Any], Page]]:
    """A page of each main kind of scan, with its truth."""
    folder = tmp_path_factory.mktemp("made")
    make = [sys.executable, str(ROOT / "tools" / "make_forms.py"), str(folder), "--forms", FORM.name]
    subprocess.run([*make, "--pages", "9", "--seed", "3", "--vocabulary", "test"], check=True)
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["pages"]
    return [(each, next(iter(open_pages(folder / each["file"], name=each["file"])))) for each in truth]


@pytest.fixture(scope="module")
def readings(
    made: list[tuple[dict[str, Any], Page]], sorter: Sorter, reader: FormReader
) -> list[tuple[dict[str, Any], PageReading]]:
    return [(truth, reader.read(page, sorter.sort(page))) for truth, page in made]


def bare(text: str) -> str:
    return "".join(text.split()).replace("¥", "").replace("，", "").replace(",", "").replace("-", "").replace("－", "")


def by_path(reading: PageReading) -> dict[str, Evidence]:
    return {each.path: each for each in reading.evidence}


def test_numbers_are_read_exactly_on_every_kind_of_scan(readings: list[tuple[dict[str, Any], PageReading]]) -> None:
    wrong = [
        (truth["kind"], path, evidence[path].reading, truth["fields"][path])
        for truth, reading in readings
        for evidence in [by_path(reading)]
        for path in EXACT
        if bare(evidence[path].reading.text) != bare(truth["fields"][path])  # type: ignore[union-attr]
    ]
    assert wrong == []


def test_every_mark_is_found_and_none_beside(readings: list[tuple[dict[str, Any], PageReading]]) -> None:
    marked = 0
    for truth, reading in readings:
        for each in reading.evidence:
            if each.marks:
                found = "、".join(mark.option for mark in each.marks if mark.marked)
                assert found == truth["fields"][each.path], (truth["kind"], each)
                marked += bool(found)
    assert marked >= 30


def test_writing_is_read_and_what_is_wrong_looks_doubtful(readings: list[tuple[dict[str, Any], PageReading]]) -> None:
    read = [
        (each, truth["fields"][each.path])
        for truth, reading in readings
        for each in reading.evidence
        if each.reading is not None and each.path not in EXACT
    ]
    wrong = [each for each, want in read if bare(each.reading.text) != bare(want)]  # type: ignore[union-attr]
    assert len(wrong) <= 0.06 * len(read)
    assert all(each.reading.least < 0.99 for each in wrong if each.reading)


def test_the_quality_of_a_scan_tells_a_fax_from_a_clean_one(readings: list[tuple[dict[str, Any], PageReading]]) -> None:
    quality = {truth["kind"]: reading.quality for truth, reading in readings}
    assert [kind for kind, measured in quality.items() if measured["bilevel"]] == ["fax"]
    assert quality["clean"]["noise"] < quality["scan-300"]["noise"]
    assert quality["clean"]["sharpness"] > quality["phone"]["sharpness"]
    assert all(measured["residual_px"] < 4 for measured in quality.values())


def test_a_page_is_read_alike_whatever_was_read_before(
    made: list[tuple[dict[str, Any], Page]], form: LoadedForm, readings: list[tuple[dict[str, Any], PageReading]]
) -> None:
    _, page = made[-1]
    with open_recogniser() as recogniser:
        alone = FormReader([form], recogniser)
        assert alone.read(page, Sorter([form]).sort(page)) == readings[-1][1]


def test_a_blank_form_has_empty_fields_and_no_marks(form: LoadedForm, sorter: Sorter, reader: FormReader) -> None:
    small = cv2.resize(form.blanks[0], None, fx=200 / 304.8, fy=200 / 304.8, interpolation=cv2.INTER_AREA)
    page = Page("blank.png", 1, np.asarray(small, np.uint8), 200)
    reading = reader.read(page, sorter.sort(page))
    assert len(reading.evidence) == len(form.form.pages[0].fields)
    for each in reading.evidence:
        assert not any(mark.marked for mark in each.marks), each
        assert all(piece.text == "" for piece in each.pieces), each
        assert each.reading is None or (each.reading.text == "" and each.ink == 0), each


def test_a_page_of_no_form_has_no_evidence(reader: FormReader) -> None:
    page = Page("photo.jpg", 1, np.full((600, 400, 3), 200, np.uint8), None)
    reading = reader.read(page, Sorted(page.file, 1, Verdict.UNKNOWN))
    assert reading.evidence == ()
    assert reading.engine.startswith("ocr ")


def test_a_crop_shows_the_field_upright_with_a_little_around_it(
    made: list[tuple[dict[str, Any], Page]], sorter: Sorter, reader: FormReader, form: LoadedForm
) -> None:
    _, turned = next(each for each in made if each[0]["kind"] == "upside-down")
    crop = reader.crop(turned, sorter.sort(turned), "account_number")
    field = next(each for each in form.form.pages[0].fields if each.name == "account_number")
    x, y, width, height = field.box
    assert crop.shape == (round((height + 3) * 12), round((width + 3) * 12), 3)
    with pytest.raises(KeyError):
        reader.crop(turned, sorter.sort(turned), "no_such_field")
    printed = form.blanks[0][round((y - 1.5) * 12) :, round((x - 1.5) * 12) :][: crop.shape[0], : crop.shape[1]]
    assert likeness(crop, printed) > 0.5


def test_nobody_sees_a_personal_number() -> None:
    secret = load(SECRET)
    blank = secret.blanks[0]
    field = next(each for each in secret.form.pages[0].fields if each.type == "personal-number")
    page = Page("report.png", 1, blank.copy(), 304.8)
    x, y, _, height = (round(each * 12) for each in field.box)
    cv2.putText(page.image, "1 2 3 4", (x + 20, y + height - 20), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 4)
    found = Sorter([secret]).sort(page)
    with open_recogniser() as recogniser:
        crop = FormReader([secret], recogniser).crop(page, found, field.name)
    assert crop.min() == crop.max()


def likeness(one: Picture, other: Picture) -> float:
    soft = [cv2.GaussianBlur(each, (0, 0), 2).astype(np.float64).ravel() for each in (one, other)]
    return float(np.corrcoef(*soft)[0, 1])


def test_reading_needs_no_network(made: list[tuple[dict[str, Any], Page]], tmp_path: Path) -> None:
    """A process that may not make sockets reads a page."""
    picture = tmp_path / "page.png"
    cv2.imwrite(str(picture), made[0][1].image)
    code = f"""
import socket
def refuse(*_, **__): raise AssertionError("a socket was asked for")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
from pathlib import Path
from ocr.definition.load import load
from ocr.engine import open_recogniser
from ocr.pages import open_pages
from ocr.reading import FormReader
from ocr.register import Sorter
form = load(Path({str(FORM)!r}))
(page,) = open_pages(Path({str(picture)!r}), name="page.png")
with open_recogniser() as recogniser:
    print(len(FormReader([form], recogniser).read(page, Sorter([form]).sort(page)).evidence))
"""
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert int(said) >= 20
