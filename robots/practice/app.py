"""The application around one running system: routers, the gate before every page, answers to what goes wrong."""

import asyncio
import json
from asyncio import BaseTransport

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from robots.practice import look_ups, signing, uploading
from robots.practice.entering import entering
from robots.practice.faults import FaultError
from robots.practice.pages import page
from robots.practice.screens import EXPENSE, TRANSFER
from robots.practice.searching import searching
from robots.practice.system import (
    COOKIE,
    BrokenError,
    LineCutError,
    OutOfTurnError,
    SignedOutError,
    System,
    TooSlowError,
    system_of,
)

Lines = dict[tuple[str, int], BaseTransport]
"""Open connections by the other side's address, so that one can be cut."""
DOOR = "/practice/faults"
MOST_BYTES = 4 * 1024**2
"""Of any request."""


def create_app(system: System, lines: Lines) -> FastAPI:
    """Everything that answers over HTTP."""
    app = FastAPI(title="practice", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.system = system
    app.state.lines = lines
    app.include_router(signing.router)
    app.include_router(look_ups.router)
    app.include_router(uploading.router)
    for screens in (EXPENSE, TRANSFER):
        app.include_router(entering(screens))
        app.include_router(searching(screens))
    app.add_api_route(DOOR, faults, methods=["GET"])
    app.add_api_route(DOOR, change_faults, methods=["POST"])
    app.add_exception_handler(SignedOutError, _signed_out)
    app.add_exception_handler(OutOfTurnError, _out_of_turn)
    app.add_exception_handler(LineCutError, _cut)
    app.add_exception_handler(BrokenError, _broken)
    app.add_exception_handler(TooSlowError, _too_slow)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _broken)
    app.add_middleware(Gate)
    return app


def faults(request: Request) -> JSONResponse:
    """What is switched on, and how often each step was taken since."""
    system = system_of(request)
    return JSONResponse({"on": system.faults.on, "counts": system.faults.counts})


async def change_faults(request: Request) -> JSONResponse:
    """Switch faults on and off."""
    try:
        wanted = json.loads(await request.body())
        if not isinstance(wanted, dict):
            raise FaultError("JSON のオブジェクトで指定してください。")
        system_of(request).faults.change(wanted)
    except ValueError as error:
        return JSONResponse({"error": str(error)}, 400)
    return faults(request)


class Gate:
    """Before every page: the time it takes, and whether the system is closed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The test door is neither slow nor closed."""
        if scope["type"] != "http" or scope["path"] == DOOR:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        system = system_of(request)
        # As an application server does: once a request has come in, it is worked off, whether or not somebody still waits for the answer.
        whole = await _whole(receive)
        if whole is None:
            await _plain(request, "エラー", 413, errors=["送信されたデータが大きすぎます。"], menu=True)(
                scope, receive, send
            )
            return
        seconds = system.delay + (system.faults.number("slow_ms") or 0) / 1000
        if seconds:
            await asyncio.sleep(seconds)
        closed = system.faults.text("maintenance")
        if closed:
            answer = _maintenance(request, 200 if closed == "quiet" else 503)
            await answer(scope, whole, send)
            return

        async def send_unkept(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Cache-Control"] = "no-store"
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        await self._app(scope, whole, send_unkept)


async def _whole(receive: Receive) -> Receive | None:
    """The request's messages, all of them read, and what comes after as it comes; None when there are too many bytes."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
        if sum(len(message.get("body", b"")) for message in messages) > MOST_BYTES:
            return None
    messages.reverse()

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


def _maintenance(request: Request, status: int) -> Response:
    told = ["ただいま保守作業中のため利用できません。時間をおいて再度アクセスしてください。"]
    return _plain(request, "保守中", status, notices=told)


def _plain(
    request: Request,
    screen: str,
    status: int,
    *,
    errors: list[str] | None = None,
    notices: list[str] | None = None,
    menu: bool = False,
) -> Response:
    return page(request, "notice.html", screen, status, to=False, menu=menu, errors=errors or [], notices=notices or [])


async def _signed_out(request: Request, _error: Exception) -> Response:
    # Whoever comes without any cookie has not been signed in before.
    ended = "?ended=1" if COOKIE in request.cookies else ""
    return Response(status_code=303, headers={"Location": f"/login{ended}"})


async def _out_of_turn(request: Request, error: Exception) -> Response:
    return _plain(request, "エラー", 200, errors=[str(error)], menu=True)


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 400
    sentence = (
        "お探しの画面はありません。メニューからやり直してください。"
        if status in (404, 405)
        else "要求を受け付けられません。メニューからやり直してください。"
    )
    return _plain(request, "エラー", status, errors=[sentence], menu=True)


async def _broken(request: Request, _error: Exception) -> Response:
    sentence = "システムエラーが発生しました。システム管理者に連絡してください。(コード:ZK-9999)"
    return _plain(request, "システムエラー", 500, errors=[sentence])


async def _too_slow(request: Request, _error: Exception) -> Response:
    sentence = "処理に時間がかかっているため応答できません。処理結果は検索画面で確認してください。(コード:ZK-0504)"
    return _plain(request, "システムエラー", 504, errors=[sentence])


async def _cut(request: Request, _error: Exception) -> Response:
    client = request.client
    line = request.app.state.lines.get((client.host, client.port)) if client else None
    if line is not None:
        line.abort()
        # The server notices in the next turn of its loop, and then drops the answer below.
        await asyncio.sleep(0)
    return Response(status_code=500)
