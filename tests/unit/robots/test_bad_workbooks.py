"""Every broken workbook and csv of the corpus gets its own error, finding or notice, in words for a clerk."""

import random
import re
import time
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

import pytest

from bad import workbooks as made
from bad.payments import PAYMENTS
from bad.workbooks import Formatted, Formula, good
from robots.errors import RowsError
from robots.rows.check import check_files
from robots.rows.limits import Limits
from robots.rows.records import Checked, Finding

MIB = 1024 * 1024
Build = Callable[[Path], Path]


def checked(*paths: Path, limits: Limits | None = None) -> Checked:
    return check_files(PAYMENTS, [(path, path.name) for path in paths], limits)


def refusal(path: Path, limits: Limits | None = None) -> RowsError:
    with pytest.raises(RowsError) as caught:
        checked(path, limits=limits)
    return caught.value


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


def csv_of(path: Path, text: str, encoding: str = "utf-8") -> Path:
    return made.raw(path, text.encode(encoding, "surrogatepass"))


# --- the file as a whole ----------------------------------------------------------------------------------

SMALL = Limits(rows=50, bytes=2 * MIB, unpacked=8 * MIB, cells=5_000)
WITHOUT_NUMBER = [each for each in made.HEADINGS if each != "口座番号"]
RENAMED = [each.replace("支払日", "払出日") for each in made.HEADINGS]


def lost_string(path: Path) -> Path:
    return made.edited(made.workbook(path), made.SHEET, lambda content: content.replace(b"<v>0</v>", b"<v>900</v>"))


REFUSED: dict[str, tuple[str, Build, str]] = {
    "X1 XXE in a sheet": ("a.xlsx", lambda path: made.with_entities(path, made.SHEET, made.OUTSIDE), "rows-entities"),
    "X1 laughs in a sheet": ("a.xlsx", lambda path: made.with_entities(path, made.SHEET, made.LAUGHS), "rows-entities"),
    "X1 laughs in the strings": ("a.xlsx", lambda path: made.with_entities(path, "xl/sharedStrings.xml", made.LAUGHS), "rows-entities"),
    "X1 XXE in the workbook": ("a.xlsx", lambda path: made.with_entities(path, "xl/workbook.xml", made.OUTSIDE), "rows-entities"),
    "X1 laughs in the styles": ("a.xlsx", lambda path: made.with_entities(path, "xl/styles.xml", made.LAUGHS), "rows-entities"),
    "X1 laughs in the types": ("a.xlsx", lambda path: made.with_entities(path, "[Content_Types].xml", made.LAUGHS), "rows-entities"),
    "X2 bomb": ("a.xlsx", lambda path: made.bomb(path, 9), "rows-unpack-too-far"),
    "X2 rows": ("a.xlsx", lambda path: made.rows_xml(path, 400, made.good_xml), "rows-too-many"),
    "X2 cells": ("a.xlsx", lambda path: made.rows_xml(path, 20, lambda number: f'<c r="A{number}" s="0"/>' * 400), "rows-unpack-too-far"),
    "X3 corners": ("a.xlsx", made.corners, "rows-headings-missing"),
    "X4 password": ("a.xlsx", lambda path: made.compound(path, "EncryptedPackage"), "rows-locked"),
    "X5 HTML": ("a.xls", lambda path: made.raw(path, b"<html><body><table><tr><td>1</td></tr></table></body></html>"), "rows-other-type"),
    "X5 HTML named xlsx": ("a.xlsx", lambda path: made.raw(path, b"\xef\xbb\xbf\n<TABLE><tr><td>1"), "rows-other-type"),
    "X5 csv named xlsx": ("a.xlsx", lambda path: csv_of(path, made.table()), "rows-kinds-disagree"),
    "X5 csv named xls": ("a.xls", lambda path: csv_of(path, made.table(), "cp932"), "rows-kinds-disagree"),
    "X5 XML named xls": ("a.xls", lambda path: made.raw(path, b'<?xml version="1.0"?><Workbook/>'), "rows-other-type"),
    "X5 workbook named csv": ("a.csv", lambda path: made.workbook(path), "rows-kinds-disagree"),
    "X5 PDF": ("a.xlsx", lambda path: made.raw(path, b"%PDF-1.7\n"), "rows-other-type"),
    "X5 Word": ("a.xlsx", made.document, "rows-other-type"),
    "X5 picture": ("a.csv", lambda path: made.raw(path, b"\x89PNG\r\n\x1a\n" + bytes(range(256))), "rows-other-type"),
    "X5 noise": ("a.csv", lambda path: made.raw(path, bytes(range(256)) * 20), "rows-other-type"),
    "X6 xls": ("a.xls", lambda path: made.compound(path, "Workbook"), "rows-other-type"),
    "X6 xlsb": ("a.xlsb", made.binary_workbook, "rows-other-type"),
    "X6 ods": ("a.ods", made.open_document, "rows-other-type"),
    "X6 strict": ("a.xlsx", made.strict, "rows-other-type"),
    "X15 missing": ("a.xlsx", lambda path: made.workbook(path, headings=WITHOUT_NUMBER), "rows-columns-missing"),
    "X15 renamed": ("a.xlsx", lambda path: made.workbook(path, headings=RENAMED), "rows-columns-missing"),
    "X15 twice": ("a.xlsx", lambda path: made.workbook(path, headings=[*made.HEADINGS, "金額"]), "rows-column-twice"),
    "X16 headings only": ("a.xlsx", lambda path: made.workbook(path, []), "rows-none"),
    "X16 headings only, csv": ("a.csv", lambda path: csv_of(path, made.table([])), "rows-none"),
    "X19 mixed": ("a.csv", lambda path: made.raw(path, made.table().encode() + "010100,1,塚本\r\n".encode("cp932") * 9), "rows-encoding"),
    "X19 cut character": ("a.csv", lambda path: made.raw(path, made.table().encode("cp932") + b"\x8d"), "rows-encoding"),
    "X19 quote": ("a.csv", lambda path: csv_of(path, made.table() + '010100,"1200,2026/11/30\r\n'), "rows-quote"),
    "X19 quote within": ("a.csv", lambda path: csv_of(path, made.table() + '"010100"x,1200\r\n'), "rows-quote"),
    "empty": ("a.xlsx", lambda path: made.raw(path, b""), "rows-empty"),
    "cut": ("a.xlsx", lambda path: made.raw(path, made.workbook(path).read_bytes()[:3000]), "rows-broken"),
    "cut sheet": ("a.xlsx", lambda path: made.edited(made.workbook(path), made.SHEET, lambda content: content[:-200]), "rows-broken"),
    "string that is not there": ("a.xlsx", lost_string, "rows-broken"),
    "too large": ("a.csv", lambda path: made.raw(path, b"1,2\n" * MIB), "rows-too-large"),
    "something else": ("a.csv", lambda path: csv_of(path, "a,b\r\n1,2\r\n"), "rows-headings-missing"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_read_is_refused_in_words(case: str, tmp_path: Path) -> None:
    name, build, code = REFUSED[case]
    error = refusal(build(tmp_path / name), SMALL)
    assert error.code == code
    for language in ("ja", "en"):
        assert name in error.sentence(language)


@pytest.mark.parametrize(
    ("case", "found"),
    [("X4 password", "パスワード"), ("X5 HTML", "HTML"), ("X6 xls", ".xls"), ("X6 xlsb", ".xlsb"), ("X6 ods", ".ods"),
     ("X6 strict", "Strict"), ("X5 Word", "Word"), ("X15 missing", "口座番号"), ("X15 renamed", "払出日"), ("X15 twice", "B、J"),
     ("X19 quote", "3行目"), ("X19 quote within", "3行目"), ("X19 mixed", "3行目"), ("X19 cut character", "3行目")],
)  # fmt: skip
def test_the_refusal_says_what_it_is_and_where(case: str, found: str, tmp_path: Path) -> None:
    name, build, _ = REFUSED[case]
    assert found in refusal(build(tmp_path / name)).sentence()


def test_x3_a_cell_in_the_last_corner_costs_nothing_and_is_told(tmp_path: Path) -> None:
    path = made.far_cell(tmp_path / "a.xlsx")
    began = time.monotonic()
    found = checked(path)
    assert time.monotonic() - began < 5
    assert len(found.rows) == 1
    assert "rows-outside" in codes(found.notices)
    assert "1048576" in found.notices[0].sentence()


@pytest.mark.parametrize("name", ["a.xlsm", "a.xlsx"])
def test_x7_macros_are_not_run_and_told(name: str, tmp_path: Path) -> None:
    found = checked(made.with_macros(tmp_path / name))
    assert len(found.rows) == 1
    assert "macros-ignored" in codes(found.notices)


def test_a_stored_file_needs_no_ending(tmp_path: Path) -> None:
    path = made.workbook(tmp_path / "original-7")
    assert len(check_files(PAYMENTS, [(path, "支払.xlsx")]).rows) == 1


# --- cell by cell -----------------------------------------------------------------------------------------

CELLS: dict[str, tuple[str, object, str]] = {
    "X9 formula never calculated": ("金額", Formula("=1000+200", ""), "cell-formula-empty"),
    "X9 #REF!": ("金額", Formula("=#REF!", "#REF!"), "cell-error"),
    "X9 #N/A": ("債権者名", Formula("=VLOOKUP(1,A1:A2,1,0)", "#N/A"), "cell-error"),
    "X9 another workbook": ("金額", Formula("=[1]支払!A1", 1200), "cell-external"),
    "X9 another workbook's sheet with blanks": ("金額", Formula("='[2]支払 4月'!A1+1", 1200), "cell-external"),
    "X10 lost zeros": ("口座番号", 12345, "digits-zeros-lost"),
    "X10 lost zeros in text": ("所属コード", "10100", "digits-zeros-lost"),
    "X10 too many digits": ("所属コード", 1010001, "digits-length"),
    "X10 16 digits": ("起案番号", 12345678901234567890, "digits-rounded"),
    "X10 16 digits of money": ("金額", 1234567890123456, "amount-rounded"),
    "X10 16 digits in text": ("摘要", 1234567890123456789, "digits-rounded"),
    "X10 powers of ten": ("起案番号", "1.23E+12", "digits-powers"),
    "X10 powers of ten as money": ("金額", "1.23E+12", "amount-powers"),
    "X10 a code that became a date": ("起案番号", date(2026, 4, 1), "digits-date"),
    "X10 text that became a date": ("摘要", date(2026, 4, 1), "text-date"),
    "X10 kana that became a date": ("口座名義", date(2026, 4, 1), "text-date"),
    "X10 money that became a date": ("金額", date(2026, 4, 1), "amount-date"),
    "X10 a code with a fraction": ("起案番号", 12.5, "digits-other"),
    "X10 a code with hyphens": ("起案番号", "12-34", "digits-hyphen"),
    "X11 30 February": ("支払日", "令和6年2月30日", "date-impossible"),
    "X11 month 13": ("支払日", "R6.13.1", "date-impossible"),
    "X11 29 February 2023": ("支払日", "2023/2/29", "date-impossible"),
    "X11 no era": ("支払日", "6.4.1", "date-era-missing"),
    "X11 first year without an era": ("支払日", "元年5月1日", "date-era-missing"),
    "X11 before the era": ("支払日", "令和元年4月30日", "date-before-era"),
    "X11 long after the era": ("支払日", "昭和101年4月1日", "date-impossible"),
    "X11 平成 38": ("支払日", "平成38年4月1日", "date-era-long-over"),
    "X11 year last": ("支払日", "4/1/2026", "date-order"),
    "X11 words": ("支払日", "月末", "date-unreadable"),
    "X11 number that may be an era's": ("支払日", 60401, "date-number"),
    "X11 number 6 as a date": ("支払日", Formatted(6, "yyyy/m/d"), "date-improbable"),
    "X11 number 60 as a date": ("支払日", Formatted(60, "yyyy/m/d"), "date-improbable"),
    "X11 no such serial": ("支払日", Formatted(-5, "yyyy/m/d"), "cell-unreadable"),
    "X11 wrong weekday": ("支払日", "2026年11月30日(火)", "date-weekday"),
    "X12 fraction": ("金額", 1200.5, "amount-fraction"),
    "X12 commas": ("金額", "1,00", "amount-unreadable"),
    "X12 words": ("金額", "千二百円", "amount-unreadable"),
    "X12 two signs": ("金額", "▲(1,000)", "amount-unreadable"),
    "X12 less than nothing": ("金額", "▲1,000", "amount-too-small"),
    "X12 too much": ("金額", 100_000_000, "amount-too-large"),
    "X13 blanks only": ("債権者名", " 　\u00a0", "cell-empty"),
    "X20 𠮷": ("債権者名", "𠮷野商店", "text-not-in-codepage"),
    "X20 em dash": ("摘要", "電話\u2014移設", "text-not-in-codepage"),
    "X20 €": ("摘要", "€", "text-not-in-codepage"),
    "X20 NFD": ("債権者名", "カ\u3099ス会社", "text-not-in-codepage"),
    "X20 IVS": ("債権者名", "葛\U000e0100城商店", "text-not-in-codepage"),
    "X20 ㋿": ("摘要", "㋿8年度", "text-not-in-codepage"),
    "X21 外字": ("債権者名", "\ue000田商店", "text-private-character"),
    "X21 外字 beyond the plane": ("債権者名", "\U000f0000田", "text-private-character"),
    "X24 half a character": ("債権者名", "塚本_xD83D_", "text-half-character"),
    "X24 half a character in kana": ("口座名義", "ﾂｶﾓﾄ_xDC00_", "text-half-character"),
    "control sign": ("摘要", "a_x0001_b", "text-control-character"),
    "lost in conversion": ("摘要", "塚本\ufffd", "text-character-lost"),
    "kanji in kana": ("口座名義", "塚本商店", "kana-foreign"),
    "kana too long with its marks": ("口座名義", "ガ" * 16, "kana-too-long"),
    "R1 longer than the field": ("摘要", "あ" * 20, "text-too-long"),
    "no such choice": ("預金種目", "定期", "choice-unknown"),
    "TRUE": ("摘要", True, "cell-yes-no"),
    "empty": ("債権者名", "", "cell-empty"),
    "a rule of the flow": ("金額", 77_777_777, "amount-unreadable"),
}  # fmt: skip


def escapes_kept(path: Path, row: Mapping[str, object]) -> Path:
    """XlsxWriter escapes `_x0001_` anew; Excel itself writes such signs so."""
    return made.edited(
        made.workbook(path, [row]), "xl/sharedStrings.xml", lambda content: content.replace(b"_x005F_", b"_")
    )


@pytest.mark.parametrize("case", CELLS)
def test_a_cell_that_cannot_be_keyed_is_listed_with_its_place_and_the_others_go_on(case: str, tmp_path: Path) -> None:
    heading, content, code = CELLS[case]
    path = escapes_kept(tmp_path / "支払.xlsx", good(**{heading: content}))
    made_too = made.workbook(tmp_path / "good.xlsx")
    found = checked(made_too, path)
    assert [row.number for row in found.rows] == [1]
    (refused,) = found.refused
    (finding,) = refused.findings
    assert (refused.number, finding.code) == (2, code)
    column = "ABCDEFGHI"[made.HEADINGS.index(heading)]
    for language, place in (("ja", f"2行目{column}列"), ("en", f"row 2, column {column}")):
        sentence = finding.sentence(language)
        assert "支払.xlsx" in sentence
        assert place in sentence
        assert heading in sentence


def test_what_a_secret_column_holds_stands_in_no_sentence(tmp_path: Path) -> None:
    (refused,) = checked(made.workbook(tmp_path / "a.xlsx", [good(口座番号="98765")])).refused
    assert refused.raw["number"] == "98765"
    assert "98765" not in refused.findings[0].sentence() + str(refused.findings[0].evidence)


UNDERSTOOD: dict[str, tuple[str, object, str, str, str]] = {
    "X9 formula": ("金額", Formula("=1000+200", 1200), "amount", "1200", "cell-formula"),
    "X9 formula of a text": ("債権者名", Formula('="塚本"&"商店"', "塚本商店"), "payee", "塚本商店", "cell-formula"),
    "X10 zeros by the format": ("口座番号", Formatted(12345, "0000000"), "number", "0012345", "digits-as-shown"),
    "X10 number of no fixed length": ("起案番号", 12345, "slip", "12345", "digits-number"),
    "X11 serial without a format": ("支払日", 46356, "pay_on", "2026-11-30", "date-serial"),
    "X11 和暦": ("支払日", "令和8年11月30日", "pay_on", "2026-11-30", "date-understood"),
    "X11 letter": ("支払日", "R8.11.30", "pay_on", "2026-11-30", "date-understood"),
    "X11 first year": ("支払日", "令和元年5月1日", "pay_on", "2019-05-01", "date-understood"),
    "X11 平成31年5月1日": ("支払日", "平成31年5月1日", "pay_on", "2019-05-01", "date-era-over"),
    "X11 昭和64年1月8日": ("支払日", "昭和64年1月8日", "pay_on", "1989-01-08", "date-era-over"),
    "X11 with a time": ("支払日", datetime(2026, 11, 30, 9, 30), "pay_on", "2026-11-30", "date-time-dropped"),  # noqa: DTZ001
    "X12 full width": ("金額", "１，２００円", "amount", "1200", "amount-understood"),
    "X12 yen sign": ("金額", "￥1,200-", "amount", "1200", "amount-understood"),
    "X12 金…也": ("金額", "金1,200円也", "amount", "1200", "amount-understood"),
    "X13 line break": ("摘要", "消耗品\n用紙", "summary", "消耗品 用紙", "text-line-joined"),
    "X13 tab": ("摘要", "消耗品\t用紙", "summary", "消耗品 用紙", "text-line-joined"),
    "X13 NBSP": ("債権者名", "塚本\u00a0商店", "payee", "塚本 商店", "text-blank-replaced"),
    "X13 zero width": ("債権者名", "塚本\u200b商店", "payee", "塚本商店", "text-invisible-removed"),
    "X13 carriage return": ("摘要", "消耗品_x000D_\n用紙", "summary", "消耗品 用紙", "text-line-joined"),
    "X18 command": ("摘要", "=cmd|' /C calc'!A0", "summary", "=cmd|' /C calc'!A0", "text-like-formula"),
    "X18 @": ("摘要", "@SUM(A1)", "summary", "@SUM(A1)", "text-like-formula"),
    "X18 full width": ("摘要", "＝HYPERLINK", "summary", "＝HYPERLINK", "text-like-formula"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNDERSTOOD)
def test_what_is_understood_is_shown_as_understood(case: str, tmp_path: Path) -> None:
    heading, content, column, text, code = UNDERSTOOD[case]
    found = checked(escapes_kept(tmp_path / "a.xlsx", good(**{heading: content})))
    assert [row.values[column] for row in found.rows] == [text]
    assert code in codes(found.notices)
    assert not any(notice.refuses for notice in found.notices)


KEPT: dict[str, tuple[str, object, str, str]] = {
    "X10 number stored as text": ("金額", "1200", "amount", "1200"),
    "X10 zeros in text": ("所属コード", "010100", "department", "010100"),
    "X10 full width": ("所属コード", "０１０１００", "department", "010100"),
    "X11 leap day": ("支払日", "2024/2/29", "pay_on", "2024-02-29"),
    "X11 full width": ("支払日", "２０２６／１１／３０", "pay_on", "2026-11-30"),
    "X11 eight digits": ("支払日", 20261130, "pay_on", "2026-11-30"),
    "X11 和暦 by its format": ("支払日", Formatted(46356, '[$-411]ggge"年"m"月"d"日"'), "pay_on", "2026-11-30"),
    "X11 with its weekday": ("支払日", "2026年11月30日（月）", "pay_on", "2026-11-30"),
    "X12 commas": ("金額", "1,200", "amount", "1200"),
    "X13 ends": ("債権者名", " 塚本商店　", "payee", "塚本商店"),
    "X18 telephone": ("摘要", "+81-3", "summary", "+81-3"),
    "X18 less": ("摘要", "-100", "summary", "-100"),
    "X20 wave dash of another code": ("摘要", "4月\u301c6月", "summary", "4月\uff5e6月"),
    "X20 minus of another code": ("摘要", "A\u2212B", "summary", "A\uff0dB"),
    "X22 compatibility kanji": ("債権者名", "\ufa10本\ufa19社\ufa1b祉", "payee", "\ufa10本\ufa19社\ufa1b祉"),
    "X22 髙﨑": ("債権者名", "髙﨑商店", "payee", "髙﨑商店"),
    "X25 waves": ("債権者名", "１２３～～株式会社", "payee", "１２３～～株式会社"),
    "kana in full width": ("口座名義", "カ）ツカモトショウテン", "holder", "ｶ)ﾂｶﾓﾄｼﾖｳﾃﾝ"),
    "kana in hiragana": ("口座名義", "つかもと しょうてん", "holder", "ﾂｶﾓﾄ ｼﾖｳﾃﾝ"),
    "choice by its code": ("預金種目", "2", "kind", "2"),
    "choice that lost its zero": ("預金種目", 9, "kind", "09"),
    "choice by both": ("預金種目", "1 普通", "kind", "1"),
    "choice in full width": ("預金種目", "１：普通", "kind", "1"),
}  # fmt: skip


@pytest.mark.parametrize("case", KEPT)
def test_what_is_plain_is_taken_without_a_word(case: str, tmp_path: Path) -> None:
    heading, content, column, text = KEPT[case]
    found = checked(made.workbook(tmp_path / "a.xlsx", [good(**{heading: content})]))
    assert [row.values[column] for row in found.rows] == [text]
    assert codes(found.notices) == []


def test_x11_serials_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    path = made.workbook(
        tmp_path / "a.xlsx", [good(), good(支払日=46356 - 1462, 摘要="別")], options={"date_1904": True}
    )
    assert [row.values["pay_on"] for row in checked(path).rows] == ["2026-11-30", "2026-11-30"]


@pytest.mark.parametrize("format_id", [27, 28, 30, 31, 36, 50, 57, 58])
def test_x11_formats_that_only_japan_has_are_dates(format_id: int, tmp_path: Path) -> None:
    path = made.workbook(tmp_path / "a.xlsx", [good(支払日=Formatted(46356, "0.000"))])

    def edit(styles: bytes) -> bytes:
        bare = re.sub(b"<numFmts.*?</numFmts>", b"", styles)
        return bare.replace(b'numFmtId="164"', f'numFmtId="{format_id}"'.encode())

    made.edited(path, "xl/styles.xml", edit)
    found = checked(path)
    assert [row.values["pay_on"] for row in found.rows] == ["2026-11-30"]
    assert codes(found.notices) == []


def test_x14_a_row_twice_is_told_and_left_to_the_ledger_to_stop(tmp_path: Path) -> None:
    rows = [good(), good(摘要="別の件"), good(), good(債権者名="塚本　商店")]
    found = checked(made.workbook(tmp_path / "a.xlsx", rows))
    assert len(found.rows) == 4
    twins = [notice for notice in found.notices if notice.code == "row-twice"]
    assert [twin.place.line for twin in twins] == [4, 5]
    assert "2行目" in twins[0].sentence()


def test_x14_a_row_of_another_file_is_told_too(tmp_path: Path) -> None:
    found = checked(made.workbook(tmp_path / "a.xlsx"), csv_of(tmp_path / "b.csv", made.table()))
    assert [row.number for row in found.rows] == [1, 2]
    (twin,) = (notice for notice in found.notices if notice.code == "row-twice")
    assert "a.xlsx" in twin.sentence()
    assert twin.place.file == "b.csv"


def test_x15_order_and_strangers_do_not_matter_and_an_optional_column_may_be_missing(tmp_path: Path) -> None:
    headings = ["備考", *reversed(made.HEADINGS[:7]), "担当"]
    found = checked(made.workbook(tmp_path / "a.xlsx", [good(備考="x")], headings=headings))
    (row,) = found.rows
    assert (row.values["department"], row.values["summary"]) == ("010100", "")
    assert codes(found.notices) == ["columns-extra", "column-absent"]
    assert "備考、担当" in found.notices[0].sentence()


# --- csv --------------------------------------------------------------------------------------------------

ENCODINGS = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with its mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16 with its mark": lambda text: text.encode("utf-16"),
    "UTF-16, big end first": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "UTF-16 without": lambda text: text.encode("utf-16-le"),
    "cp932": lambda text: text.encode("cp932"),
    "EUC-JP": made.euc_jp,
    "ISO-2022-JP": made.iso_2022_jp,
}


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_x19_encodings_and_separators_are_recognised(encoding: str, separator: str, tmp_path: Path) -> None:
    rows = [
        good(債権者名="塚本商店、ソ表能予", 摘要="①～ｱ分", 口座名義="ツカモト"),
        good(債権者名="神社", 摘要="a,b;c"),
    ]
    text = made.table(rows, separator=separator)
    found = checked(made.raw(tmp_path / "a.csv", ENCODINGS[encoding](text)))
    assert [row.values["payee"] for row in found.rows] == ["塚本商店、ソ表能予", "神社"]
    assert [row.values["summary"] for row in found.rows] == [
        "①～ｱ分",
        "a,b;c",
    ]
    assert codes(found.notices) == ["encoding-told"]
    assert encoding.split()[0].rstrip(",") in found.notices[0].sentence()


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
def test_x19_any_line_end_will_do_and_lines_are_counted(ending: str, tmp_path: Path) -> None:
    text = made.table([good(), good(支払日="6.4.1", 摘要="二行\r\nにわたる"), good(支払日="月末")]).replace(
        "\r\n", ending
    )
    found = checked(csv_of(tmp_path / "a.csv", text))
    assert [row.place.line for row in (*found.rows, *found.refused)] == [2, 3, 5]


def test_x19_nul_in_a_cell_is_listed(tmp_path: Path) -> None:
    found = checked(csv_of(tmp_path / "a.csv", made.table([good(), good(摘要="a\0b")])))
    (refused,) = found.refused
    assert refused.findings[0].code == "text-control-character"
    assert "\0" not in refused.raw["summary"]


def test_x19_a_comma_within_a_value_that_shifts_all_others_is_refused(tmp_path: Path) -> None:
    text = made.table() + "010100,1,200,2026/11/30,塚本商店,普通,0012345,ﾂｶﾓﾄ,消耗品,1\r\n"
    (refused,) = checked(csv_of(tmp_path / "a.csv", text)).refused
    assert "row-too-long" in codes(refused.findings)


@pytest.mark.parametrize("written", ['"=""0012345"""', "'0012345"])
def test_x10_the_ways_in_which_people_keep_zeros_in_csv_are_understood(written: str, tmp_path: Path) -> None:
    text = made.table().replace("0012345", written)
    assert [row.values["number"] for row in checked(csv_of(tmp_path / "a.csv", text)).rows] == ["0012345"]


def test_x24_half_a_character_in_csv_is_listed_and_what_is_kept_can_be_stored(tmp_path: Path) -> None:
    (refused,) = checked(csv_of(tmp_path / "a.csv", made.table([good(債権者名="塚本\ud83d")]))).refused
    assert refused.findings[0].code == "text-half-character"
    refused.raw["payee"].encode()
    refused.findings[0].sentence().encode()


@pytest.mark.parametrize(
    ("one", "other"), [(b"\x87\x90", b"\x81\xe0"), (b"\xfa\x54", b"\x81\xca"), (b"\xfa\x5c", b"\xed\x40")]
)
def test_x23_one_character_under_two_codes_is_one_character(one: bytes, other: bytes, tmp_path: Path) -> None:
    table = made.table([good(摘要="@@"), good(摘要="@@")]).encode("cp932")
    found = checked(made.raw(tmp_path / "a.csv", table.replace(b"@@", one, 1).replace(b"@@", other, 1)))
    assert len({row.values["summary"] for row in found.rows}) == 1
    assert "row-twice" in codes(found.notices)


# --- how much ---------------------------------------------------------------------------------------------


def test_x17_one_row_more_than_the_limit_is_refused_over_all_files(tmp_path: Path) -> None:
    first = made.rows_xml(tmp_path / "a.xlsx", 30, made.good_xml)
    second = made.rows_xml(tmp_path / "b.xlsx", 21, made.good_xml)
    assert len(checked(first, limits=SMALL).rows) == 30
    with pytest.raises(RowsError) as caught:
        checked(first, second, limits=SMALL)
    assert caught.value.code == "rows-too-many"
    assert "50" in caught.value.sentence()


def test_x2_a_sheet_of_200_000_empty_rows_is_walked_quickly(tmp_path: Path) -> None:
    path = made.rows_xml(tmp_path / "a.xlsx", 200_000, lambda number: "" if number > 2 else made.good_xml(number))
    began = time.monotonic()
    assert len(checked(path).rows) == 1
    assert time.monotonic() - began < 30


# --- whatever comes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_workbook_with_any_few_bytes_changed_gets_an_answer(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    whole = made.workbook(tmp_path / "a.xlsx", [good(摘要="1"), good(摘要="2", 支払日=Formatted(46356, "yyyy/m/d"))])
    with zipfile.ZipFile(whole) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
    answers = set()
    for number in range(60):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(whole.read_bytes())
        if number % 3:
            made.edited(path, draw.choice(names), lambda content: made.scratched(content, draw))
        else:
            path.write_bytes(made.scratched(path.read_bytes(), draw))
        try:
            answers.add(len(checked(path).rows))
        except RowsError as error:
            answers.add(error.sentence())
    assert len(answers) > 2


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_csv_with_any_few_bytes_changed_gets_an_answer_that_can_be_stored(encoding: str, tmp_path: Path) -> None:
    draw = random.Random(encoding)
    whole = ENCODINGS[encoding](made.table([good(摘要="1"), good(摘要="2")]))
    said: list[str] = []
    for number in range(150):
        path = made.raw(tmp_path / f"{number}.csv", made.scratched(whole, draw))
        try:
            found = checked(path)
        except RowsError as error:
            said.append(error.sentence())
        else:
            said += [finding.sentence() for row in found.refused for finding in row.findings]
            said += [finding.sentence() for finding in found.notices]
            said += [text for row in found.refused for text in row.raw.values()]
    assert all(text.encode() is not None for text in said)
    assert len(set(said)) > 5
