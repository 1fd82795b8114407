"""入力, 確認, 登録, 結果: the pages on which a slip comes about. The same for both sets of screens."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from robots.practice.book import Query
from robots.practice.look_ups import LOOK_UPS
from robots.practice.pages import go, go_by_notice, page
from robots.practice.screens import Screens
from robots.practice.sign_ins import Entry, SignIn
from robots.practice.system import (
    LineCutError,
    OutOfTurnError,
    System,
    TooSlowError,
    entry_of,
    person_of,
    system_of,
    typed_of,
)

Running = Annotated[System, Depends(system_of)]
Person = Annotated[SignIn, Depends(person_of)]
Typed = Annotated[dict[str, str], Depends(typed_of)]

LATE_SECONDS = 60.0
"""How late a slip is written when rows were named but no time."""


def entering(screens: Screens) -> APIRouter:
    """The pages of one set."""
    router = APIRouter(prefix=f"/{screens.path}")

    @router.get("/input")
    def blank(request: Request, system: Running, person: Person, entry: str = "") -> Response:
        happening = system.faults.take("open")
        system.strike(happening, "open", person)
        if "popup_at" in happening:
            return go_by_notice(request.url.path, **dict(request.query_params))
        begun = (
            entry_of(person, entry, screens.path) if entry else person.entry(screens, _first_values(screens, system))
        )
        chosen = {
            field.name: request.query_params[field.name]
            for field in screens.fields
            if field.name in request.query_params
        }
        begun.values |= chosen
        return _entry_page(request, screens, begun, dialog="dialog_at" in happening)

    @router.post("/input")
    def check(system: Running, person: Person, typed: Typed) -> Response:
        entry = entry_of(person, typed.get("entry", ""), screens.path)
        if entry.pressed:
            raise OutOfTurnError("この入力は登録処理済みです。続けて入力する場合はメニューから開いてください。")
        values = {field.name: system.faults.cut(field.label, typed.get(field.name, "")) for field in screens.fields}
        entry.values, entry.checked = values, False
        for look_up in LOOK_UPS:
            if f"look_{look_up.path}" in typed:
                return go(f"/codes/{look_up.path}", entry=entry.id, screens=screens.path)
        happening = system.faults.take("check")
        system.strike(happening, "check", person)
        kept, entry.wrong = screens.check(values, system.rules)
        entry.remarks = []
        if not entry.wrong:
            _remark_on_twins(system, screens, entry, kept)
        if entry.wrong:
            return go(f"/{screens.path}/input/wrong", entry=entry.id)
        entry.values, entry.checked = kept, True
        onward = go_by_notice if "popup_at" in happening else go
        return onward(f"/{screens.path}/confirm", entry=entry.id)

    @router.get("/input/wrong")
    def wrong(request: Request, person: Person, entry: str = "") -> Response:
        return _entry_page(request, screens, entry_of(person, entry, screens.path))

    @router.get("/confirm")
    def confirm(request: Request, person: Person, entry: str = "") -> Response:
        begun = entry_of(person, entry, screens.path)
        if not begun.checked or begun.pressed:
            raise OutOfTurnError("確認画面を表示できません。入力画面からやり直してください。")
        words = screens.words(begun.values)
        return page(
            request,
            "confirm.html",
            screens.confirm_title,
            screens=screens,
            entry=begun,
            values=begun.values,
            words=lambda name: words.get(name, ""),
            notices=begun.remarks or ["内容を確認し、よろしければ「登録」を押してください。"],
        )

    @router.post("/register")
    def register(system: Running, person: Person, typed: Typed) -> Response:
        entry = entry_of(person, typed.get("entry", ""), screens.path)
        if "back" in typed and not entry.pressed:
            return go(f"/{screens.path}/input", entry=entry.id)
        if "stop" in typed and not entry.pressed:
            person.entries.pop(entry.id, None)
            return go("/menu")
        return _register(system, person, screens, entry)

    @router.get("/result")
    def result(request: Request, system: Running, _person: Person, no: str = "") -> Response:
        told = [f"{screens.title}を登録しました。"]
        return _slip_page(request, system, screens, no, screens.result_title, told)

    @router.get("/detail")
    def detail(request: Request, system: Running, _person: Person, no: str = "") -> Response:
        return _slip_page(request, system, screens, no, screens.detail_title, [])

    return router


def _register(system: System, person: SignIn, screens: Screens, entry: Entry) -> RedirectResponse:
    if not entry.checked:
        raise OutOfTurnError("登録できません。入力画面からやり直してください。")
    with system.pressing:
        first, entry.pressed = not entry.pressed, True
    if not first and not system.faults.text("double_on_double_click"):
        if entry.lost:
            raise LineCutError
        raise OutOfTurnError(
            f"この入力は登録処理が行われています。{screens.search_title}で登録の有無を確認してください。"
        )
    happening = system.faults.take("register") if first else frozenset()
    system.strike(happening, "register", person)
    entry.lost = entry.lost or bool(happening & {"lose_answer_at:committed", "lose_request_at"})
    if "lose_request_at" in happening:
        raise LineCutError
    if "accept_late_at" in happening:
        seconds = system.faults.number("accept_late_s")
        seconds = LATE_SECONDS if seconds is None else seconds
        system.book.postpone(screens, entry.values, person.login, system.today, seconds)
        raise TooSlowError
    origins = ("entry" if first else "double", *(["copy"] if "two_hits_at" in happening else []))
    number = system.book.accept(screens, [entry.values], person.login, system.today, origins)[0]
    if entry.lost:
        raise LineCutError
    system.strike(happening, "committed", person)
    onward = go_by_notice if "popup_at:committed" in happening else go
    return onward(f"/{screens.path}/result", no=number)


def _entry_page(request: Request, screens: Screens, entry: Entry, *, dialog: bool = False) -> Response:
    return page(
        request,
        "entry.html",
        screens.entry_title,
        screens=screens,
        entry=entry,
        values=entry.values,
        look_ups={look_up.button: look_up.path for look_up in LOOK_UPS},
        errors=entry.wrong,
        dialog=dialog,
    )


def _slip_page(
    request: Request, system: System, screens: Screens, number: str, title: str, told: list[str]
) -> Response:
    slip = system.book.slip(screens, number) if number else None
    if slip is None:
        raise OutOfTurnError(f"{screens.number}{number}は存在しません。")
    words = screens.words(slip)
    return page(
        request,
        "slip.html",
        title,
        screens=screens,
        slip=slip,
        words=lambda name: words.get(name, ""),
        notices=told,
    )


def _first_values(screens: Screens, system: System) -> dict[str, str]:
    """What stands in an empty entry page."""
    values = {field.name: "" for field in screens.fields}
    if "fiscal_year" in values:
        values["fiscal_year"] = str(system.rules.fiscal_year)
    return values


def _remark_on_twins(system: System, screens: Screens, entry: Entry, kept: dict[str, str]) -> None:
    wanted = system.faults.text("duplicates")
    if not wanted:
        return
    alike = (
        ("creditor", "amount", "pay_on")
        if screens.path == "expense"
        else ("bank", "account_number", "amount", "pay_on")
    )
    slips, _ = system.book.search(screens, Query())
    twins = [slip["number"] for slip in slips if all(slip[name] == kept[name] for name in alike)]
    if twins:
        sentence = f"同じ内容の{screens.title}({screens.number}{twins[0]})が既に登録されています。"
        (entry.wrong if wanted == "refuse" else entry.remarks).append(sentence)
