"""Values as files: columns that stay, numbers that stay numbers, nothing that runs, no character lost, personal numbers masked."""

import csv
import io
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ocr.definition.form import Form
from ocr.definition.load import LoadedForm
from ocr.errors import BrokenCharacterError
from ocr.records import Case, Decision, Finding, Place, Sorted, Value, Verdict
from ocr.writing import write_all
from ocr.writing.codepage import GETA, TWINS, fit
from ocr.writing.formula import guard
from ocr.writing.xlsx import MOST_CHARACTERS

FORM = Form.model_validate(
    {
        "id": "claim",
        "revision": "2",
        "title": "請求書",
        "personal_number": True,
        "pages": [
            {
                "blank": "blank.png",
                "fields": [
                    {"name": "name", "label": "氏名", "type": "text", "nature": "name", "box": [10, 10, 60, 8]},
                    {"name": "agent", "label": "氏名", "type": "text", "nature": "name", "box": [10, 20, 60, 8]},
                    {"name": "page", "label": "ページ", "type": "text", "box": [10, 30, 60, 8]},
                    {"name": "born", "label": "生年月日", "type": "date", "box": [10, 40, 60, 8]},
                    {"name": "total", "label": "合計", "type": "amount", "negative": True, "box": [10, 50, 60, 8]},
                    {"name": "code", "label": "番号", "type": "digits", "box": [10, 60, 60, 8]},
                    {"name": "number", "label": "個人番号", "type": "personal-number", "box": [10, 70, 60, 8]},
                    {
                        "name": "items",
                        "label": "明細",
                        "type": "table",
                        "rows": 3,
                        "row_height": 8,
                        "columns": [
                            {"name": "what", "label": "品名", "type": "text", "box": [10, 100, 60, 8]},
                            {"name": "amount", "label": "金額", "type": "amount", "box": [70, 100, 60, 8]},
                        ],
                    },
                ],
            }
        ],
    }
)
LOADED = LoadedForm(FORM, (), None, "0" * 64)
OTHER = LoadedForm(FORM.model_copy(update={"id": "notice", "title": "届出書"}), (), None, "1" * 64)
AHEAD = ["受付番号", "連番", "ファイル", "ページ"]
TYPES = {field.name: field.type for field in FORM.fields()} | {"what": "text", "amount": "amount"}
TURNED_AWAY = Sorted("scan.pdf", 7, Verdict.CHANGED, nearest="請求書 1")


def value(path: str, text: str, decision: Decision = Decision.ACCEPT, p_wrong: float = 0.0004) -> Value:
    name = path.rpartition(".")[2]
    return Value(path, name, TYPES[name], text, text, p_wrong, decision, 1, (10, 10, 60, 8))


def case(*values: Value, number: int = 1, form: str = "claim", notices: tuple[str, ...] = ()) -> Case:
    place = Place(form, "2", 1, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), 300, 0.99)
    page = Sorted("scan.pdf", number, Verdict.FITS, place, notices=notices)
    return Case(form, "2", number, (page,), values, engine="ocr 0.1.0")


def rows(path: Path, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline=""), strict=True))


def table(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    heading, *others = rows(path, encoding)
    return [dict(zip(heading, row, strict=True)) for row in others]


def written(folder: Path, *cases: Case, **options: object) -> Path:
    write_all(cases, [LOADED], folder, "out", **options)  # type: ignore[arg-type]
    return folder


def book(folder: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(folder / "out.xlsx")


def cells(folder: Path, sheet: str, heading: str) -> Sequence[openpyxl.cell.Cell]:
    there = book(folder)[sheet]
    column = [cell.value for cell in there[1]].index(heading) + 1
    return [there.cell(row, column) for row in range(2, there.max_row + 1)]


def test_a_row_holds_a_case_and_the_columns_are_the_definitions_whatever_the_rows(tmp_path: Path) -> None:
    none, one = written(tmp_path / "none"), written(tmp_path / "one", case(value("name", "山田")), receipt="D-2026-1")
    heading = [*AHEAD, "帳票", "改訂", "氏名", "氏名（2）", "ページ（2）", "生年月日", "合計", "番号", "個人番号"]
    assert rows(none / "out.csv") == [[*heading, "確認が要る項目", "帳票についての注意"]]
    assert rows(none / "out_items.csv") == [[*AHEAD, "行", "品名", "金額", "確認が要る項目"]]
    first, only = rows(one / "out.csv")
    assert first == rows(none / "out.csv")[0]
    assert only == ["D-2026-1", "1", "scan.pdf", "1", "claim", "2", "山田", *[""] * 8]


def test_a_tables_rows_are_those_filled_in_with_the_number_of_their_case(tmp_path: Path) -> None:
    first = case(value("items.1.what", "鉛筆"), value("items.1.amount", "100"), value("items.2.what", ""))
    second = case(value("items.3.amount", "-5", Decision.LOOK), number=2)
    found = table(written(tmp_path, first, second) / "out_items.csv")
    assert [(row["連番"], row["行"], row["品名"], row["金額"], row["確認が要る項目"]) for row in found] == [
        ("1", "1", "鉛筆", "100", ""),
        ("2", "3", "", "-5", "明細 3行目 金額"),
    ]


def test_a_row_that_may_be_filled_in_is_not_left_out(tmp_path: Path) -> None:
    found = table(written(tmp_path, case(value("items.2.what", "", Decision.LOOK))) / "out_items.csv")
    assert [(row["行"], row["確認が要る項目"]) for row in found] == [("2", "明細 2行目 品名")]


def test_the_values_to_check_are_named_in_their_row_and_listed_with_reasons(tmp_path: Path) -> None:
    doubtful = replace(value("total", "1200", Decision.TWO_KEYS, 0.0312), raw="12OO")
    known = replace(value("name", "山田", Decision.LOOK), findings=(Finding("turned", ("name",)),))
    folder = written(tmp_path, case(known, doubtful, notices=("hidden-text",)))
    row = table(folder / "out.csv")[0]
    assert row["確認が要る項目"] == "氏名、合計"
    assert "文字情報" in row["帳票についての注意"]
    found = [tuple(cell.value for cell in line)[5:] for line in book(folder)["確認"].iter_rows(min_row=2)]
    assert found[0][:4] == ("氏名", "山田", "山田", 0.0004)
    assert found[0][5].startswith("向きの違うページ")
    assert found[1][:5] == ("合計", "12OO", "1200", 0.0312, "二人が別々に入力")
    assert "確率" in found[1][5]
    assert found[2][0] == "（帳票全体）"
    assert "文字情報" in found[2][5]


def test_doubtful_cells_are_coloured_and_others_are_not(tmp_path: Path) -> None:
    folder = written(tmp_path, case(value("name", "山田"), value("total", "5", Decision.LOOK)))
    (name,), (total,) = cells(folder, "値", "氏名"), cells(folder, "値", "合計")
    assert name.fill.fill_type is None
    assert total.fill.fgColor.rgb == "FFFFE3B3"


def test_held_pages_are_listed_with_their_reason_in_every_format(tmp_path: Path) -> None:
    folder = written(tmp_path, held=[TURNED_AWAY])
    assert [(row["ファイル"], row["ページ"]) for row in table(folder / "out_保留ページ.csv")] == [("scan.pdf", "7")]
    reason = cells(folder, "保留ページ", "理由")[0].value
    assert "請求書 1" in reason
    assert json.loads((folder / "out.json").read_text("utf-8"))["held"][0]["sentence"] == reason


def test_a_finding_names_its_fields_and_an_unknown_code_is_shown(tmp_path: Path) -> None:
    folder = written(tmp_path, replace(case(value("total", "5")), findings=(Finding("of-a-later-engine", ("total",)),)))
    assert table(folder / "out.csv")[0]["帳票についての注意"] == "of-a-later-engine"


def test_csv_has_a_mark_in_utf_8_and_ends_every_line_with_crlf(tmp_path: Path) -> None:
    folder = written(tmp_path, case(value("name", '山"田,\n太郎')))
    text = (folder / "out.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert text.count(b"\r\n") == 2
    assert table(folder / "out.csv")[0]["氏名"] == table(folder / "out_cp932.csv", "cp932")[0]["氏名"] == '山"田,\n太郎'


@pytest.mark.parametrize("sign", list("=+-@\t\r\n\0＝＋－＠−"))
def test_text_that_a_spreadsheet_would_run_is_escaped_in_csv_and_text_in_xlsx(tmp_path: Path, sign: str) -> None:
    text = f"{sign}1+1|'/c calc'!A1"
    folder = written(tmp_path, case(value("name", text), value("code", text)))
    row = table(folder / "out.csv")[0]
    assert row["氏名"] == row["番号"] == f"'{text}"
    (cell,) = cells(folder, "値", "氏名")
    assert cell.data_type == "s"
    assert cell.value.endswith("1+1|'/c calc'!A1")


@given(st.text(alphabet="'=+-@＝ 山1\t"))
def test_an_escape_can_be_taken_off_again(text: str) -> None:
    safe = guard(text)
    assert safe[:1] not in set("=+-@\t\r\n\0＝＋－＠−") or not safe
    assert (safe[1:] if re.match("'+[=+\\-@\\t\\r\\n\\0＝＋－＠−]", safe) else safe) == text


def test_links_and_formulas_in_a_workbook_stay_text(tmp_path: Path) -> None:
    folder = written(tmp_path, case(value("name", "https://a.example/"), value("agent", '=HYPERLINK("x")')))
    sheet = book(folder)["値"]
    assert [cells(folder, "値", label)[0].data_type for label in ("氏名", "氏名（2）")] == ["s", "s"]
    assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)


def test_amounts_are_numbers_dates_are_dates_and_leading_zeros_stay(tmp_path: Path) -> None:
    folder = written(tmp_path, case(value("total", "-100"), value("born", "2026-11-21"), value("code", "00123")))
    row = table(folder / "out.csv")[0]
    assert (row["合計"], row["生年月日"], row["番号"]) == ("-100", "2026-11-21", "00123")
    (total,), (born,), (code,) = (cells(folder, "値", label) for label in ("合計", "生年月日", "番号"))
    assert (total.value, born.value, code.value) == (-100, datetime(2026, 11, 21), "00123")  # noqa: DTZ001
    assert born.is_date
    assert "年" in born.number_format


@pytest.mark.parametrize("text", ["1899-12-31", "1900-02-28", "2026-11", "令和6年2月30日"])
def test_what_a_workbook_cannot_count_as_a_day_stays_text(tmp_path: Path, text: str) -> None:
    (cell,) = cells(written(tmp_path, case(value("born", text))), "値", "生年月日")
    assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.parametrize("text", ["12a", "--5", "=5", "１００", "9" * 16])
def test_an_amount_that_is_no_plain_number_stays_text(tmp_path: Path, text: str) -> None:
    (cell,) = cells(written(tmp_path, case(value("total", text))), "値", "合計")
    assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.parametrize("text", ["山" * 40_000, "𠮷" * 20_000])
def test_a_cell_that_holds_too_much_says_so(tmp_path: Path, text: str) -> None:
    folder = written(tmp_path, case(value("name", text)))
    (cell,) = cells(folder, "値", "氏名")
    assert len(cell.value.encode("utf-16-le")) // 2 <= MOST_CHARACTERS
    assert cell.value.endswith("（長いため省略。全文はCSVにあります）")
    assert table(folder / "out.csv")[0]["氏名"] == text


def test_rows_are_as_high_as_their_wrapped_text(tmp_path: Path) -> None:
    texts = ("山田", "山" * 20, "山" * 50, "一\n二\n三", "山" * 20_000)
    folder = written(tmp_path, *(case(value("name", text), number=number) for number, text in enumerate(texts, 1)))
    sheet = book(folder)["値"]
    assert [sheet.row_dimensions[row].height / 18 for row in range(2, 7)] == [1, 1, 3, 3, 12]


def test_control_characters_do_not_break_the_workbook(tmp_path: Path) -> None:
    folder = written(tmp_path, case(value("name", "a\x00\x0bb_x0041_")))
    assert "b" in cells(folder, "値", "氏名")[0].value


@pytest.mark.parametrize("text", ["𠮷", "€", "—", "㋿", "葛\U000e0100", "か\u3099", "¥", "ゔ", "\uf8f0"])
def test_what_cp932_lacks_is_listed_by_cell_and_stands_as_a_geta(tmp_path: Path, text: str) -> None:
    folder = written(tmp_path, case(value("name", f"山{text}田"), number=1))
    assert table(folder / "out_cp932.csv", "cp932")[0]["氏名"] == f"山{GETA}田"
    assert table(folder / "out.csv")[0]["氏名"] == f"山{text}田"
    (listed,) = table(folder / "out_文字コードの注意.csv")
    assert [listed[name] for name in ("ファイル", "行", "列", "見出し", "文字", "CP932のファイルでの文字")] == [
        "out_cp932.csv", "2", "7", "氏名", text, GETA,
    ]  # fmt: skip
    assert listed["文字コード"] == " ".join(f"U+{ord(sign):04X}" for sign in text)


def test_lists_of_an_earlier_run_go_when_they_would_be_empty(tmp_path: Path) -> None:
    written(tmp_path, case(value("name", "𠮷")), held=[TURNED_AWAY])
    assert (tmp_path / "out_保留ページ_cp932.csv").exists()
    names = {path.name for path in written(tmp_path, case(value("name", "吉"))).iterdir()}
    assert names == {
        "out.csv", "out_cp932.csv", "out_items.csv", "out_items_cp932.csv", "out.xlsx", "out.json",
    }  # fmt: skip


def test_a_table_called_like_the_ending_of_a_file_overwrites_none(tmp_path: Path) -> None:
    data = FORM.model_dump()
    data["pages"][0]["fields"][-1]["name"] = "cp932"
    loaded = LoadedForm(Form.model_validate(data), LOADED.blanks, None, "")
    one = case(value("name", "山田"), replace(value("items.1.what", "机"), path="cp932.1.what"))
    files = write_all([one], [loaded], tmp_path, "out", formats=("csv",))
    assert len(set(files)) == len(list(tmp_path.iterdir())) == 4
    assert [row["氏名"] for row in table(tmp_path / "out_cp932.csv", "cp932")] == ["山田"]
    assert [row["品名"] for row in table(tmp_path / "out_cp932_.csv")] == ["机"]


def test_another_kind_of_file_leaves_the_lists_of_csv_alone(tmp_path: Path) -> None:
    written(tmp_path, case(value("name", "𠮷")), held=[TURNED_AWAY], formats=("csv",))
    there = set(tmp_path.iterdir())
    written(tmp_path, case(value("name", "吉")), formats=("json",))
    assert there < set(tmp_path.iterdir())


def test_user_defined_characters_stay_and_are_listed(tmp_path: Path) -> None:
    folder = written(tmp_path, case(value("name", "\ue000")))
    assert table(folder / "out_cp932.csv", "cp932")[0]["氏名"] == "\ue000"
    (listed,) = table(folder / "out_文字コードの注意.csv")
    assert "外字" in listed["理由"]
    assert listed["CP932のファイルでの文字"] == "\ue000"


@pytest.mark.parametrize("text", ["髙橋", "﨑", "\ufa10\ufa19\ufa1b", "㈱①㍻", "〜～－−", "濵"])
def test_what_cp932_holds_is_not_listed_and_names_are_never_normalised(tmp_path: Path, text: str) -> None:
    folder = written(tmp_path, case(value("agent", text)))
    assert not (folder / "out_文字コードの注意.csv").exists()
    twins = "".join(TWINS.get(sign, sign) for sign in text)
    assert table(folder / "out_cp932.csv", "cp932")[0]["氏名（2）"] == twins


def test_every_character_comes_back_as_itself_or_its_twin_or_is_listed() -> None:
    lost = []
    private = (0xF0000, 0xFFFFD, 0x100000, sys.maxunicode)
    for point in chain(range(0xD800), range(0xE000, 0x32000), range(0xE0000, 0xE0200), private):
        sign = chr(point)
        text, remarks = fit(sign)
        back = text.encode("cp932").decode("cp932")
        listed = [(remark.character, remark.written) for remark in remarks] == [(sign, back)]
        if not listed and back != TWINS.get(sign, sign):
            lost.append(f"{point:04X}")
    assert lost == []


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("か\u3099葛\U000e0100\ue000−〜髙𠮷")))
@example("か\u3099\U000e0100")
@example("\u3099か")
def test_text_in_cp932_is_the_text_but_for_what_is_listed(text: str) -> None:
    held, remarks = fit(text)
    rest = text
    expected = ""
    for remark in remarks:
        before, found, rest = rest.partition(remark.character)
        assert found
        expected += before + remark.written
    expected = "".join(TWINS.get(sign, sign) for sign in expected + rest)
    assert held.encode("cp932").decode("cp932") == expected


def test_half_a_character_is_refused_with_its_cell(tmp_path: Path) -> None:
    with pytest.raises(BrokenCharacterError) as raised:
        written(tmp_path, case(value("items.2.what", "山\ud842"), number=3))
    assert raised.value.sentence().startswith("連番 3 の「明細 2行目 品名」に")
    assert list(tmp_path.iterdir()) == []


def test_a_file_name_with_bytes_that_are_no_character_is_still_written(tmp_path: Path) -> None:
    one = case(value("name", "山田"))
    folder = written(tmp_path, replace(one, pages=(replace(one.pages[0], file="a\udc80.pdf"),)))
    assert table(folder / "out.csv")[0]["ファイル"] == "a\ufffd.pdf"
    assert Case.from_json(record(folder)["cases"][0]).pages[0].file == "a\udc80.pdf"


def record(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "out.json").read_text("utf-8"))
    return found


def test_json_holds_the_whole_case_and_says_its_findings(tmp_path: Path) -> None:
    one = case(value("name", "山田", Decision.LOOK), value("total", "-100"), notices=("turned",))
    folder = written(tmp_path, one)
    whole = record(folder)
    assert Case.from_json(whole["cases"][0]) == one
    assert whole["forms"] == [{"id": "claim", "revision": "2", "title": "請求書", "digest": "0" * 64}]
    said = replace(one, findings=(Finding("turned"),))
    (finding,) = record(written(tmp_path / "said", said))["cases"][0]["findings"]
    assert finding["code"] == "turned"
    assert finding["sentence"].startswith("向き")


def test_a_personal_number_is_in_no_file(tmp_path: Path) -> None:
    folder = written(tmp_path, case(value("number", "123456789018", Decision.TWO_KEYS)))
    assert table(folder / "out.csv")[0]["個人番号"] == "*" * 12
    for path in folder.iterdir():
        content = path.read_bytes() if path.suffix != ".xlsx" else sheets(path).encode()
        assert b"12345678" not in content, path.name
    masked = replace(value("number", "********9018"), masked=True)
    assert table(written(tmp_path / "masked", case(masked)) / "out.csv")[0]["個人番号"] == "********9018"


def sheets(path: Path) -> str:
    return repr([[cell.value for cell in row] for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows()])


def test_forms_of_several_kinds_have_files_and_sheets_of_their_own(tmp_path: Path) -> None:
    cases = [case(value("name", "山田")), case(value("name", "林"), number=2, form="notice")]
    paths = write_all(cases, [LOADED, OTHER], tmp_path, "out")
    names = {path.name for path in paths}
    assert {"out_claim_2.csv", "out_claim_2_items_cp932.csv", "out_notice_2.csv", "out.xlsx", "out.json"} <= names
    assert [row["氏名"] for row in table(tmp_path / "out_notice_2.csv")] == ["林"]
    assert book(tmp_path).sheetnames == [
        "値_請求書 2",
        "明細_請求書 2",
        "値_届出書 2",
        "明細_届出書 2",
        "確認",
        "保留ページ",
    ]


def test_only_the_forms_handed_in_have_files(tmp_path: Path) -> None:
    names = {path.name for path in write_all([case(value("name", "山田"))], [LOADED, OTHER], tmp_path, "out")}
    assert names == {
        "out.csv", "out_cp932.csv", "out_items.csv", "out_items_cp932.csv", "out.xlsx", "out.json",
    }  # fmt: skip


@pytest.mark.parametrize("title", ["a" * 40, "[請求]:*?/\\'", "確認", "History", ""])
def test_any_label_of_a_table_makes_a_sheet(tmp_path: Path, title: str) -> None:
    page = FORM.pages[0]
    fields = tuple(
        field.model_copy(update={"label": title}) if field.name == "items" else field for field in page.fields
    )
    form = FORM.model_copy(update={"pages": (page.model_copy(update={"fields": fields}),)})
    write_all([case()], [LoadedForm(form, (), None, "")], tmp_path, "out")
    assert len(set(book(tmp_path).sheetnames)) == 4


def test_equal_cases_give_equal_bytes(tmp_path: Path) -> None:
    one = case(value("name", "山𠮷"), value("total", "5", Decision.LOOK))
    first, second = (written(tmp_path / name, one, held=[TURNED_AWAY]) for name in ("first", "second"))
    names = sorted(path.name for path in first.iterdir())
    assert len(names) == 9
    assert [(first / name).read_bytes() for name in names] == [(second / name).read_bytes() for name in names]


def test_the_files_speak_english_when_asked(tmp_path: Path) -> None:
    folder = written(tmp_path, case(value("total", "5", Decision.LOOK)), held=[TURNED_AWAY], language="en")
    assert rows(folder / "out.csv")[0][:4] == ["receipt", "case", "file", "page"]
    assert book(folder).sheetnames == ["values", "明細", "to check", "held pages"]
