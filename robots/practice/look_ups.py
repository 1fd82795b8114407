"""Code look-ups: 所属, 予算科目, 債権者, 金融機関.

From an entry the chosen code goes back into its fields; from the menu they only show.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from robots.practice import master
from robots.practice.pages import page
from robots.practice.sign_ins import SignIn
from robots.practice.system import OutOfTurnError, person_of

MOST = 60
"""Lines shown; a search narrows them."""


@dataclass(frozen=True)
class LookUp:
    """One kind of code."""

    path: str
    button: str
    title: str
    headings: tuple[str, ...]
    lines: Callable[[], list[tuple[tuple[str, ...], Mapping[str, str]]]]
    """What the lines show, and what they put into which fields."""


def _departments() -> list[tuple[tuple[str, ...], Mapping[str, str]]]:
    return [((code, name), {"department": code}) for code, name in master.DEPARTMENTS.items()]


def _budgets() -> list[tuple[tuple[str, ...], Mapping[str, str]]]:
    return [
        (
            (
                f"{budget.department} {master.DEPARTMENTS[budget.department]}",
                f"{budget.account} {master.ACCOUNTS[budget.account]}",
                f"{budget.kan} {budget.names[0]}",
                f"{budget.kou} {budget.names[1]}",
                f"{budget.moku} {budget.names[2]}",
                f"{section} {master.SECTIONS[section]}",
            ),
            {
                "department": budget.department,
                "account": budget.account,
                "kan": budget.kan,
                "kou": budget.kou,
                "moku": budget.moku,
                "setsu": section,
            },
        )
        for budget in master.budgets().values()
        for section in budget.sections
    ]


def _creditors() -> list[tuple[tuple[str, ...], Mapping[str, str]]]:
    return [
        (
            (each.code, each.name, each.bank, each.branch, master.KINDS[each.kind], each.number, each.holder),
            {
                "creditor": each.code,
                "creditor_name": each.name,
                "bank": each.bank,
                "branch": each.branch,
                "account_kind": each.kind,
                "account_number": each.number,
                "account_holder": each.holder,
            },
        )
        for each in master.creditors().values()
    ]


def _branches() -> list[tuple[tuple[str, ...], Mapping[str, str]]]:
    return [
        ((bank, master.banks()[bank], branch, name), {"bank": bank, "branch": branch})
        for (bank, branch), name in master.branches().items()
    ]


LOOK_UPS = (
    LookUp("departments", "所属検索", "所属検索", ("所属コード", "所属名"), _departments),
    LookUp("budgets", "予算検索", "予算科目検索", ("所属", "会計", "款", "項", "目", "節"), _budgets),
    LookUp(
        "creditors",
        "債権者検索",
        "債権者検索",
        ("債権者コード", "債権者名", "金融機関コード", "支店コード", "預金種目", "口座番号", "口座名義"),
        _creditors,
    ),
    LookUp(
        "banks", "金融機関検索", "金融機関検索", ("金融機関コード", "金融機関名", "支店コード", "支店名"), _branches
    ),
)

router = APIRouter(prefix="/codes")


@router.get("/{path}")
def look_up(
    request: Request,
    person: Annotated[SignIn, Depends(person_of)],
    path: str,
    text: str = "",
    entry: str = "",
) -> Response:
    """The list, narrowed by a text that stands anywhere in a line."""
    found = next((each for each in LOOK_UPS if each.path == path), None)
    if found is None:
        raise OutOfTurnError("この検索画面はありません。")
    begun = person.entries.get(entry)
    lines = [line for line in found.lines() if all(part in " ".join(line[0]) for part in text.split())]
    # Only the fields that the entry has take a code.
    names = {field.name for field in begun.screens.fields} if begun else set()
    return page(
        request,
        "codes.html",
        found.title,
        headings=found.headings,
        lines=[
            (shown, {"entry": entry, **{name: code for name, code in chosen.items() if name in names}})
            for shown, chosen in lines[:MOST]
        ],
        total=len(lines),
        text=text,
        entry=begun,
    )
