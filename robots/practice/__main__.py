"""python -m robots.practice --port P --data DIR: start the practice finance system."""

import argparse
import asyncio
import contextlib
import sqlite3
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from robots.practice.app import Lines, create_app
from robots.practice.book import Book
from robots.practice.faults import FaultError, Faults
from robots.practice.pages import PLAIN
from robots.practice.sign_ins import SignIns
from robots.practice.system import System

PASSWORDS = {"kaikei": "practice-1", "kaikei2": "practice-2"}
"""Printed everywhere: nothing is kept here that is worth a secret."""
SETTLE_SECONDS = 0.1
"""How exactly a late slip is in time."""
GRACE_SECONDS = 2
"""For requests under way when it is told to end."""
WRONG_CALL = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 2: wrong call."""
    call = _parser().parse_args(arguments)
    wanted = dict.fromkeys(["today"], call.today) if call.today else {}
    try:
        for each in call.fault:
            name, _, value = each.partition("=")
            wanted[name] = value or "true"
        faults = Faults(wanted)
    except FaultError as error:
        print(error, file=sys.stderr)
        return WRONG_CALL
    call.data.mkdir(parents=True, exist_ok=True)
    book = Book(call.data / "practice.sqlite")
    system = System(book, faults, SignIns(PASSWORDS, call.session_minutes), call.delay_ms / 1000)
    ended = threading.Event()
    settling = threading.Thread(target=_settle, args=(book, ended), daemon=True)
    settling.start()
    print(f"{PLAIN} http://{call.host}:{call.port}/", flush=True)
    _serve(system, call.host, call.port)
    ended.set()
    settling.join()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m robots.practice", description=f"財務会計システム({PLAIN})")
    parser.add_argument("--port", type=int, required=True, help="待ち受けるポート")
    parser.add_argument("--host", default="127.0.0.1", help="待ち受けるアドレス")
    parser.add_argument("--data", type=Path, required=True, help="伝票を保存するフォルダ (practice.sqlite)")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME=VALUE", help="起こす障害 (robots/practice/faults.py)"
    )
    parser.add_argument("--delay-ms", type=float, default=0.0, help="すべての画面の応答を遅らせるミリ秒")
    parser.add_argument("--today", help="システムの日付 (例 2026-11-21)。省略時は今日")
    parser.add_argument("--session-minutes", type=float, default=30.0, help="操作のない利用者のログインが切れる分数")
    return parser


def _settle(book: Book, ended: threading.Event) -> None:
    while not ended.wait(SETTLE_SECONDS):
        # A disk that is full or a file that is locked now may not be so in a moment.
        with contextlib.suppress(sqlite3.OperationalError):
            book.settle()


def _serve(system: System, host: str, port: int) -> None:
    lines: Lines = {}

    class Line(H11Protocol):
        """A connection that the application can cut by its other side's address."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is always one
            super().connection_made(transport)
            self._address = transport.get_extra_info("peername")[:2]
            lines[self._address] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            lines.pop(self._address, None)
            super().connection_lost(exc)

    config = uvicorn.Config(
        create_app(system, lines),
        host=host,
        port=port,
        http=Line,
        access_log=False,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    sys.exit(main())
