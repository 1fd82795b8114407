"""`python -m robots template` and `check`: what they print, write and answer."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from robots.__main__ import main
from robots.flows import names, robot_named
from robots.rows.book import FIRST_LINE

TRANSFER = {
    "振込指定日": "令和8年11月30日",
    "金融機関コード": "9901",
    "支店コード": "001",
    "預金種目": "普通",
    "口座番号": "0012345",
    "受取人名(カナ)": "ﾂｶﾓﾄ",
    "金額": 1200,
}


def transfers(path: Path, *rows: dict[str, object]) -> Path:
    assert main(["template", "bank_transfer", "-o", str(path)]) == 0
    book = load_workbook(path)
    sheet = book.worksheets[0]
    columns = {str(cell.value): cell.column for cell in sheet[FIRST_LINE - 1]}
    for line, row in enumerate(rows, FIRST_LINE):
        for heading, content in row.items():
            sheet.cell(line, columns[heading]).value = content  # type: ignore[assignment]
    book.save(path)
    return path


@pytest.mark.parametrize("name", names())
def test_every_robot_has_a_template(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new" / "t.xlsx"
    assert main(["template", name, "-o", str(path)]) == 0
    assert robot_named(name).title in capsys.readouterr().out
    assert path.exists()


def test_a_template_is_an_xlsx(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["template", "bank_transfer", "-o", str(tmp_path / "t.csv")]) == 2
    assert ".xlsx" in capsys.readouterr().err


def test_check_tells_what_was_understood_and_answers_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = transfers(tmp_path / "a.xlsx", TRANSFER, {**TRANSFER, "金額": 3400})
    assert main(["check", "bank_transfer", str(path)]) == 0
    out = capsys.readouterr().out
    assert "「令和8年11月30日」を 2026-11-30 と読みました" in out
    assert "登録できる明細 2 行（合計 4,600 円）、却下 0 行" in out


def test_check_writes_refused_rows_and_answers_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = transfers(tmp_path / "a.xlsx", TRANSFER, {**TRANSFER, "金額": "千円"})
    refused = tmp_path / "refused.xlsx"
    assert main(["check", "bank_transfer", str(path), "--refused", str(refused), "--language", "en"]) == 1
    out = capsys.readouterr().out
    assert 'row 5, column G "金額": "千円" is no amount.' in out
    assert main(["check", "bank_transfer", str(refused)]) == 1


def test_check_in_json_holds_rows_and_findings_with_their_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = transfers(tmp_path / "a.xlsx", TRANSFER, {**TRANSFER, "金額": "千円"})
    capsys.readouterr()
    assert main(["check", "bank_transfer", str(path), "--json"]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert facts["rows"][0]["values"]["pay_on"] == "2026-11-30"
    assert facts["refused"][0]["findings"][0]["code"] == "amount-unreadable"
    assert "千円" in facts["refused"][0]["findings"][0]["sentences"]["ja"]


def test_a_file_that_is_refused_as_a_whole_is_told_with_its_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"")
    assert main(["check", "bank_transfer", str(path)]) == 1
    assert "[rows-empty]" in capsys.readouterr().err
