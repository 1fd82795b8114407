"""The workbooks that we write: what is filled in comes back as it was, what is refused can be put right, nothing in them runs."""

import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from bad import workbooks as made
from bad.payments import PAYMENTS, Payments
from bad.workbooks import good
from robots.errors import RowsError
from robots.flows import names, robot_named
from robots.reconcile import Difference, Kind, Reconciliation
from robots.rows.book import FIRST_LINE
from robots.rows.check import check_files
from robots.rows.records import Checked, Place
from robots.rows.refused import write_refused
from robots.rows.results import STATES, Line, write_results
from robots.rows.template import write_template

ROBOTS = [PAYMENTS, *map(robot_named, names())]


def checked(*paths: Path) -> Checked:
    return check_files(PAYMENTS, [(path, path.name) for path in paths])


def filled(path: Path, rows: list[dict[str, object]]) -> Path:
    """The template, filled in by a clerk."""
    write_template(PAYMENTS, path)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    columns = {str(cell.value): cell.column for cell in sheet[FIRST_LINE - 1]}
    for line, row in enumerate(rows, FIRST_LINE):
        for heading, content in row.items():
            sheet.cell(line, columns[heading]).value = content or None  # type: ignore[assignment]
    book.save(path)
    return path


def texts(sheet: Worksheet) -> list[list[object]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("robot", ROBOTS, ids=lambda robot: robot.name)
def test_a_template_that_is_handed_in_empty_has_no_rows(robot: Payments, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_template(robot, path)
    with pytest.raises(RowsError) as caught:
        check_files(robot, [(path, path.name)])
    assert caught.value.code == "rows-none"


def test_a_template_that_is_filled_in_is_checked_without_a_word(tmp_path: Path) -> None:
    rows = [good(摘要=f"消耗品{number}", 預金種目="1 普通") for number in range(20)]
    found = checked(filled(tmp_path / "t.xlsx", rows))
    assert (len(found.rows), found.refused, found.notices) == (20, (), ())
    assert found.rows[0].values == {
        "department": "010100", "amount": "1200", "pay_on": "2026-11-30", "payee": "塚本商店", "kind": "1",
        "number": "0012345", "holder": "ﾂｶﾓﾄ ｼﾖｳﾃﾝ", "summary": "消耗品0", "slip": "",
    }  # fmt: skip


def test_columns_of_codes_are_text_and_choices_have_a_list_with_exactly_those(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_template(PAYMENTS, path)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    formats = {
        column.heading: sheet.column_dimensions[letter].number_format
        for column, letter in zip(PAYMENTS.columns, "ABCDEFGHI", strict=True)
    }
    assert (formats["口座番号"], formats["金額"], formats["支払日"]) == ("@", "#,##0", "yyyy/m/d")
    (rule,) = (each for each in sheet.data_validations.dataValidation if each.type == "list")
    offered = [cell.value for (cell,) in book["選択肢"][rule.formula1.partition("!")[2].replace("$", "")]]
    assert offered == ["1 普通", "2 当座", "09 その他"]
    assert str(rule.sqref).startswith(f"E{FIRST_LINE}:")


def test_whatever_a_list_offers_is_understood(tmp_path: Path) -> None:
    rows = [good(預金種目=words, 摘要=words) for words in ("1 普通", "2 当座", "09 その他")]
    assert [row.values["kind"] for row in checked(filled(tmp_path / "t.xlsx", rows)).rows] == ["1", "2", "09"]


class Older(Payments):
    """The template of the year before."""

    version = "2"


class Other(Payments):
    """Another task with the same columns."""

    name = "refunds"


@pytest.mark.parametrize(
    ("robot", "code", "words"), [(Older(), "rows-version-old", "第2版"), (Other(), "rows-other-template", "refunds")]
)
def test_a_template_of_another_version_or_task_is_refused_in_words(
    robot: Payments, code: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "t.xlsx"
    write_template(robot, path)
    with pytest.raises(RowsError) as caught:
        checked(path)
    assert caught.value.code == code
    assert words in caught.value.sentence()


def test_the_version_is_checked_in_csv_too(tmp_path: Path) -> None:
    mark = "デジラボ様式「支払登録」 様式番号 payments 第2版"
    path = made.raw(tmp_path / "a.csv", f"{mark},,,\r\n{made.table()}".encode("cp932"))
    with pytest.raises(RowsError) as caught:
        checked(path)
    assert caught.value.code == "rows-version-old"


WRONG = [
    good(支払日="令和6年2月30日", 摘要="1"),
    good(口座番号=12345, 摘要="2"),
    good(債権者名="𠮷野", 金額="千円", 摘要="=1+1"),
    good(支払日="", 金額=-5),
]


def test_refused_rows_come_back_marked_and_are_refused_again_until_they_are_put_right(tmp_path: Path) -> None:
    refused = checked(made.workbook(tmp_path / "a.xlsx", [good(), *WRONG])).refused
    path = tmp_path / "refused.xlsx"
    write_refused(PAYMENTS, refused, path)
    again = checked(path)
    assert [[each.code for each in row.findings] for row in again.refused] == [
        [each.code for each in row.findings] for row in refused
    ]
    assert [row.raw for row in again.refused] == [row.raw for row in refused]
    assert not again.notices

    book = load_workbook(path)
    sheet = book.worksheets[0]
    columns = {str(cell.value): cell.column for cell in sheet[FIRST_LINE - 1]}
    for line, row in enumerate(refused, FIRST_LINE):
        for finding in row.findings:
            cell = sheet.cell(line, columns[finding.place.heading])
            assert cell.fill.fgColor.rgb == "FFFFC9C9"
            assert finding.words() in cell.comment.text
            assert finding.words() in sheet.cell(line, 1).value
            cell.value = made.GOOD[finding.place.heading]
        assert f"{line - FIRST_LINE + 3}行目" in sheet.cell(line, 2).value
    book.save(path)
    mended = checked(path)
    assert (len(mended.rows), mended.refused) == (4, ())


def test_what_looks_like_a_formula_is_text_in_every_workbook(tmp_path: Path) -> None:
    dangerous = [
        "=cmd|' /C calc'!A0",
        "@SUM(A1)",
        "+81-3-1234",
        "-2+3",
        "\t=1+1",
        '=HYPERLINK("http://x")',
        "http://x.example",
    ]
    rows = [good(摘要=text, 支払日="月末") for text in dangerous]
    refused = checked(made.raw(tmp_path / "a.csv", made.table(rows).encode())).refused
    lines = [Line(row.number, row.place, row.raw, "refused", reason="=1+1") for row in refused]
    write_refused(PAYMENTS, refused, tmp_path / "refused.xlsx")
    write_results(PAYMENTS, lines, None, tmp_path / "results.xlsx", refused=refused)
    for name in ("refused.xlsx", "results.xlsx"):
        with zipfile.ZipFile(tmp_path / name) as archive:
            sheets = [archive.read(part) for part in archive.namelist() if part.startswith("xl/worksheets/")]
        assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)
    written = {cell for row in texts(load_workbook(tmp_path / "refused.xlsx").worksheets[0]) for cell in row}
    assert {text for text in dangerous if text != "\t=1+1"} <= written


def test_the_results_say_of_each_row_what_became_of_it(tmp_path: Path) -> None:
    found = checked(
        made.workbook(
            tmp_path / "a.xlsx",
            [*(good(摘要=state, 金額=-100 if state == "ready" else 100) for state in STATES), *WRONG],
        )
    )
    values = {**found.rows[0].values, "amount": "-100"}
    lines = [
        Line(
            number,
            Place("a.xlsx", "一覧", number + 1),
            values,
            state,
            f"2026-{number}",
            f"DL000001-{number:04d}-0",
            "わけ",
        )
        for number, state in enumerate(STATES, 1)
    ]
    path = tmp_path / "results.xlsx"
    write_results(PAYMENTS, list(reversed(lines)), None, path)
    book = load_workbook(path)
    assert book.sheetnames == ["登録結果"]
    table = texts(book.worksheets[0])
    assert table[3][:6] == ["番号", "結果", "伝票番号", "照合番号", "理由", "元の場所"]
    assert [row[0] for row in table[4:]] == list(range(1, len(STATES) + 1))
    assert [row[1] for row in table[4:]][:3] == ["登録済", "却下（財務システム）", "要照合"]
    assert table[4][2:8] == ["2026-1", "DL000001-0001-0", "わけ", "「a.xlsx」シート「一覧」2行目", "010100", -100]
    assert table[4][10] == "1 普通"
    assert table[4][11] == "0012345"
    assert "登録済 1 件（-100 円）" in str(table[1][0])


def test_results_hold_what_was_compared_and_refused_rows_ready_to_be_handed_in_again(tmp_path: Path) -> None:
    found = checked(made.workbook(tmp_path / "a.xlsx", [good(), *WRONG]))
    lines = [Line(1, found.rows[0].place, found.rows[0].values, "done", "2026-000001", "DL000001-0001-4")]
    lines += [Line(row.number, row.place, row.raw, "refused", reason=row.findings[0].words()) for row in found.refused]
    foreign = Difference(Kind.FOREIGN, "DL000001-0099-1", receipt="2026-000099")
    path = tmp_path / "results.xlsx"
    write_results(PAYMENTS, lines, Reconciliation(1, 1200, 2, 2400, (foreign,)), path, refused=found.refused)
    book = load_workbook(path)
    assert book.sheetnames == ["登録結果", "突合", "却下・修正用", "選択肢"]
    compared = texts(book["突合"])
    assert compared[1][0] == "一致しません"
    assert [row[1:3] for row in compared[4:6]] == [[1, 1200], [2, 2400]]
    assert compared[8][0] == foreign.sentence()
    again = checked(path)
    assert again.rows == ()
    assert [row.raw for row in again.refused] == [row.raw for row in found.refused]


def test_a_run_that_agrees_says_so(tmp_path: Path) -> None:
    write_results(PAYMENTS, [], Reconciliation(0, 0, 0, 0, ()), tmp_path / "r.xlsx")
    assert texts(load_workbook(tmp_path / "r.xlsx")["突合"])[1][0] == "一致しました"


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_template(PAYMENTS, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_what_no_workbook_holds_does_not_stop_the_refused_from_being_written(tmp_path: Path) -> None:
    rows = [good(債権者名="塚本\ud83d", 摘要="a\0b"), good(摘要="あ" * 40_000)]
    refused = checked(made.raw(tmp_path / "a.csv", made.table(rows).encode("utf-8", "surrogatepass"))).refused
    path = tmp_path / "refused.xlsx"
    write_refused(PAYMENTS, refused, path)
    assert len(checked(path).refused) == len(refused)


def test_the_template_says_of_every_column_what_to_fill_in(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_template(PAYMENTS, path)
    sheet = load_workbook(path).worksheets[0]
    notes = [str(cell.value) for cell in sheet[FIRST_LINE - 2]]
    assert len(notes) == len(PAYMENTS.columns)
    assert all(re.match("【(必須|任意)】.+", note) for note in notes)
    assert "6桁" in notes[0]
    assert str(sheet["A1"].value).endswith("様式番号 payments 第3版")


def test_a_date_that_excel_made_of_what_was_typed_comes_back_as_a_date(tmp_path: Path) -> None:
    found = checked(filled(tmp_path / "t.xlsx", [good(支払日=date(2027, 3, 31))]))
    assert found.rows[0].values["pay_on"] == "2027-03-31"
