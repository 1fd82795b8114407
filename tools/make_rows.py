"""Fills in a robot's template workbook with payment orders of the practice city, from a seed.

    python tools/make_rows.py OUT.xlsx --rows 40 --wrong --seed 1

With --wrong three of every forty rows are wrong on purpose, as clerks get them wrong: a day that does not exist, an account number that
lost its leading zeros, and a creditor whom the finance system does not know. Days lie one or two weeks after --today: their month is open.
"""

import argparse
import datetime
import random
import tempfile
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from robots.flows import robot_named
from robots.practice.master import Budget, budgets, creditors
from robots.rows.template import write_template

ROBOT = "expense_entry"
SUBJECTS = (
    "コピー用紙",
    "封筒印刷",
    "庁舎清掃",
    "公用車点検",
    "植栽管理",
    "保守点検料",
    "消耗品",
    "修繕料",
    "通信運搬費",
    "講師謝礼",
)
EVERY = 40
WRONG_DAY, WRONG_NUMBER, WRONG_CREDITOR = 11, 24, 32
"""Which of every forty rows, from 0."""
UNKNOWN_CREDITOR = "0000099999"


def orders(count: int, seed: int, today: datetime.date, *, wrong: bool) -> list[dict[str, object]]:
    """Rows by heading, each a case of its own."""
    draw = random.Random(seed)
    known = [budget for budget in budgets().values() if budget.account == "01"]
    rows = []
    for number in range(count):
        row = _order(draw, draw.choice(known), number, today)
        if wrong:
            _spoil(row, number % EVERY, today)
        rows.append(row)
    return rows


def _order(draw: random.Random, budget: Budget, number: int, today: datetime.date) -> dict[str, object]:
    creditor = draw.choice(list(creditors().values()))
    pay_on = _working_day(today + datetime.timedelta(days=draw.randint(7, 14)))
    return {
        # April to March; what is paid by the end of March belongs to the year that began the April before.
        "会計年度": str(pay_on.year if pay_on.month >= 4 else pay_on.year - 1),
        "所属": budget.department,
        "会計": budget.account,
        "款": budget.kan,
        "項": budget.kou,
        "目": budget.moku,
        "節": draw.choice(budget.sections),
        "金額": draw.randint(8, 4000) * 110,
        "支払予定日": pay_on,
        "債権者コード": creditor.code,
        "債権者名": creditor.name,
        "金融機関コード": creditor.bank,
        "支店コード": creditor.branch,
        "預金種目": creditor.kind,
        "口座番号": creditor.number,
        "口座名義": creditor.holder,
        "摘要": f"{draw.choice(SUBJECTS)} {pay_on.month}月分{number + 1}",
    }


def _spoil(row: dict[str, object], place: int, today: datetime.date) -> None:
    if place == WRONG_DAY:
        row["支払予定日"] = f"令和{today.year - 2018}年2月30日"
    elif place == WRONG_NUMBER:
        row["口座番号"] = int(f"{str(row['口座番号'])[:5]}")
    elif place == WRONG_CREDITOR:
        row["債権者コード"] = UNKNOWN_CREDITOR


def _working_day(day: datetime.date) -> datetime.date:
    while day.weekday() >= 5:
        day += datetime.timedelta(days=1)
    return day


def write(path: Path, rows: list[dict[str, object]]) -> None:
    """The robot's template, filled in as a clerk would."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "template.xlsx"
        write_template(robot_named(ROBOT), empty)
        book = load_workbook(empty)
    sheet, header = _table(book.worksheets, set(rows[0]))
    columns = {str(cell.value).strip(): cell.column for cell in sheet[header]}
    for offset, row in enumerate(rows, 1):
        for heading, value in row.items():
            sheet.cell(header + offset, columns[heading]).value = value  # type: ignore[assignment]
    book.save(path)


def _table(sheets: list[Worksheet], headings: set[str]) -> tuple[Worksheet, int]:
    """The sheet and the row whose cells hold all headings."""
    for sheet in sheets:
        for row in sheet.iter_rows(max_row=30):
            if headings <= {str(cell.value or "").strip() for cell in row}:
                return sheet, row[0].row
    raise SystemExit(f"no row of the template holds all of {sorted(headings)}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--today", type=datetime.date.fromisoformat, default=None, help="as YYYY-MM-DD")
    options = parser.parse_args()
    today = options.today or datetime.datetime.now().astimezone().date()
    write(options.out, orders(options.rows, options.seed, today, wrong=options.wrong))


if __name__ == "__main__":
    main()
