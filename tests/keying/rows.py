"""Rows that the practice system takes, each about something else."""

from robots.practice.master import budgets, creditors
from robots.rows.records import Place, Row


def expense_rows(count: int, first: int = 1) -> list[Row]:
    """支出命令: valid in every field, with amounts and summaries of their own."""
    return [_expense(number) for number in range(first, first + count)]


def _expense(number: int) -> Row:
    creditor = list(creditors().values())[number % len(creditors())]
    general = [each for each in budgets().values() if each.account == "01"]
    budget = general[number % len(general)]
    values = {
        "fiscal_year": "2026",
        "department": budget.department,
        "account": budget.account,
        "kan": budget.kan,
        "kou": budget.kou,
        "moku": budget.moku,
        "setsu": budget.sections[0],
        "amount": str(10_000 + number),
        "pay_on": "2026-11-30",
        "creditor": creditor.code,
        "creditor_name": creditor.name,
        "bank": creditor.bank,
        "branch": creditor.branch,
        "account_kind": creditor.kind,
        "account_number": creditor.number,
        "account_holder": creditor.holder,
        "summary": f"消耗品{number}",
    }
    return Row(number, Place("rows.xlsx", "明細", number + 1), values)
