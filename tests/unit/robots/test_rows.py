"""What becomes of a sheet's shape: titles, two-line headings, merged, hidden and filtered cells, totals (X8), several sheets and files."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bad import workbooks as made
from bad.payments import PAYMENTS
from bad.workbooks import Formula, good
from robots.errors import RowsError
from robots.rows.check import check_files
from robots.rows.key import business_key, payload_hash
from robots.rows.plain import (
    finding_from_json,
    finding_to_json,
    refused_from_json,
    refused_to_json,
    row_from_json,
    row_to_json,
)
from robots.rows.records import Checked

ROWS = [good(摘要=f"消耗品{number}") for number in range(1, 6)]


def checked(*paths: Path) -> Checked:
    return check_files(PAYMENTS, [(path, path.name) for path in paths])


def lines(found: Checked) -> list[int]:
    return [row.place.line for row in found.rows]


def told(found: Checked, code: str) -> str:
    (notice,) = (each for each in found.notices if each.code == code)
    return notice.sentence()


def test_titles_above_the_headings_are_left_out_and_told(tmp_path: Path) -> None:
    above = [["令和8年度 支払一覧"], [], ["作成", "", "金額は税込"]]
    found = checked(made.workbook(tmp_path / "a.xlsx", ROWS, above=above))
    assert lines(found) == [5, 6, 7, 8, 9]
    assert "見出しより上の2行" in told(found, "sheet-title")


def test_headings_of_two_lines_are_read_as_one(tmp_path: Path) -> None:
    upper = ["所属コード", "金額", "支払日", "債権者名", "振込先", "", "", "摘要", "起案番号"]
    lower = ["", "", "", "", "預金種目", "口座番号", "口座名義", "", ""]

    def two(_: Any, sheet: Any) -> None:
        for line, table in enumerate((upper, lower)):
            for place, heading in enumerate(table):
                sheet.write_string(line, place, heading)
        sheet.merge_range("E1:G1", "振込先")
        for letter, heading in zip("ABCDHI", [*upper[:4], *upper[7:]], strict=True):
            sheet.merge_range(f"{letter}1:{letter}2", heading)

    found = checked(made.workbook(tmp_path / "b.xlsx", ROWS, above=[[]], more=two))
    assert lines(found) == [3, 4, 5, 6, 7]
    assert "1–2行目" in told(found, "sheet-two-lines")


def test_hidden_rows_are_left_out_and_named(tmp_path: Path) -> None:
    def hide(_: Any, sheet: Any) -> None:
        for line in (2, 3, 5):
            sheet.set_row(line, None, None, {"hidden": True})

    found = checked(made.workbook(tmp_path / "a.xlsx", ROWS, more=hide))
    assert lines(found) == [2, 5]
    assert [row.number for row in found.rows] == [1, 2]
    assert "3–4、6行目" in told(found, "rows-hidden")


def test_rows_behind_a_filter_are_left_out_and_named(tmp_path: Path) -> None:
    def hide(_: Any, sheet: Any) -> None:
        sheet.autofilter("A1:I6")
        sheet.filter_column("H", "x == 消耗品1")
        sheet.set_row(4, None, None, {"hidden": True})

    found = checked(made.workbook(tmp_path / "a.xlsx", ROWS, more=hide))
    assert lines(found) == [2, 3, 4, 6]
    assert "5行目" in told(found, "rows-filtered")


def test_hidden_columns_are_read_and_told(tmp_path: Path) -> None:
    found = checked(
        made.workbook(
            tmp_path / "a.xlsx", ROWS, more=lambda _, sheet: sheet.set_column("F:G", None, None, {"hidden": True})
        )
    )
    assert len(found.rows) == 5
    assert "口座番号、口座名義" in told(found, "columns-hidden")


def test_hidden_sheets_are_left_out_and_told_and_all_others_are_read(tmp_path: Path) -> None:
    def sheets(book: Any, _: Any) -> None:
        for name in ("12月", "控え", "メモ"):
            more = book.add_worksheet(name)
            for line, row in enumerate([dict(zip(made.HEADINGS, made.HEADINGS, strict=True)), good(摘要=name)]):
                for place, heading in enumerate(made.HEADINGS):
                    made.put(book, more, line, place, row[heading] if name != "メモ" else "覚え")
            if name == "控え":
                more.hide()

    found = checked(made.workbook(tmp_path / "a.xlsx", ROWS, more=sheets))
    assert [(row.place.sheet, row.number) for row in found.rows][-2:] == [("一覧", 5), ("12月", 6)]
    assert "控え" in told(found, "sheet-hidden")
    assert "メモ" in told(found, "sheet-other")


def test_a_list_of_payees_beside_the_rows_is_no_sheet_of_rows(tmp_path: Path) -> None:
    def payees(book: Any, _: Any) -> None:
        book.add_worksheet("債権者").write_row(0, 0, ["債権者名", "口座番号", "口座名義"])

    found = checked(made.workbook(tmp_path / "a.xlsx", ROWS, more=payees))
    assert len(found.rows) == 5
    assert "債権者" in told(found, "sheet-other")


@pytest.mark.parametrize("word", ["合計", "合　計", "小計", "【総計】", "Total"])
def test_totals_are_left_out_and_told(word: str, tmp_path: Path) -> None:
    total = {"所属コード": word, "金額": Formula("=SUM(B2:B6)", 6000)}
    found = checked(made.workbook(tmp_path / "a.xlsx", [*ROWS, total]))
    assert lines(found) == [2, 3, 4, 5, 6]
    assert "7行目" in told(found, "rows-total")
    assert not [each for each in found.notices if each.code == "total-differs"]


def test_a_total_that_is_not_the_sum_is_told(tmp_path: Path) -> None:
    found = checked(made.workbook(tmp_path / "a.xlsx", [*ROWS, {"所属コード": "合計", "金額": 7200}]))
    assert "7,200円" in told(found, "total-differs")
    assert "6,000円" in told(found, "total-differs")


def test_a_sum_without_a_word_is_no_row(tmp_path: Path) -> None:
    found = checked(made.workbook(tmp_path / "a.xlsx", [*ROWS, {"金額": Formula("=SUM(B2:B6)", 6000)}]))
    assert (len(found.rows), len(found.refused)) == (5, 0)


def test_a_whole_row_that_happens_to_say_total_is_a_row(tmp_path: Path) -> None:
    assert len(checked(made.workbook(tmp_path / "a.xlsx", [good(摘要="合計")])).rows) == 1


def test_headings_that_come_again_are_left_out(tmp_path: Path) -> None:
    again = dict(zip(made.HEADINGS, made.HEADINGS, strict=True))
    found = checked(made.workbook(tmp_path / "a.xlsx", [*ROWS[:2], again, *ROWS[2:]]))
    assert lines(found) == [2, 3, 5, 6, 7]
    assert "4行目" in told(found, "rows-heading-again")


def test_rows_merged_over_several_lines_are_refused_whole(tmp_path: Path) -> None:
    rows = [ROWS[0], good(摘要="上"), good(摘要="下", 債権者名=""), ROWS[3]]
    found = checked(
        made.workbook(tmp_path / "a.xlsx", rows, more=lambda _, sheet: sheet.merge_range("D3:D4", "塚本商店"))
    )
    assert lines(found) == [2, 5]
    assert [[finding.code for finding in row.findings] for row in found.refused] == [["row-merged"], ["row-merged"]]
    assert "D3:D4" in found.refused[0].findings[0].sentence()
    assert [row.number for row in found.refused] == [2, 3]


def test_cells_merged_to_the_right_over_columns_of_nobody_are_harmless(tmp_path: Path) -> None:
    found = checked(made.workbook(tmp_path / "a.xlsx", ROWS, more=lambda _, sheet: sheet.merge_range("I2:K2", "")))
    assert len(found.rows) == 5
    assert "I2:K2" in told(found, "cells-merged")


def test_furigana_is_no_part_of_a_name(tmp_path: Path) -> None:
    def furigana(content: bytes) -> bytes:
        plain = "<t>塚本商店</t>".encode()
        return content.replace(
            plain, plain + "<rPh sb='0' eb='2'><t>ツカモト</t></rPh><phoneticPr fontId='1'/>".encode()
        )

    path = made.edited(made.workbook(tmp_path / "a.xlsx"), "xl/sharedStrings.xml", furigana)
    assert checked(path).rows[0].values["payee"] == "塚本商店"


def test_rich_text_is_one_text(tmp_path: Path) -> None:
    rich = "<r><t>塚本</t></r><r><rPr><b/></rPr><t>商店</t></r>".encode()
    path = made.edited(
        made.workbook(tmp_path / "a.xlsx"),
        "xl/sharedStrings.xml",
        lambda content: content.replace("<t>塚本商店</t>".encode(), rich),
    )
    assert checked(path).rows[0].values["payee"] == "塚本商店"


def test_numbers_count_over_all_files_and_refused_rows_count_too(tmp_path: Path) -> None:
    first = made.workbook(tmp_path / "a.xlsx", [ROWS[0], good(支払日="月末"), ROWS[1]])
    second = made.raw(tmp_path / "b.csv", made.table([ROWS[2], ROWS[3]]).encode("cp932"))
    found = checked(first, second)
    assert [(row.number, row.place.file, row.place.line) for row in found.rows] == [
        (1, "a.xlsx", 2), (3, "a.xlsx", 4), (4, "b.csv", 2), (5, "b.csv", 3)
    ]  # fmt: skip
    assert [row.number for row in found.refused] == [2]


def test_a_bad_file_refuses_the_good_ones_beside_it(tmp_path: Path) -> None:
    with pytest.raises(RowsError):
        checked(made.workbook(tmp_path / "a.xlsx"), made.raw(tmp_path / "b.csv", b"a,b\n"))


def test_one_notice_tells_of_all_cells_of_a_column(tmp_path: Path) -> None:
    rows = [good(支払日=f"R8.11.{day}", 摘要=str(day)) for day in range(1, 31)]
    found = checked(made.workbook(tmp_path / "a.xlsx", rows))
    (notice,) = found.notices
    assert (notice.code, notice.count) == ("date-understood", 30)
    assert "ほか29か所" in notice.sentence()


def test_every_cell_that_is_wrong_is_told_not_the_first_only(tmp_path: Path) -> None:
    (refused,) = checked(made.workbook(tmp_path / "a.xlsx", [good(支払日="月末", 金額="千円", 債権者名="")])).refused
    assert {finding.place.column for finding in refused.findings} == {"B", "C", "D"}


def test_rows_survive_as_json(tmp_path: Path) -> None:
    found = checked(made.workbook(tmp_path / "a.xlsx", [*ROWS, good(支払日="月末"), good(支払日="R8.4.1")]))
    assert tuple(row_from_json(row_to_json(row)) for row in found.rows) == found.rows
    assert tuple(refused_from_json(refused_to_json(row)) for row in found.refused) == found.refused
    assert tuple(finding_from_json(finding_to_json(each)) for each in found.notices) == found.notices


# --- keys -------------------------------------------------------------------------------------------------

VALUES = {"department": "010100", "amount": "1200", "pay_on": "2026-11-30", "payee": "塚本商店", "summary": "消耗品"}


@pytest.mark.parametrize("payee", ["塚本　商店", "\ufa10本商店"])
def test_a_business_case_stays_the_same_in_another_width_or_glyph(payee: str) -> None:
    assert business_key(PAYMENTS, {**VALUES, "payee": payee}) == business_key(PAYMENTS, VALUES)


@pytest.mark.parametrize(
    "changed", [{"amount": "1201"}, {"pay_on": "2026-12-01"}, {"payee": "塚原商店"}, {"department": "010200"}]
)
def test_another_value_is_another_case(changed: dict[str, str]) -> None:
    assert business_key(PAYMENTS, VALUES | changed) != business_key(PAYMENTS, VALUES)


def test_what_is_no_part_of_the_key_changes_the_payload_only() -> None:
    other = VALUES | {"number": "0012345"}
    assert business_key(PAYMENTS, other) == business_key(PAYMENTS, VALUES)
    assert payload_hash(other) != payload_hash(VALUES)
    assert payload_hash(dict(reversed(VALUES.items()))) == payload_hash(VALUES)


def test_the_payload_knows_every_glyph() -> None:
    assert payload_hash(VALUES | {"payee": "\ufa10本商店"}) != payload_hash(VALUES)


def test_dates_are_dates_whatever_the_day(tmp_path: Path) -> None:
    days = [date(1900, 3, 1), date(1950, 1, 1), date(2000, 2, 29), date(2100, 12, 31)]
    found = checked(made.workbook(tmp_path / "a.xlsx", [good(支払日=day) for day in days]))
    assert [row.values["pay_on"] for row in found.rows] == [day.isoformat() for day in days]
