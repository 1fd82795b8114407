"""Sound form definitions: what is loaded, and what their text may look like."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from bad.definitions import SOUND, blank, changed, png, write
from ocr.definition import source
from ocr.definition.checking import full_match
from ocr.definition.faults import DefinitionFaultsError, FaultError, RegexSlowError
from ocr.definition.form import TableField
from ocr.definition.load import load, load_all


def test_scalars_stay_as_they_are_written(tmp_path: Path) -> None:
    text = changed("revision: 2026-04", "revision: 1.10", changed("title: 過誤納金還付請求書", "title: no"))
    form = load(write(tmp_path / "form", text)).form
    assert (form.revision, form.title) == ("1.10", "no")


def test_dates_as_bounds_stay_text(tmp_path: Path) -> None:
    text = changed("era_from: era", "era_from: era, earliest: 1926-12-25, latest: today")
    field = next(each for each in load(write(tmp_path / "form", text)).form.fields() if each.name == "born_on")
    assert (field.earliest, field.latest) == ("1926-12-25", "today")  # type: ignore[union-attr]


def test_numbers_and_switches_are_what_their_type_wants(tmp_path: Path) -> None:
    text = changed("label: 合計,", "label: 合計, required: true, least: 0, most: 100000,")
    form = load(write(tmp_path / "form", text)).form
    total = next(each for each in form.fields() if each.name == "total")
    table = next(each for each in form.fields() if isinstance(each, TableField))
    assert (total.required, total.least, total.most) == (True, 0, 100_000)  # type: ignore[union-attr]
    assert (table.rows, table.row_height) == (3, 9.0)


def test_a_byte_order_mark_and_windows_line_ends_are_nothing_wrong(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + SOUND.replace("\n", "\r\n").encode()
    assert load(write(tmp_path / "form", content)).form.id == "refund"


def with_corner(kind: str, mode: str, **options: object) -> bytes:
    """A blank whose upper left 10 mm square is black."""
    picture = blank()
    ImageDraw.Draw(picture).rectangle((0, 0, 58, 58), fill=0)
    return png(picture.convert(mode), kind, **options)


@pytest.mark.parametrize(
    "content",
    [
        with_corner("PNG", "L"),
        with_corner("PNG", "1"),
        with_corner("PNG", "P"),
        with_corner("PNG", "RGBA"),
        with_corner("TIFF", "1", compression="group4"),
        with_corner("TIFF", "CMYK"),
        with_corner("JPEG", "RGB", quality=80),
        with_corner("JPEG", "CMYK"),
        png(Image.fromarray(np.asarray(Image.open(io.BytesIO(with_corner("PNG", "L")))).astype(np.uint16) * 257)),
    ],
    ids=["gray", "1-bit", "palette", "alpha", "fax", "tiff cmyk", "jpeg", "jpeg cmyk", "16-bit"],
)
def test_a_blank_of_any_kind_becomes_the_page_at_twelve_pixels_a_millimetre(tmp_path: Path, content: bytes) -> None:
    (picture,) = load(write(tmp_path / "form", blank_png=content)).blanks
    assert (picture.shape, picture.dtype) == ((3564, 2520, 3), np.uint8)
    assert picture[20:100, 20:100].max() < 40
    assert picture[140:200, 140:200].min() > 200


def test_what_is_transparent_is_paper(tmp_path: Path) -> None:
    picture = blank().convert("RGBA")
    picture.putalpha(picture.convert("L").point(lambda level: 255 - level))
    (loaded,) = load(write(tmp_path / "form", blank_png=png(picture))).blanks
    assert np.median(loaded) == 255
    assert loaded.min() < 60


def test_a_photographed_blank_is_turned_by_its_exif(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = blank().transpose(Image.Transpose.ROTATE_90)
    (loaded,) = load(write(tmp_path / "form", blank_png=png(lying, "JPEG", exif=exif))).blanks
    wanted = cv2.resize(np.asarray(blank()), (2520, 3564))
    assert np.abs(loaded[:, :, 0].astype(int) - wanted).mean() < 4


def test_the_digest_follows_every_file_that_is_named_and_no_other(tmp_path: Path) -> None:
    first = load(write(tmp_path / "a"))
    again = load(write(tmp_path / "b", notes_txt=b"not named"))
    assert first.digest == again.digest
    assert first.files == ("form.yaml", "blank.png")
    assert load(write(tmp_path / "c", SOUND + "# a word more\n")).digest != first.digest
    assert load(write(tmp_path / "d", blank_png=png(blank((1242, 1756))))).digest != first.digest


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_the_bank_master_keeps_its_zeros_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    master = "支店名,金融機関コード,支店コード,金融機関名\r\n本店,0001,001,髙山銀行\r\n\r\n"
    text = changed("title:", "banks: banks.csv\ntitle:")
    loaded = load(write(tmp_path / "form", text, banks_csv=master.encode(encoding)))
    assert loaded.banks is not None
    assert loaded.banks.banks == {"0001": "髙山銀行"}
    assert loaded.banks.branches == {("0001", "001"): "本店"}
    assert "banks.csv" in loaded.files


def test_all_definitions_of_a_folder_are_loaded_by_name(tmp_path: Path) -> None:
    write(tmp_path / "b", changed("id: refund", "id: second"))
    write(tmp_path / "a")
    (tmp_path / "no-definition").mkdir()
    assert [each.form.id for each in load_all(tmp_path)] == ["refund", "second"]


def test_one_form_in_one_revision_lies_in_one_folder(tmp_path: Path) -> None:
    write(tmp_path / "a")
    write(tmp_path / "b", changed("title: 過誤納金還付請求書", "title: another"))
    with pytest.raises(DefinitionFaultsError) as caught:
        load_all(tmp_path)
    (fault,) = caught.value.faults
    assert (fault.code, fault.evidence["first"]) == ("definition-form-twice", "a")


def test_two_revisions_of_a_form_lie_side_by_side(tmp_path: Path) -> None:
    write(tmp_path / "a")
    write(tmp_path / "b", changed("revision: 2026-04", "revision: 2027-04"))
    assert [each.form.revision for each in load_all(tmp_path)] == ["2026-04", "2027-04"]


def test_a_branch_in_a_table_takes_the_bank_of_its_own_row(tmp_path: Path) -> None:
    columns = "{name: bank, label: 銀行, type: bank-code, box: [20, 60, 30, 8]}\n"
    branch = "{name: branch, label: 支店, type: branch-code, bank: bank, box: [60, 60, 30, 8]}\n"
    text = changed("{name: count, label: 数, type: digits, box: [20, 60, 30, 8]}\n", columns)
    text = changed("{name: price, label: 単価, type: amount, box: [60, 60, 40, 8]}\n", branch, text)
    text = changed("  - {rule: product, of: [items.count, items.price], equals: items.amount}\n", "", text)
    assert load(write(tmp_path / "form", text)).form.id == "refund"


def test_an_expression_matches_the_whole_value() -> None:
    assert full_match("[0-9]{3}", "123")
    assert not full_match("[0-9]{3}", "1234")


def test_an_expression_that_does_not_end_is_stopped() -> None:
    with pytest.raises(RegexSlowError):
        full_match("(a|aa)+", "a" * 80 + "!")


SENSIBLE = [
    r"[0-9]{4}-[0-9]{4}",
    r"(東|西)?[0-9]+号室",
    r"[A-Z]{2}[0-9]{6}",
    r"第[0-9]+号(の[0-9]+)?",
    r"[^@\s]+@[^@\s]+",
    r"\p{Han}+",
]


@pytest.mark.parametrize("pattern", SENSIBLE)
def test_a_sensible_expression_is_not_called_slow(tmp_path: Path, pattern: str) -> None:
    text = changed("lines: 2", f"lines: 2, check: '{pattern}'")
    assert load(write(tmp_path / "form", text)).form.id == "refund"


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=300)
    | st.lists(
        st.sampled_from(["id: ", "- ", "{", "}", "[", "]", "\n", "  ", "&a", "*a", "!x", '"', ": ", "#", "|", "a"]),
        max_size=40,
    ).map("".join)
)
def test_any_text_becomes_data_or_a_fault_with_its_line(text: str) -> None:
    content = text.encode("utf-8", "surrogatepass")
    try:
        told: source.Source | FaultError = source.read(content, "form.yaml")
    except FaultError as fault:
        told = fault
    if isinstance(told, FaultError):
        assert 1 <= int(told.evidence["line"]) <= len(text) + 1
        assert told.sentence("ja")
        assert told.sentence("en")
    else:
        assert set(told.lines.values()) <= set(range(1, len(text) + 1))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(SOUND) - 1), st.integers(1, 30), st.text(max_size=8))
def test_any_change_of_a_definition_ends_in_a_form_or_in_sentences(
    tmp_path_factory: pytest.TempPathFactory, start: int, length: int, instead: str
) -> None:
    """Without its picture, so that every change is told at least of that."""
    folder = tmp_path_factory.mktemp("form")
    text = SOUND[:start] + instead + SOUND[start + length :]
    (folder / "form.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(DefinitionFaultsError) as caught:
        load(folder)
    assert caught.value.sentence("ja")
    assert caught.value.sentence("en")
