"""What docs/how-to/write-a-robot.md shows is done, step by step, at the practice system."""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

import robots.flows
from engines.conftest import EXPENSE
from robots.__main__ import main
from robots.flows import names, robot_named
from servers.practice import LOGIN, PASSWORD, PracticeServer

PAGE = Path("docs/how-to/write-a-robot.md").read_text(encoding="utf-8")


@pytest.fixture
def supplies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The page's flow, lying where flows lie."""
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(code.splitlines()) < 80
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "supplies.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(robots.flows, "__path__", [*robots.flows.__path__, str(folder)])
    yield "supplies"
    sys.modules.pop("robots.flows.supplies", None)


def test_the_page_leads_to_a_robot_that_keys(
    supplies: str,
    finance: PracticeServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def call(*words: str) -> int:
        monkeypatch.setenv("ROBOT_PASSWORD", PASSWORD)
        return main(words)

    assert supplies in names()
    rows, screens, out = tmp_path / "rows.xlsx", tmp_path / "screens.json", tmp_path / "result.xlsx"
    where = ["--url", finance.url, "--login", LOGIN]

    # 3. The workbook
    assert call("template", supplies, "-o", str(rows)) == 0
    filled_in(rows, ["コピー用紙", "ボールペン"])
    assert call("check", supplies, str(rows)) == 0

    # 4. The rehearsal
    before = len(finance.vouchers())
    assert call("rehearse", supplies, str(rows), *where, "--record", str(screens)) == 0
    assert "ROBOT_PASSWORD" not in os.environ
    assert len(json.loads(screens.read_text(encoding="utf-8"))["screens"]) == 5
    assert call("rehearse", supplies, str(rows), *where, "--screens", str(screens)) == 0
    assert "問題ありません" in capsys.readouterr().out
    assert len(finance.vouchers()) == before

    # 5. The run, and a second call of it
    pictures = tmp_path / "pictures"
    again = ["run", supplies, str(rows), *where, "--ledger", str(tmp_path / "ledger.sqlite"), "-o", str(out)]
    assert call(*again, "--evidence", str(pictures)) == 0
    assert call(*again, "--evidence", str(pictures)) == 0
    keyed = finance.vouchers()[before:]
    assert [str(line["summary"]).split()[0] for line in keyed] == ["コピー用紙", "ボールペン"]
    assert finance.twice() == []
    assert out.is_file()
    assert sorted(pictures.rglob("*.jpg"))


def test_the_page_names_only_commands_and_options_that_there_are(
    supplies: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = " ".join(re.findall(r"^python -m robots (.*)$", PAGE, re.MULTILINE))
    for command in ("template", "check", "rehearse", "run"):
        assert f"{command} {supplies}" in shown
        with pytest.raises(SystemExit):
            main([command, "--help"])
    told = capsys.readouterr().out
    assert {option for option in re.findall(r"--[a-z]+", shown) if option not in told} <= {"--port", "--data"}


def filled_in(path: Path, summaries: list[str]) -> None:
    robot = robot_named("supplies")
    book = openpyxl.load_workbook(path)
    sheet = next(sheet for sheet in book.worksheets if heading_row(sheet))
    headings = {str(cell.value).strip(): cell.column for cell in sheet[heading_row(sheet)]}
    first = heading_row(sheet) + 1
    for line, summary in enumerate(summaries, start=first):
        for column in robot.columns:
            sheet.cell(line, headings[column.heading]).value = {**EXPENSE, "summary": summary}[column.name]
    book.save(path)


def heading_row(sheet: Worksheet) -> int:
    return next((row[0].row for row in sheet.iter_rows() if {"金額", "摘要"} <= {str(cell.value) for cell in row}), 0)
