"""ログイン, メニュー and what stands around them."""

from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from robots.practice.look_ups import LOOK_UPS
from robots.practice.pages import go, page
from robots.practice.screens import EXPENSE, TRANSFER
from robots.practice.sign_ins import SignIn
from robots.practice.system import COOKIE, System, person_of, system_of, typed_of

SHORTEST_PASSWORD = 8
Running = Annotated[System, Depends(system_of)]
Person = Annotated[SignIn, Depends(person_of)]
Typed = Annotated[dict[str, str], Depends(typed_of)]

router = APIRouter()


@router.get("/")
def front() -> RedirectResponse:
    """The menu, or the sign-in before it."""
    return go("/menu")


@router.get("/login")
def sign_in_page(request: Request, ended: str = "") -> Response:
    """Who are you?"""
    told = ["セッションの有効期限が切れました。再度ログインしてください。"] if ended else []
    return page(request, "sign_in.html", "ログイン", typed="", notices=told)


@router.post("/login")
def sign_in(request: Request, system: Running, typed: Typed) -> Response:
    """To the menu, by the notice about the password if there is one."""
    login = typed.get("login", "").strip()
    if not system.sign_ins.fits(login, typed.get("password", "")):
        wrong = ["ログインIDまたはパスワードが正しくありません。"]
        return page(request, "sign_in.html", "ログイン", typed=login, errors=wrong)
    person = system.sign_ins.begin(login, alone=bool(system.faults.text("one_sign_in")))
    answer = go("/menu" if system.faults.number("password_notice") is None else "/password-notice")
    answer.set_cookie(COOKIE, person.token, httponly=True, samesite="lax")
    return answer


@router.get("/logout")
def sign_out(request: Request, system: Running) -> Response:
    """To the sign-in."""
    system.sign_ins.end(request.cookies.get(COOKIE, ""))
    return go("/login")


@router.get("/password-notice")
def password_notice(request: Request, system: Running, _person: Person) -> Response:
    """How long the password will do."""
    days = int(system.faults.number("password_notice") or 0)
    told = (
        f"パスワードの有効期限まであと{days}日です。変更してください。"
        if days
        else "パスワードの有効期限が切れています。変更してください。"
    )
    return page(request, "password_notice.html", "パスワード有効期限のお知らせ", days=days, notices=[told])


@router.post("/password-notice")
def answer_password_notice(_person: Person, typed: Typed) -> Response:
    """Change it now, or later."""
    return go("/menu" if "later" in typed else "/password")


@router.get("/password")
def password_page(request: Request, _person: Person) -> Response:
    """A new password."""
    return page(request, "password.html", "パスワード変更")


@router.post("/password")
def change_password(request: Request, system: Running, person: Person, typed: Typed) -> Response:
    """It holds until the system is started again."""
    new = typed.get("new", "")
    wrong = []
    if not system.sign_ins.fits(person.login, typed.get("current", "")):
        wrong.append("現在のパスワードが正しくありません。")
    if len(new) < SHORTEST_PASSWORD:
        wrong.append(f"新しいパスワードは{SHORTEST_PASSWORD}文字以上で入力してください。")
    if new != typed.get("again", ""):
        wrong.append("新しいパスワードと確認用が一致しません。")
    if wrong:
        return page(request, "password.html", "パスワード変更", errors=wrong)
    system.sign_ins.change_password(person.login, new)
    system.faults.change({"password_notice": None})
    return go("/menu")


@router.get("/menu")
def menu(request: Request, system: Running, _person: Person) -> Response:
    """Where everything begins."""
    if system.faults.number("password_notice") == 0:
        return go("/password-notice")
    frames = [
        ("支出管理", [(EXPENSE.entry_title, "/expense/input"), (EXPENSE.search_title, "/expense/search")]),
        (
            "口座振込",
            [
                (TRANSFER.entry_title, "/transfer/input"),
                ("振込ファイル取込", "/transfer/upload"),
                (TRANSFER.search_title, "/transfer/search"),
            ],
        ),
        ("コード照会", [(each.title, f"/codes/{each.path}") for each in LOOK_UPS]),
        ("利用者", [("パスワード変更", "/password"), ("ログアウト", "/logout")]),
    ]
    return page(request, "menu.html", "メニュー", frames=frames)


@router.get("/notice")
def notice(request: Request, _person: Person, to: str = "/menu") -> Response:
    """What stands in the way of a page."""
    address = urlsplit(to)
    ours = to.startswith("/") and not address.netloc
    path, query = (address.path, parse_qsl(address.query)) if ours else ("/menu", [])
    told = ["【お知らせ】システム保守のため、本日18時以降は利用できません。内容を確認のうえ「確認」を押してください。"]
    return page(request, "notice.html", "お知らせ", to=True, to_path=path, to_query=query, menu=False, notices=told)
