"""The parts of one running practice system, and what stands between a request and its page."""

import datetime
import threading
import time
from dataclasses import dataclass, field

from fastapi import Request

from robots.practice.book import Book
from robots.practice.faults import Faults
from robots.practice.screens import Rules
from robots.practice.sign_ins import Entry, SignIn, SignIns

COOKIE = "ZAIMU_SESSION"
SLOW_SECONDS = 8.0


class SignedOutError(Exception):
    """Raised when nobody is signed in, or not any more."""


class OutOfTurnError(Exception):
    """Raised when a page is asked for that the entry is not ready for; the text says so to the clerk."""


class LineCutError(Exception):
    """Raised to cut the connection without an answer: a fault on purpose."""


class BrokenError(Exception):
    """Raised for the page システムエラー: a fault on purpose."""


class TooSlowError(Exception):
    """Raised for the answer of a gateway that did not wait for the finance system: a fault on purpose."""


@dataclass
class System:
    """Everything that a page needs."""

    book: Book
    faults: Faults
    sign_ins: SignIns
    delay: float = 0.0
    """Seconds that every page takes, as those of a distant server do."""
    pressing: threading.Lock = field(default_factory=threading.Lock)
    """Held while it is decided whether a 登録 is the first of its entry."""

    @property
    def today(self) -> datetime.date:
        """The day as the system sees it."""
        text = self.faults.text("today")
        return datetime.date.fromisoformat(text) if text else datetime.datetime.now(datetime.UTC).astimezone(JST).date()

    @property
    def rules(self) -> Rules:
        """What entries are checked by."""
        return Rules(self.today, frozenset(filter(None, self.faults.text("closed_month").split(","))))

    def strike(self, happening: frozenset[str], step: str, person: SignIn) -> None:
        """Let those faults of a step happen that leave no page."""
        if "slow_at" in happening:
            seconds = self.faults.number("slow_at_s")
            time.sleep(SLOW_SECONDS if seconds is None else seconds)
        suffix = "" if step in ("open", "check", "register") else f":{step}"
        if f"expire_at{suffix}" in happening:
            self.sign_ins.end(person.token)
            if not suffix:
                raise SignedOutError
        if f"error500_at{suffix}" in happening:
            raise BrokenError


JST = datetime.timezone(datetime.timedelta(hours=9))


def system_of(request: Request) -> System:
    """The running system."""
    found: System = request.app.state.system
    return found


def person_of(request: Request) -> SignIn:
    """Who asks. Raises SignedOutError."""
    found = system_of(request).sign_ins.find(request.cookies.get(COOKIE, ""))
    if found is None:
        raise SignedOutError
    return found


async def typed_of(request: Request) -> dict[str, str]:
    """What a form's text fields hold."""
    form = await request.form(max_files=0, max_fields=100)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def entry_of(person: SignIn, entry_id: str, path: str) -> Entry:
    """An entry that was begun. Raises OutOfTurnError."""
    found = person.entries.get(entry_id)
    if found is None or found.screens.path != path:
        raise OutOfTurnError("画面の操作順序が正しくありません。メニューからやり直してください。")
    return found
