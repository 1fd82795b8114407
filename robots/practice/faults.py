"""Faults that can be switched on, at the start (`--fault NAME=VALUE`) and while the system runs (`POST /practice/faults`).

`GET /practice/faults` shows what is on; `POST` with a JSON object changes the named ones (null switches one off, `{"reset": true}` all of
them). It is a door for tests: no finance system has it, and it asks for no sign-in.

| name | value | what happens |
|---|---|---|
| slow_ms | milliseconds | every page takes so much longer |
| slow_at | which rows | the page of this step takes `slow_at_s` seconds (8 if not said) longer |
| lose_answer_at | which rows | 登録 is committed, then the connection is cut without an answer |
| lose_request_at | which rows | the connection is cut before anything is committed |
| accept_late_s | seconds | 登録 answers 504 at once, and the slip is written so many seconds later |
| accept_late_at | which rows | narrows accept_late_s to these (all, without it) |
| double_on_double_click | true | a second 登録 of the same entry is accepted as a further slip (else: エラー) |
| two_hits_at | which rows | one 登録 writes two slips, so that a search by reference has two hits |
| expire_at | which rows | the sign-in ends |
| error500_at | which rows | システムエラー, 500, nothing written (with `:committed`: written before) |
| popup_at | which rows | お知らせ stands in the way of the page that was asked for |
| dialog_at | which rows | the entry page opens with a message box of the browser |
| rename_label | `old=new`, `screen:old=new`; several with `,` | a label or button has other words; nothing after `=`: it is missing |
| cut_field | `label:length` | what is longer is cut without a word |
| maintenance | true, or `quiet` | every page is 保守中 (503; quiet: 200) |
| password_notice | days left | after the sign-in: パスワード有効期限のお知らせ; 0: it has expired and must be changed |
| closed_month | `2026-10`, several with `,` | these months are closed |
| one_sign_in | true | a new sign-in of an account ends its older ones |
| duplicates | warn, or refuse | an entry whose creditor (account), amount and day are on a slip already is remarked on, or refused |
| today | `2027-04-20` | the day on which the system believes to be |

Which rows: numbers from 1 with `,` between them (`3,37`), `*` (all) or `%10` (every tenth), with the step after `:` where it shall happen:
`open` (the entry page is asked for), `check` (確認 was pressed), `register` (登録 was pressed), `committed` (the slip is written).
Each step counts by itself, over all sign-ins and both sets of screens, from the last change of the faults on; a second 登録 of the
same entry does not count.
"""

import datetime
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass

STEPS = ("open", "check", "register", "committed")
ROWS = {
    "lose_answer_at": ("committed", ("committed",)),
    "lose_request_at": ("register", ("register",)),
    "accept_late_at": ("register", ("register",)),
    "two_hits_at": ("register", ("register",)),
    "expire_at": ("check", STEPS),
    "error500_at": ("register", STEPS),
    "popup_at": ("open", ("open", "check", "committed")),
    "dialog_at": ("open", ("open",)),
    "slow_at": ("open", ("open", "check", "register")),
}
"""Faults of certain rows: the step where they happen if none is named, and the steps that may be named."""
NUMBERS = ("slow_ms", "slow_at_s", "accept_late_s", "password_notice")
SWITCHES: dict[str, tuple[str, ...]] = {
    "double_on_double_click": ("true",),
    "maintenance": ("true", "quiet"),
    "one_sign_in": ("true",),
    "duplicates": ("warn", "refuse"),
}
PATTERNS = {
    "rename_label": r"(?:[^=,]+=[^=,]*)(?:,[^=,]+=[^=,]*)*",
    "cut_field": r"[^:]+:[0-9]+",
    "closed_month": r"[0-9]{4}-[0-9]{2}(?:,[0-9]{4}-[0-9]{2})*",
    "today": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
}
NAMES = (*ROWS, *NUMBERS, *SWITCHES, *PATTERNS)


class FaultError(ValueError):
    """Raised when no fault has this name, or not this value; the text says which there are."""


@dataclass(frozen=True)
class Rows:
    """Which rows a fault is about, and at which step."""

    numbers: frozenset[int]
    every: int
    step: str

    def hit(self, step: str, count: int) -> bool:
        """Whether the count-th time at this step is one of them."""
        return step == self.step and (count in self.numbers or (self.every > 0 and count % self.every == 0))


class Faults:
    """What is switched on. Every value is text, and is checked before anything changes."""

    def __init__(self, first: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self._on: dict[str, str] = {}
        self._rows: dict[str, Rows] = {}
        self._counts = dict.fromkeys(STEPS, 0)
        self.change(first)

    def change(self, wanted: Mapping[str, object]) -> None:
        """Switch the named ones on or off, and count from one again. Raises FaultError, and then nothing has changed."""
        texts = {name: _text(value) for name, value in wanted.items() if name != "reset"}
        for name, text in texts.items():
            if text is not None:
                _examine(name, text)
            elif name not in NAMES:
                raise FaultError(_unknown(name))
        with self._lock:
            on = {} if wanted.get("reset") else dict(self._on)
            on.update({name: text for name, text in texts.items() if text is not None})
            for name in (name for name, text in texts.items() if text is None):
                on.pop(name, None)
            self._on = on
            self._rows = {name: rows(name, on[name]) for name in ROWS if name in on}
            self._counts = dict.fromkeys(STEPS, 0)

    @property
    def on(self) -> dict[str, str]:
        """What is switched on."""
        return dict(self._on)

    @property
    def counts(self) -> dict[str, int]:
        """How often each step was taken since the last change."""
        return dict(self._counts)

    def take(self, step: str) -> frozenset[str]:
        """Count a step; which faults happen at it. `register` answers for `committed` too, as `name:committed`."""
        with self._lock:
            self._counts[step] += 1
            count = self._counts[step]
            found = {name for name, rows in self._rows.items() if rows.hit(step, count)}
            if step == "register":
                self._counts["committed"] = count
                found |= {f"{name}:committed" for name, rows in self._rows.items() if rows.hit("committed", count)}
            if step == "register" and "accept_late_s" in self._on and "accept_late_at" not in self._on:
                found.add("accept_late_at")
        return frozenset(found)

    def number(self, name: str) -> float | None:
        """The value of a fault that is a number; None when it is off."""
        text = self._on.get(name)
        return None if text is None else float(text)

    def text(self, name: str) -> str:
        """The value of any fault; empty when it is off."""
        return self._on.get(name, "")

    def label(self, screen: str, words: str) -> str:
        """The words that stand on a screen for a label or button; empty: it is left out."""
        for change in filter(None, self.text("rename_label").split(",")):
            old, _, new = change.partition("=")
            where, _, name = old.rpartition(":")
            if name == words and where in ("", screen):
                return new
        return words

    def cut(self, label: str, value: str) -> str:
        """What is kept of what was typed."""
        name, _, length = self.text("cut_field").rpartition(":")
        return value[: int(length)] if name == label else value


def rows(name: str, text: str) -> Rows:
    """Raises FaultError."""
    usual, allowed = ROWS[name]
    which, _, step = text.partition(":")
    step = step or usual
    match = re.fullmatch(r"\*|%[1-9][0-9]*|[1-9][0-9]*(?:,[1-9][0-9]*)*", which)
    if match is None or step not in allowed:
        steps = "、".join(allowed)
        raise FaultError(
            f"{name}={text}: 3 / 3,37 / * / %10 のいずれかに、必要なら「:段階」({steps})を付けてください。"
        )
    every = 1 if which == "*" else int(which[1:]) if which.startswith("%") else 0
    return Rows(frozenset() if every else frozenset(map(int, which.split(","))), every, step)


def _text(value: object) -> str | None:
    """JSON and the command line say the same thing in different types; false is off."""
    if value is None or value is False:
        return None
    return "true" if value is True else str(value)


def _examine(name: str, text: str) -> None:
    if name in ROWS:
        rows(name, text)
    elif name in NUMBERS:
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) is None:
            raise FaultError(f"{name}={text}: 0以上の数を指定してください。")
    elif name in SWITCHES:
        if text not in SWITCHES[name]:
            raise FaultError(f"{name}={text}: {'、'.join(SWITCHES[name])} のいずれかを指定してください。")
    elif name in PATTERNS:
        if re.fullmatch(PATTERNS[name], text) is None or (name == "today" and not _is_day(text)):
            raise FaultError(f"{name}={text}: 書き方が正しくありません(robots/practice/faults.py を参照)。")
    else:
        raise FaultError(_unknown(name))


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _unknown(name: str) -> str:
    return f"{name} という障害はありません。使えるもの:{'、'.join(sorted(NAMES))}"
