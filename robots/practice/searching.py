"""検索 and its csv export. The same for both sets of screens; a plain GET form."""

import csv
import io
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from robots.practice.book import LINES, Query
from robots.practice.fields import Field, day
from robots.practice.pages import page
from robots.practice.screens import Screens
from robots.practice.sign_ins import SignIn
from robots.practice.system import OutOfTurnError, System, person_of, system_of

Running = Annotated[System, Depends(system_of)]
Person = Annotated[SignIn, Depends(person_of)]


def searching(screens: Screens) -> APIRouter:
    """The pages of one set."""
    router = APIRouter(prefix=f"/{screens.path}")

    @router.get("/search")
    def search(request: Request, system: Running, _person: Person) -> Response:
        asked = dict(request.query_params)
        query, wrong = _query(screens, asked)
        if "csv" in asked and not wrong:
            return _csv(system, screens, query)
        number = max(1, int(asked.get("page", "1"))) if asked.get("page", "1").isdecimal() else 1
        slips, total = system.book.search(screens, query, number) if asked and not wrong else ([], 0)
        return page(
            request,
            "search.html",
            screens.search_title,
            screens=screens,
            asked=asked,
            searched=bool(asked) and not wrong,
            lines=[[_listed(field, slip[field.name]) for field in screens.fields] for slip in slips],
            slips=slips,
            total=total,
            number=number,
            pages=-(-total // LINES),
            link=lambda to: f"/{screens.path}/search?{urlencode({**asked, 'page': to})}",
            errors=wrong,
        )

    @router.get("/search.csv")
    def export(request: Request, system: Running, _person: Person) -> Response:
        query, wrong = _query(screens, dict(request.query_params))
        if wrong:
            raise OutOfTurnError(wrong[0])
        return _csv(system, screens, query)

    return router


def _query(screens: Screens, asked: dict[str, str]) -> tuple[Query, list[str]]:
    wrong = []
    days = {}
    for name, words in (("from", f"{screens.entered}(自)"), ("to", f"{screens.entered}(至)")):
        text = asked.get(name, "").strip()
        found = day(text) if text else None
        if text and found is None:
            wrong.append(f"{words}の日付が正しくありません。")
        days[name] = found.isoformat() if found else ""
    number, text = asked.get("number", "").strip(), asked.get("text", "").strip()
    return Query(number, days["from"], days["to"], text), wrong


def _listed(field: Field, value: str) -> str:
    if field.kind == "amount":
        return f"{int(value):,}"
    return value.replace("-", "/") if field.kind == "date" else value


def _csv(system: System, screens: Screens, query: Query) -> Response:
    """Everything that was found. Nothing is escaped for spreadsheets: finance systems write such files for other systems, and what it
    imitates does not either."""
    slips, _ = system.book.search(screens, query)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([screens.number, screens.entered, *(field.label for field in screens.fields), "登録者"])
    for slip in slips:
        values = (
            slip[field.name].replace("-", "/") if field.kind == "date" else slip[field.name] for field in screens.fields
        )
        writer.writerow([slip["number"], slip["entered_on"].replace("-", "/"), *values, slip["entered_by"]])
    name = f"{screens.title}一覧.csv"
    return Response(
        text.getvalue().encode("cp932"),
        media_type="text/csv; charset=Shift_JIS",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )
