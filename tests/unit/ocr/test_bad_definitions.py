"""Broken form definitions (D1–D4, D9 of the corpus): each is refused with its code, its line and its field."""

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from bad.definitions import SOUND, blank, changed, line_of, png, write
from ocr.definition.faults import DefinitionFaultsError, FaultError
from ocr.definition.load import load


def faults(folder: Path) -> tuple[FaultError, ...]:
    with pytest.raises(DefinitionFaultsError) as caught:
        load(folder)
    for fault in caught.value.faults:
        for language in ("ja", "en"):
            assert "{" not in fault.sentence(language).replace(str(fault.evidence.get("found")), "")
    return caught.value.faults


def only(folder: Path) -> FaultError:
    found = faults(folder)
    assert len(found) == 1, [str(each) for each in found]
    return found[0]


def test_the_sound_definition_is_sound(tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "form"))
    assert loaded.form.id == "refund"
    assert loaded.blanks[0].shape == (3564, 2520, 3)


# What each line of this table means: what is changed, the code, the field, and where the fault is told (a stretch of the new text).
CASES = [
    # D1: not YAML, no definition
    ("id: refund", "id: [refund", "definition-yaml", "", "revision"),
    ("title: 過誤納金還付請求書", "title: 'open", "definition-yaml", "", None),
    ("title: 過誤納金還付請求書", "\ttitle: x", "definition-yaml", "", "\ttitle"),
    ("title: 過誤納金還付請求書", "title: a\x07b", "definition-yaml", "", "title"),
    ("title: 過誤納金還付請求書", "title: x\n? [a, b]\n: y", "definition-yaml", "", "? [a"),
    ("revision: 2026-04", "revision: 2026-04\nid: twice", "definition-duplicate-key", "", "id: twice"),
    ("label: 合計,", "label: 合計, label: 計,", "definition-duplicate-key", "", "label: 合計"),
    ("title: 過誤納金還付請求書", "title: &name x", "definition-alias", "", "title"),
    ("title: 過誤納金還付請求書", "title: *name", "definition-alias", "", "title"),
    ("title: 過誤納金還付請求書", "title: !!python/object/apply:os.system [true]", "definition-tag", "", "title"),
    ("title: 過誤納金還付請求書", "title: " + "[" * 17 + "]" * 17, "definition-too-deep", "", "title"),
    (SOUND, "- a\n- b\n", "definition-not-a-mapping", "", "- a"),
    (SOUND, "", "definition-not-a-mapping", "", ""),
    ("title: 過誤納金還付請求書", 'title: "\\ud83d"', "definition-yaml", "", "title"),
    ("title: 過誤納金還付請求書", 'title: x\n"\\ud83d": y', "definition-yaml", "", '"\\ud83d"'),
    # the shape of the data
    ("id: refund\n", "", "definition-key-missing", "", ""),
    ("type: amount, box: [20, 50, 60, 8]", "box: [20, 50, 60, 8]", "definition-key-missing", "total", "name: total"),
    ("label: 合計, ", "", "definition-key-missing", "total", "name: total"),
    ("label: 合計,", "labl: 合計, label: 合計,", "definition-key-misspelt", "total", "labl"),
    ("label: 合計,", "colour: red, label: 合計,", "definition-key-unknown", "total", "colour"),
    ("id: refund", "id: Refund", "definition-malformed", "", "id:"),
    ("revision: 2026-04", "revision: 令和8年", "definition-malformed", "", "revision:"),
    ("name: total", "name: 合計", "definition-malformed", "合計", "name: 合計"),
    ("label: 合計,", 'label: "",', "definition-malformed", "total", "name: total"),
    ("label: 合計,", 'label: "合\\u202e計",', "definition-malformed", "total", "name: total"),
    ("label: 合計,", "label: 合計, harm: huge,", "definition-not-allowed", "total", "name: total"),
    ("label: 合計,", "label: 合計, required: perhaps,", "definition-wrong-kind", "total", "name: total"),
    ("label: 合計,", "label: 合計, least: 1.5,", "definition-wrong-kind", "total", "name: total"),
    ("label: 合計,", "label: [合計],", "definition-wrong-kind", "total", "name: total"),
    ("[20, 50, 60, 8]", "twenty", "definition-wrong-kind", "total", "name: total"),
    ("[20, 50, 60, 8]", "[20, 50, sixty, 8]", "definition-wrong-kind", "total", "name: total"),
    ("[20, 50, 60, 8]", "[20, 50, .nan, 8]", "definition-wrong-kind", "total", "name: total"),
    ("[20, 50, 60, 8]", "[20, 50, nan, 8]", "definition-wrong-kind", "total", "name: total"),
    ("[20, 50, 60, 8]", "[20, 50, 60]", "definition-wrong-count", "total", "name: total"),
    ("[20, 50, 60, 8]", "[20, 50, 60, 8, 9]", "definition-wrong-count", "total", "name: total"),
    ("rows: 3", "rows: 0", "definition-out-of-range", "items", "rows"),
    ("rows: 3", "rows: 101", "definition-out-of-range", "items", "rows"),
    ("box: [20, 60, 30, 8]", "box: [20, 60, 30]", "definition-wrong-count", "items.count", "name: count"),
    # D2, places
    ("[20, 50, 60, 8]", "[160, 50, 60, 8]", "definition-box-outside", "total", "name: total"),
    ("[20, 50, 60, 8]", "[-1, 50, 60, 8]", "definition-box-outside", "total", "name: total"),
    ("[20, 50, 60, 8]", "[20, 50, 60, -8]", "definition-box-empty", "total", "name: total"),
    ("[20, 50, 60, 8]", "[20, 50, 0, 8]", "definition-box-empty", "total", "name: total"),
    ("[20, 50, 60, 8]", "[20, 45, 60, 8]", "definition-overlap", "total", "name: total"),
    ("[60, 60, 40, 8]", "[45, 60, 40, 8]", "definition-overlap", "items.price", "name: price"),
    ("[32, 90, 10, 8]", "[25, 90, 10, 8]", "definition-overlap", "era", "name: era"),
    ("[65, 90, 10, 8]", "[55, 90, 10, 8]", "definition-overlap", "born_on", "parts:"),
    ("cells: 20", "cells: 60", "definition-cells-narrow", "applicant_kana", "name: applicant_kana"),
    ("type: bank-code,", "type: bank-code, cells: 5,", "definition-cells-count", "bank_code", "name: bank_code"),
    ("cells: 20", "cells: 20, length: [1, 21]", "definition-cells-count", "applicant_kana", "name: applicant_kana"),
    ("lines: 2", "lines: 9", "definition-lines-low", "remarks", "name: remarks"),
    # D3: types, names, rules
    (
        "type: amount, box: [20, 50, 60, 8]",
        "type: money, box: [20, 50, 60, 8]",
        "definition-type-unknown",
        "total",
        "name: total",
    ),
    ("rule: date-order", "rule: date-sequence", "definition-type-unknown", "", "rule: date-sequence"),
    ("equals: total", "equals: totl", "definition-reference-unknown", "", "rule: sum"),
    ("[items.amount]", "[amount]", "definition-reference-unknown", "", "rule: sum"),
    ("equals: total", "equals: remarks", "definition-reference-type", "", "rule: sum"),
    ("later: applied_on", "later: total", "definition-reference-type", "", "rule: date-order"),
    (
        "fields: [applicant_kana, holder_kana]",
        "fields: [applicant_kana, remarks]",
        "definition-reference-type",
        "",
        "rule: same",
    ),
    ("bank: bank_code", "bank: bank", "definition-reference-unknown", "branch_code", "name: branch_code"),
    ("bank: bank_code", "bank: total", "definition-reference-type", "branch_code", "name: branch_code"),
    ("era_from: era", "era_from: remarks", "definition-reference-type", "born_on", "era_from"),
    ("value: 昭和", "value: 昭和以前", "definition-era", "born_on", "era_from"),
    ("value: 平成", "value: 昭和", "definition-option-twice", "era", "name: era"),
    ("equals: items.amount", "equals: total", "definition-rule-tables", "", "rule: product"),
    ("of: [items.amount]", "of: [total]", "definition-circular", "", "rule: sum"),
    ("earlier: born_on", "earlier: applied_on", "definition-circular", "", "rule: date-order"),
    (
        "fields: [applicant_kana, holder_kana]",
        "fields: [holder_kana, holder_kana]",
        "definition-circular",
        "",
        "rule: same",
    ),
    (
        "  - {rule: same-reading",
        "  - {rule: date-order, earlier: applied_on, later: born_on}\n  - {rule: same-reading",
        "definition-circular",
        "",
        "rule: date-order, earlier: applied_on",
    ),
    (
        "rules:\n",
        "rules:\n  - {rule: required-with, when: era, equals: 大正, fields: [born_on]}\n",
        "definition-not-allowed",
        "",
        "rule: required-with",
    ),
    # dates, lengths, alphabets
    ("era_from: era", "era_from: era, era: 平成", "definition-date-era", "born_on", "name: born_on"),
    ("era_from: era", "era_from: era, calendar: western", "definition-date-era", "born_on", "name: born_on"),
    ("era_from: era", "box: [100, 90, 30, 8]", "definition-date-shape", "born_on", "name: born_on"),
    ("box: [20, 20, 50, 8]", "calendar: either", "definition-date-shape", "applied_on", "name: applied_on"),
    ("era_from: era", "earliest: 2026-02-30", "definition-date-bound", "born_on", "earliest"),
    ("era_from: era", "earliest: 2026-02-03, latest: 2026-02-02", "definition-bounds", "born_on", "earliest"),
    ("lines: 2", "lines: 2, length: [5, 2]", "definition-bounds", "remarks", "name: remarks"),
    ("rows: 3", "rows: 3\n        least_rows: 4", "definition-bounds", "items", "least_rows"),
    (
        "type: amount, box: [20, 50",
        "type: amount, least: 9, most: 1, box: [20, 50",
        "definition-bounds",
        "total",
        "name: total",
    ),
    (
        "type: amount, box: [20, 50",
        "type: amount, alphabet: 亜, box: [20, 50",
        "definition-alphabet",
        "total",
        "name: total",
    ),
    (
        "type: amount, box: [20, 50",
        "type: amount, alphabet: 9-0, box: [20, 50",
        "definition-alphabet",
        "total",
        "name: total",
    ),
    ("lines: 2", 'lines: 2, alphabet: " -\\U0010FFFF"', "definition-alphabet", "remarks", "name: remarks"),
    # D4
    ("lines: 2", "lines: 2, check: '(a|aa)+$'", "definition-regex-slow", "remarks", "name: remarks"),
    ("lines: 2", "lines: 2, check: '(.*?,){25}P'", "definition-regex-slow", "remarks", "name: remarks"),
    ("lines: 2", "lines: 2, check: '([ぁ-ん]|[ぁ-ん]ー?)*!'", "definition-regex-slow", "remarks", "name: remarks"),
    (
        "lines: 2",
        "lines: 2, check: '(?:(?:(?:0|1){500}){500}){500}x'",
        "definition-regex-slow",
        "remarks",
        "name: remarks",
    ),
    ("lines: 2", "lines: 2, check: '(a'", "definition-regex-broken", "remarks", "name: remarks"),
    # files
    ("blank: blank.png", "blank: other.png", "definition-file-missing", "", "blank"),
    ("blank: blank.png", "blank: ../blank.png", "definition-file-name", "", "blank"),
    ("blank: blank.png", "blank: /etc/passwd", "definition-file-name", "", "blank"),
    ("blank: blank.png", "blank: '..\\blank.png'", "definition-file-name", "", "blank"),
    ("blank: blank.png", 'blank: "a\\0b"', "definition-file-name", "", "blank"),
    ("blank: blank.png", "blank: form.yaml", "definition-blank-unreadable", "", "blank"),
    ("    fields:", "    size: [297, 210]\n    fields:", "definition-blank-proportions", "", "blank"),
    ("title:", "banks: banks.csv\ntitle:", "definition-file-missing", "", "banks"),
    (
        "lines: 2}\n",
        "lines: 2}\n      - {name: my_number, label: 個人番号, type: personal-number, box: [20, 140, 80, 8]}\n",
        "definition-personal-number",
        "my_number",
        "name: my_number",
    ),
    ("rules:\n", "  - {blank: blank.png, fields: []}\nrules:\n", "definition-blank-twice", "", "- {blank"),
]


# Faults that bring others with them.
WITH_OTHERS = [
    ("row_height: 9", "row_height: 6", "definition-rows-overlap", "items.count", "name: count"),
    ("rows: 3", "rows: 100", "definition-box-outside", "items.count", "name: count"),
    ("    fields:", "    size: [40, 700]\n    fields:", "definition-out-of-range", "", "size"),
    (
        "name: holder_kana",
        "name: applicant_kana",
        "definition-name-twice",
        "applicant_kana",
        "name: applicant_kana, label: 口座",
    ),
    ("name: price", "name: count", "definition-name-twice", "items.count", "name: count, label: 単価"),
]


@pytest.mark.parametrize(("old", "new", "code", "field", "where"), CASES)
def test_a_fault_is_told_by_code_line_and_field(
    tmp_path: Path, old: str, new: str, code: str, field: str, where: str | None
) -> None:
    text = changed(old, new)
    fault = only(write(tmp_path / "form", text))
    assert (fault.code, fault.evidence["field"]) == (code, field), fault.sentence()
    if where is not None:
        assert fault.evidence["line"] == line_of(where, text)


@pytest.mark.parametrize(("old", "new", "code", "field", "where"), WITH_OTHERS)
def test_a_fault_is_told_beside_what_it_brings(
    tmp_path: Path, old: str, new: str, code: str, field: str, where: str
) -> None:
    text = changed(old, new)
    found = {
        (each.code, each.evidence["field"], each.evidence["line"]) for each in faults(write(tmp_path / "form", text))
    }
    assert (code, field, line_of(where, text)) in found


def test_d1_an_alias_bomb_is_refused_at_its_first_anchor(tmp_path: Path) -> None:
    bomb = 'a0: &a0 ["x", "x"]\n' + "".join(f"a{at}: &a{at} [*a{at - 1}, *a{at - 1}]\n" for at in range(1, 60))
    fault = only(write(tmp_path / "form", bomb))
    assert (fault.code, fault.evidence["line"]) == ("definition-alias", 1)


def test_d1_a_hundred_thousand_brackets_end_in_a_sentence(tmp_path: Path) -> None:
    fault = only(write(tmp_path / "form", "id: x\npages: " + "[" * 100_000))
    assert (fault.code, fault.evidence["line"]) == ("definition-too-deep", 2)


@pytest.mark.parametrize(
    ("content", "line"),
    [(changed("合計", "合\udc83計").encode("utf-8", "surrogateescape"), 10), (SOUND.encode("utf-16"), 1)],
)
def test_a_file_that_is_not_utf8_is_refused_by_line(tmp_path: Path, content: bytes, line: int) -> None:
    fault = only(write(tmp_path / "form", content))
    assert (fault.code, fault.evidence["line"]) == ("definition-encoding", line)


def test_a_definition_of_a_megabyte_is_not_parsed(tmp_path: Path) -> None:
    fault = only(write(tmp_path / "form", SOUND + "#" * 1_000_000))
    assert fault.code == "definition-too-big"
    assert "0.25 MB" in fault.sentence()


def test_a_folder_without_a_definition_is_said_to_have_none(tmp_path: Path) -> None:
    assert only(tmp_path / "nothing").code == "definition-file-missing"


def test_every_fault_of_a_definition_is_told_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = changed("later: applied_on", "later: nobody", changed("[20, 50, 60, 8]", "[20, 50, 0, 8]"))
    found = faults(write(tmp_path / "form", text, blank_png=b"no picture"))
    assert [each.code for each in found] == [
        "definition-blank-unreadable",
        "definition-box-empty",
        "definition-reference-unknown",
    ]


def test_the_nearest_name_is_offered(tmp_path: Path) -> None:
    fault = only(write(tmp_path / "form", changed("equals: total", "equals: totl")))
    assert fault.evidence["nearest"] == "total"


def test_both_fields_of_an_overlap_are_named(tmp_path: Path) -> None:
    fault = only(write(tmp_path / "form", changed("[20, 50, 60, 8]", "[20, 45, 60, 8]")))
    assert "total" in fault.sentence()
    assert "holder_kana" in fault.sentence()
    assert fault.evidence["other_line"] == line_of("name: holder_kana", SOUND)


def test_a_seal_may_stand_over_writing(tmp_path: Path) -> None:
    seal = "lines: 2}\n      - {name: seal, label: 印, type: seal, box: [100, 105, 17, 17]}\n"
    assert load(write(tmp_path / "form", changed("lines: 2}\n", seal))).form.id == "refund"


# D9 and the pictures


def test_d9_a_picture_of_fifty_megabytes_is_refused_unread(tmp_path: Path) -> None:
    fault = only(write(tmp_path / "form", blank_png=bytes(50_000_000)))
    assert (fault.code, fault.evidence["line"]) == ("definition-too-big", line_of("- blank", SOUND))
    assert "20 MB" in fault.sentence()


@pytest.mark.parametrize("side", [9_000, 40_000])
def test_a_small_file_of_many_pixels_is_refused_before_decoding(tmp_path: Path, side: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    assert only(write(tmp_path / "form", blank_png=bomb)).code == "definition-blank-too-many-pixels"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "definition-blank-unreadable"),
        (png(blank())[:3000], "definition-blank-unreadable"),
        (b"%PDF-1.7", "definition-blank-unreadable"),
        (png(blank(), "GIF"), "definition-blank-unreadable"),
        (png(blank((620, 877))), "definition-blank-coarse"),
        (png(blank((1754, 1240))), "definition-blank-proportions"),
        (png(Image.new("L", (1240, 1754), 255)), "definition-blank-empty"),
    ],
)
def test_a_picture_that_cannot_serve_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    fault = only(write(tmp_path / "form", blank_png=content))
    assert (fault.code, fault.evidence["line"]) == (code, line_of("- blank", SOUND))


@pytest.mark.parametrize("name", [f"{'a' * 300}.png", f"{'白' * 100}.png"])
def test_a_name_longer_than_any_file_systems_is_refused(tmp_path: Path, name: str) -> None:
    assert only(write(tmp_path / "form", changed("blank: blank.png", f"blank: {name}"))).code == "definition-file-name"


@pytest.mark.parametrize("size", ["[0, 0]", "[0, 297]", "[210, 0]", "[-210, -297]"])
def test_a_page_without_size_is_refused(tmp_path: Path, size: str) -> None:
    with pytest.raises(DefinitionFaultsError) as caught:
        load(write(tmp_path / "form", changed("blank: blank.png", f"blank: blank.png\n    size: {size}")))
    assert {"definition-out-of-range", "definition-blank-proportions"} <= {each.code for each in caught.value.faults}


def test_a_link_to_a_file_elsewhere_is_not_followed(tmp_path: Path) -> None:
    folder = write(tmp_path / "form")
    (folder / "blank.png").rename(tmp_path / "elsewhere.png")
    (folder / "blank.png").symlink_to(tmp_path / "elsewhere.png")
    assert only(folder).code == "definition-file-name"


BANKS = "金融機関コード,支店コード,金融機関名,支店名\n0001,001,みなと銀行,本店\n0001,002,みなと銀行,東支店\n"


@pytest.mark.parametrize(
    ("master", "line"),
    [
        (BANKS + "1,003,みなと銀行,西支店\n", 4),
        (BANKS + "0001,002,みなと銀行,西支店\n", 4),
        (BANKS.replace("支店名", "店名"), 1),
        (BANKS.replace("支店名", "支店名,支店名"), 1),
        ("", 1),
        (BANKS + "0002\n", 4),
        (BANKS + '0002,001,"みなと銀行,本店\n0003,001,銀行,本店\n', 5),
        (BANKS + '0002,001,"みなと銀行,本店\n' + "0003,001,銀行,本店\n" * 20_000, None),
    ],
    ids=[
        "lost zeros",
        "branch twice",
        "column missing",
        "column twice",
        "empty",
        "short row",
        "quote left open",
        "and a long rest",
    ],
)
def test_a_bank_master_with_a_wrong_row_is_refused_by_its_line(tmp_path: Path, master: str, line: int | None) -> None:
    fault = only(write(tmp_path / "form", changed("title:", "banks: banks.csv\ntitle:"), banks_csv=master.encode()))
    assert (fault.code, fault.evidence["file"]) == ("definition-master", "banks.csv")
    assert line in (None, fault.evidence["line"])
