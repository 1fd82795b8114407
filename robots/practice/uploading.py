"""振込ファイル取込: many transfers by one csv, all or none."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from robots.practice.pages import go, page
from robots.practice.screens import TRANSFER
from robots.practice.sign_ins import SignIn
from robots.practice.system import LineCutError, OutOfTurnError, System, entry_of, person_of, system_of, typed_of
from robots.practice.transfer_files import MOST_BYTES, read_file

Running = Annotated[System, Depends(system_of)]
Person = Annotated[SignIn, Depends(person_of)]
Typed = Annotated[dict[str, str], Depends(typed_of)]

TITLE = "振込ファイル取込"
router = APIRouter(prefix="/transfer/upload")


@router.get("")
def blank(request: Request, _person: Person) -> Response:
    """Which file?"""
    return page(request, "upload.html", TITLE, pay_on="")


async def _handed_in(request: Request) -> tuple[str, bytes]:
    """The day that was typed, and the file's bytes (one more than are allowed at most)."""
    form = await request.form(max_files=1, max_fields=20)
    file, pay_on = form.get("file"), form.get("pay_on")
    content = await file.read(MOST_BYTES + 1) if isinstance(file, UploadFile) else b""
    return pay_on.strip() if isinstance(pay_on, str) else "", content


@router.post("")
def take(
    request: Request, system: Running, person: Person, handed_in: Annotated[tuple[str, bytes], Depends(_handed_in)]
) -> Response:
    """Every row is checked as if it were typed; one that is wrong holds them all."""
    pay_on, content = handed_in
    slips, wrong = read_file(content, pay_on, system.rules) if content else ([], ["ファイルを指定してください。"])
    if wrong:
        return page(request, "upload.html", TITLE, pay_on=pay_on, errors=wrong)
    entry = person.entry(TRANSFER, dict.fromkeys((field.name for field in TRANSFER.fields), ""))
    entry.slips = slips
    return go("/transfer/upload/confirm", entry=entry.id)


@router.get("/confirm")
def confirm(request: Request, person: Person, entry: str = "") -> Response:
    """Counts, sum and rows."""
    begun = entry_of(person, entry, TRANSFER.path)
    if not begun.slips or begun.pressed:
        raise OutOfTurnError("確認画面を表示できません。ファイルの取込からやり直してください。")
    told = ["件数と合計金額を確認し、よろしければ「登録」を押してください。"]
    return page(
        request,
        "upload_slips.html",
        f"{TITLE}確認",
        screens=TRANSFER,
        slips=begun.slips,
        entry=begun,
        total=_sum(begun.slips),
        first="",
        last="",
        notices=told,
    )


@router.post("/register")
def register(system: Running, person: Person, typed: Typed) -> Response:
    """One transaction."""
    entry = entry_of(person, typed.get("entry", ""), TRANSFER.path)
    if "stop" in typed and not entry.pressed:
        person.entries.pop(entry.id, None)
        return go("/menu")
    with system.pressing:
        first, entry.pressed = not entry.pressed, True
    if not first:
        if entry.lost:
            raise LineCutError
        raise OutOfTurnError("このファイルは登録処理が行われています。振込データ検索で登録の有無を確認してください。")
    happening = system.faults.take("register")
    system.strike(happening, "register", person)
    entry.lost = bool(happening & {"lose_answer_at:committed", "lose_request_at"})
    if "lose_request_at" in happening:
        raise LineCutError
    numbers = system.book.accept(TRANSFER, entry.slips, person.login, system.today)
    if entry.lost:
        raise LineCutError
    system.strike(happening, "committed", person)
    return go("/transfer/upload/result", first=numbers[0], last=numbers[-1])


@router.get("/result")
def result(request: Request, system: Running, _person: Person, first: str = "", last: str = "") -> Response:
    """The numbers that the rows got."""
    slips = system.book.between(TRANSFER, first, last)
    if not slips:
        raise OutOfTurnError("取込結果を表示できません。振込データ検索で確認してください。")
    return page(
        request,
        "upload_slips.html",
        f"{TITLE}結果",
        screens=TRANSFER,
        slips=slips,
        entry=None,
        total=_sum(slips),
        first=first,
        last=last,
        notices=["振込データを登録しました。"],
    )


def _sum(slips: list[dict[str, str]]) -> int:
    return sum(int(slip["amount"]) for slip in slips)
