"""Who is signed in, and what they have half typed. In memory, as the sessions of an application server are: a restart ends them."""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from robots.practice.screens import Screens, Values

MOST_ENTRIES = 100
"""Entries that a sign-in keeps; the oldest goes."""


@dataclass
class Entry:
    """One pass through 入力, 確認 and 登録."""

    id: str
    screens: Screens
    values: Values
    """As typed until 確認 was pressed without an objection, then as they would be kept."""
    checked: bool = False
    pressed: bool = False
    """Whether 登録 was pressed."""
    lost: bool = False
    """Whether whoever presses 登録 again gets no answer either: browsers send a request again by themselves when a kept-alive connection
    is cut, and the answer would then not be lost."""
    wrong: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    slips: list[Values] = field(default_factory=list)
    """Of a file: its rows."""


@dataclass
class SignIn:
    """One cookie."""

    token: str
    login: str
    seen: float
    entries: dict[str, Entry] = field(default_factory=dict)

    def entry(self, screens: Screens, values: Mapping[str, str]) -> Entry:
        """Begin one."""
        entry = Entry(secrets.token_hex(8), screens, dict(values))
        self.entries[entry.id] = entry
        while len(self.entries) > MOST_ENTRIES:
            self.entries.pop(next(iter(self.entries)), None)
        return entry


class SignIns:
    """All of them, and the passwords."""

    def __init__(self, passwords: Mapping[str, str], minutes: float) -> None:
        self._lock = threading.Lock()
        self._passwords = {login: _digest(password) for login, password in passwords.items()}
        self._open: dict[str, SignIn] = {}
        self._seconds = minutes * 60

    def fits(self, login: str, password: str) -> bool:
        """Whether the password is right."""
        return hmac.compare_digest(self._passwords.get(login, b""), _digest(password))

    def change_password(self, login: str, password: str) -> None:
        """Until the next start."""
        self._passwords[login] = _digest(password)

    def begin(self, login: str, *, alone: bool) -> SignIn:
        """A new sign-in; `alone` ends the account's other ones."""
        made = SignIn(secrets.token_urlsafe(24), login, time.monotonic())
        with self._lock:
            oldest = time.monotonic() - self._seconds
            self._open = {
                token: each
                for token, each in self._open.items()
                if each.seen > oldest and not (alone and each.login == login)
            }
            self._open[made.token] = made
        return made

    def find(self, token: str) -> SignIn | None:
        """The sign-in of a cookie, unless it has ended."""
        found = self._open.get(token)
        if found is None or found.seen < time.monotonic() - self._seconds:
            return None
        found.seen = time.monotonic()
        return found

    def end(self, token: str) -> None:
        """Sign out, or be signed out."""
        with self._lock:
            self._open.pop(token, None)


def _digest(password: str) -> bytes:
    # A practice system's passwords are printed in its documentation: no slow hash.
    return hashlib.sha256(password.encode()).digest()
