"""The slips: SQLite, one file, every acceptance one transaction."""

import datetime
import json
import re
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from robots.practice.screens import EXPENSE, TRANSFER, Screens, fiscal_year

LINES = 50
"""Lines on a page of a list."""
_REFERENCE = re.compile(r"DL[0-9A-Z]+-[0-9]+-[0-9]\Z")


@dataclass(frozen=True)
class Query:
    """What a search asks for; empty texts ask for nothing."""

    number: str = ""
    since: str = ""
    until: str = ""
    text: str = ""


class Book:
    """Slips that were accepted, and those that will be in some seconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        with self._writing() as database:
            for screens in (EXPENSE, TRANSFER):
                for statement in _tables(screens):
                    database.execute(statement)
            database.execute("CREATE TABLE IF NOT EXISTS serials (name TEXT PRIMARY KEY, last INTEGER NOT NULL)")
            database.execute(
                "CREATE TABLE IF NOT EXISTS late (id INTEGER PRIMARY KEY, due REAL NOT NULL, slip TEXT NOT NULL)"
            )

    def accept(
        self,
        screens: Screens,
        slips: Sequence[Mapping[str, str]],
        login: str,
        today: datetime.date,
        origins: Sequence[str] = ("entry",),
    ) -> list[str]:
        """Write slips, all or none; their numbers. More than one origin: each slip so many times."""
        with self._writing() as database:
            return [_insert(database, screens, values, login, today, origin) for values in slips for origin in origins]

    def postpone(
        self, screens: Screens, values: Mapping[str, str], login: str, today: datetime.date, seconds: float
    ) -> None:
        """Write a slip in so many seconds, whatever happens to this process until then."""
        slip = json.dumps({"path": screens.path, "values": dict(values), "login": login, "today": today.isoformat()})
        with self._writing() as database:
            database.execute("INSERT INTO late (due, slip) VALUES (?, ?)", (time.time() + seconds, slip))

    def settle(self) -> None:
        """Write the slips that are due."""
        if self._connection().execute("SELECT 1 FROM late WHERE due <= ?", (time.time(),)).fetchone() is None:
            return
        with self._writing() as database:
            due = database.execute("SELECT id, slip FROM late WHERE due <= ? ORDER BY due", (time.time(),)).fetchall()
            for number, text in due:
                slip = json.loads(text)
                screens = EXPENSE if slip["path"] == EXPENSE.path else TRANSFER
                today = datetime.date.fromisoformat(slip["today"])
                _insert(database, screens, slip["values"], slip["login"], today, "late")
                database.execute("DELETE FROM late WHERE id = ?", (number,))

    def slip(self, screens: Screens, number: str) -> dict[str, str] | None:
        """One slip by its number."""
        found, _ = self.search(screens, Query(number=number))
        return found[0] if found else None

    def search(self, screens: Screens, query: Query, page: int | None = None) -> tuple[list[dict[str, str]], int]:
        """The lines of a page (all, without one), and how many there are in all."""
        conditions, values = ["1"], []
        for condition, value in (
            ("number = ?", query.number),
            ("entered_on >= ?", query.since),
            ("entered_on <= ?", query.until),
            (f"instr({screens.text}, ?) > 0", query.text),
        ):
            if value:
                conditions.append(condition)
                values.append(value)
        where = f"WHERE {' AND '.join(conditions)}"
        # Names of tables and columns are our own; what was typed travels as parameters.
        count = f"SELECT count(*) FROM {screens.table} {where}"  # noqa: S608
        total = int(self._connection().execute(count, values).fetchone()[0])
        limit = "" if page is None else f" LIMIT {LINES} OFFSET {(page - 1) * LINES}"
        return self._slips(screens, f"{where} ORDER BY number{limit}", values), total

    def between(self, screens: Screens, first: str, last: str) -> list[dict[str, str]]:
        """The slips from one number to another one, both included."""
        return self._slips(screens, "WHERE number BETWEEN ? AND ? ORDER BY number", [first, last])

    def _slips(self, screens: Screens, condition: str, values: Sequence[str]) -> list[dict[str, str]]:
        names = ["number", "entered_on", *(field.name for field in screens.fields), "entered_by"]
        query = f"SELECT {', '.join(names)} FROM {screens.table} {condition}"  # noqa: S608
        return [dict(zip(names, map(str, row), strict=True)) for row in self._connection().execute(query, values)]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, committed durably or not at all."""
        database = self._connection()
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        """This thread's own."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            found.execute("PRAGMA journal_mode = WAL")
            found.execute("PRAGMA synchronous = FULL")
            self._local.connection = found
        return found


def _tables(screens: Screens) -> list[str]:
    fields = ", ".join(
        f"{field.name} {'INTEGER' if field.kind == 'amount' else 'TEXT'} NOT NULL" for field in screens.fields
    )
    own = "" if screens.text == "reference" else ", reference TEXT NOT NULL"
    return [
        f"CREATE TABLE IF NOT EXISTS {screens.table} (number TEXT PRIMARY KEY, entered_on TEXT NOT NULL, {fields}{own}, "
        "entered_by TEXT NOT NULL, accepted_at TEXT NOT NULL, origin TEXT NOT NULL)",
        f"CREATE INDEX IF NOT EXISTS {screens.table}_reference ON {screens.table} (reference)",
    ]


def _insert(
    database: sqlite3.Connection,
    screens: Screens,
    values: Mapping[str, str],
    login: str,
    today: datetime.date,
    origin: str,
) -> str:
    line: dict[str, str | int] = {field.name: values[field.name] for field in screens.fields}
    line["amount"] = int(values["amount"])
    if screens.text != "reference":
        # Not shown anywhere: it spares tests and benchmarks taking the free text apart.
        match = _REFERENCE.search(values[screens.text])
        line["reference"] = match[0] if match else ""
    line |= {
        "number": _number(database, screens, today),
        "entered_on": today.isoformat(),
        "entered_by": login,
        "accepted_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        "origin": origin,
    }
    marks = ", ".join("?" * len(line))
    statement = f"INSERT INTO {screens.table} ({', '.join(line)}) VALUES ({marks})"  # noqa: S608 - names are our own
    database.execute(statement, list(line.values()))
    return str(line["number"])


def _number(database: sqlite3.Connection, screens: Screens, today: datetime.date) -> str:
    name = f"{fiscal_year(today)}" if screens is EXPENSE else "F"
    (last,) = database.execute(
        "INSERT INTO serials VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last", (name,)
    ).fetchone()
    return f"{name}-{last:06d}" if screens is EXPENSE else f"F{last:06d}"
