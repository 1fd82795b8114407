"""A glossary's file: read as spreadsheets write it, every fault told with its line."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digilab.errors import GlossaryWrongError
from digilab.glossary import sheet
from digilab.glossary.rules import Entry, Period, TermKind
from digilab.language import keys

WHOLE = (
    "用語,読み,種類,部署,業務,有効開始,有効終了,優先\r\n"
    "髙橋一郎,たかはしいちろう,人名,soumu,minutes,令和5年5月1日,2027/4/30,1\r\n"
    "中央公民館,ﾁｭｳｵｳ,地名,全庁,,,,\r\n"
)
FIRST = Entry(
    2,
    "髙橋一郎",
    "たかはしいちろう",
    TermKind.PERSON,
    "soumu",
    "minutes",
    datetime.date(2023, 5, 1),
    datetime.date(2027, 4, 30),
    dated=True,
    weight=1,
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_file_is_read_in_every_encoding_that_a_spreadsheet_writes(encoding: str) -> None:
    first, second = sheet.read_entries(WHOLE.encode(encoding))
    assert first == FIRST
    assert (second.text, second.reading, second.kind) == ("中央公民館", "チュウオウ", TermKind.PLACE)
    assert (second.department, second.service, second.begins, second.weight) == ("", "", None, None)


def test_the_wide_blank_of_rosters_is_a_blank_and_characters_of_the_citys_own_are_refused() -> None:
    (entry,) = sheet.read_entries("用語,読み\n山田　太郎 ,やまだ　たろう\n".encode("cp932"))
    assert (entry.text, entry.reading) == ("山田 太郎", "やまだ たろう")
    with pytest.raises(GlossaryWrongError) as refusal:
        sheet.read_entries("用語\n\ue000田\n".encode())
    assert "外字" in refusal.value.sentence("ja")


def test_a_reading_is_measured_as_it_is_kept() -> None:
    (entry,) = sheet.read_entries(f"用語,読み\n山本,{'ｶﾞ' * 120}\n".encode())
    assert entry.reading == "ガ" * 120
    with pytest.raises(GlossaryWrongError):  # five signs each when it is written out
        sheet.read_entries(f"用語,読み\n山本,{'㍇' * 120}\n".encode())


def test_columns_may_be_left_out_moved_and_headed_in_english() -> None:
    (entry,) = sheet.read_entries("kind,term\nordinance,個人情報保護条例\n".encode())
    assert entry == Entry(2, "個人情報保護条例", kind=TermKind.ORDINANCE)


def test_a_table_parted_by_tabs_and_empty_lines_is_read() -> None:
    entries = sheet.read_entries("用語\t読み\n\n山本\tやまもと\n\t\n田中\t\n".encode())
    assert [(entry.line, entry.text) for entry in entries] == [(3, "山本"), (5, "田中")]


FAULTS = {
    "heading": ("名前,読み\n山本,やまもと\n", 1),
    "column": ("用語,電話\n山本,1\n", 1),
    "column-twice": ("用語,term\n山本,田中\n", 1),
    "nothing": ("用語,読み\n", 1),
    "quoting": ('用語\n"山本\n', 2),
    "cells": ("用語,読み\n山本,やまもと,さん\n", 2),
    "text-missing": ("用語,読み\n,やまもと\n", 2),
    "text-signs": ("用語\n山\u200b本\n", 2),
    "text-formula": ("用語\n=HYPERLINK(1)\n", 2),
    "text-long": ("用語\n" + "長" * 61 + "\n", 2),
    "reading": ("用語,読み\n山本,yamamoto\n", 2),
    "kind": ("用語,種類\n山本,役職\n", 2),
    "date": ("用語,有効開始\n山本,来年\n", 2),
    "period": ("用語,有効開始,有効終了\n山本,2027-04-01,2027-03-31\n", 2),
    "weight": ("用語,優先\n山本,最高\n", 2),
    "twice": ("用語\n山本\n田中\n山本\n", 4),
}


@pytest.mark.parametrize(("code", "content", "line"), [(code, *case) for code, case in FAULTS.items()])
def test_a_fault_is_told_with_its_line(code: str, content: str, line: int) -> None:
    with pytest.raises(GlossaryWrongError) as refusal:
        sheet.read_entries(content.encode())
    assert line in refusal.value.lines
    words = sheet.Fault(line, code, "\0").sentence("ja").partition("\0")[0]
    assert words in refusal.value.sentence("ja")
    assert f"Line {line}:" in refusal.value.sentence("en")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04rest", "workbook"),
        (b"\xff\xff\xfe\x81", "encoding"),
        (b"a" * (sheet.MOST_BYTES + 1), "too-large"),
        (b"", "nothing"),
        (("用語\n" + "山本\n" * (sheet.MOST_LINES + 1)).encode(), "too-many"),
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes, code: str) -> None:
    with pytest.raises(GlossaryWrongError) as refusal:
        sheet.read_entries(content)
    assert sheet.Fault(1, code).sentence("ja").partition(": ")[2] in refusal.value.sentence("ja")


def test_every_faulty_line_is_told_and_many_are_counted() -> None:
    with pytest.raises(GlossaryWrongError) as refusal:
        sheet.read_entries(("用語,種類\n" + "".join(f"山本{number},役職\n" for number in range(30))).encode())
    assert refusal.value.lines == tuple(range(2, 32))
    assert "21行目" in refusal.value.sentence("ja")
    assert "ほかに10件" in refusal.value.sentence("ja")


def test_every_fault_has_its_words() -> None:
    codes = {key.removeprefix("glossary.faults.") for key in keys("ja") if key.startswith("glossary.faults.")}
    told_elsewhere = {
        "department",
        "service",
        "overlap",
        "kind-needed",
        "encoding",
        "workbook",
        "too-large",
        "too-many",
    }
    assert codes == set(FAULTS) | told_elsewhere


CELLS = st.text(st.characters(categories=("L", "N"), codec="cp932"), min_size=1, max_size=20)


@given(st.lists(CELLS, min_size=1, max_size=6, unique=True))
def test_what_is_written_reads_back(terms: list[str]) -> None:
    lines = [(term, "よみ", "人名", "", "", "2026-04-01", "", "2") for term in terms]
    assert [entry.text for entry in sheet.read_entries(sheet.written(lines))] == terms


@given(st.binary(max_size=300), st.sampled_from([b"", b"term\n", "用語,読み\n".encode("cp932")]))
def test_no_bytes_bring_the_reader_down(content: bytes, heading: bytes) -> None:
    try:
        lines = [entry.line for entry in sheet.read_entries(heading + content)]
    except GlossaryWrongError as error:
        lines = list(error.lines)
    assert lines


DAYS = st.none() | st.dates(datetime.date(2026, 1, 1), datetime.date(2026, 1, 9))


@given(DAYS, DAYS, DAYS, DAYS)
def test_periods_meet_where_a_day_is_in_both(
    begins: datetime.date | None,
    ends: datetime.date | None,
    other_begins: datetime.date | None,
    other_ends: datetime.date | None,
) -> None:
    one, other = Period(begins, ends), Period(other_begins, other_ends)
    if any(each.begins and each.ends and each.begins > each.ends for each in (one, other)):
        return
    days = [datetime.date(2025, 12, 31) + datetime.timedelta(number) for number in range(12)]
    assert one.meets(other) == other.meets(one) == any(one.holds(day) and other.holds(day) for day in days)
