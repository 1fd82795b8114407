"""The ledger's file: its tables, how it is opened, who holds it, and the stop that anybody may press."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from robots.errors import LedgerBusyError, LedgerUnreadableError
from robots.ledger.presence import Presence

FORMAT = 1
"""Of the file (`user_version`)."""

_TABLES = """
CREATE TABLE holders (
    robot TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    held INTEGER NOT NULL,
    presence TEXT NOT NULL,
    until REAL NOT NULL
);
CREATE TABLE stops (id INTEGER PRIMARY KEY, at TEXT NOT NULL, reason TEXT NOT NULL, lifted TEXT);
CREATE TABLE rows (
    robot TEXT NOT NULL,
    run TEXT NOT NULL,
    number INTEGER NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    business_key TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    payload TEXT NOT NULL DEFAULT '',
    boot TEXT NOT NULL,
    changed REAL NOT NULL,
    receipt TEXT NOT NULL DEFAULT '',
    code TEXT NOT NULL DEFAULT '',
    words TEXT NOT NULL DEFAULT '',
    evidence TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (robot, run, number)
);
-- A row that the finance system refused does not hold its business case: the corrected one must be taken.
CREATE UNIQUE INDEX rows_business_key ON rows (robot, business_key) WHERE state != 'rejected';
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    robot TEXT NOT NULL,
    run TEXT NOT NULL,
    number INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
CREATE TRIGGER events_last BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
"""


def opened(path: Path) -> sqlite3.Connection:
    """A connection to it, made when it is new. Raises LedgerUnreadableError."""
    try:
        connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise LedgerUnreadableError(file=path.name) from error
    try:
        _prepare(connection, path)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.DatabaseError):
            raise LedgerUnreadableError(file=path.name) from error
        raise
    return connection


def stop(path: Path, reason: str) -> None:
    """Stop every run on this file, whoever holds it, until `resume`."""
    with contextlib.closing(opened(path)) as connection, transaction(connection):
        connection.execute("INSERT INTO stops (at, reason) VALUES (datetime('now'), ?)", (reason,))


def resume(path: Path) -> None:
    """Lift all stops."""
    with contextlib.closing(opened(path)) as connection, transaction(connection):
        connection.execute("UPDATE stops SET lifted = datetime('now') WHERE lifted IS NULL")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One that sees no other writer; on the disk when the block ends."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has done it already when the disk is full; and a commit that failed would stay open.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # WAL alone would sync at checkpoints only: a power cut could then take an intent back whose click went out.
    connection.execute("PRAGMA synchronous = FULL")
    if _version(connection) == FORMAT:
        return
    with transaction(connection):
        version = _version(connection)
        if version == FORMAT:
            return
        if version or connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise LedgerUnreadableError(file=path.name)
        for statement in _statements(_TABLES):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {FORMAT}")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _statements(script: str) -> Iterator[str]:
    """`executescript` would commit in between."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def take(connection: sqlite3.Connection, robot: str, lease: float) -> int:
    """Become the holder; the new epoch."""
    here = Presence.here()
    try:
        with transaction(connection):
            last = _holder(connection, robot)
            if last is not None and last.held and last.presence.may_live(here, last.until):
                raise LedgerBusyError(robot=robot, process=last.presence.process)
            epoch = (last.epoch if last else 0) + 1
            connection.execute(
                "INSERT OR REPLACE INTO holders (robot, epoch, held, presence, until) VALUES (?, ?, 1, ?, ?)",
                (robot, epoch, here.text(), Presence.clock() + lease),
            )
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        # Somebody was stopped in the middle of writing: until it goes on, or dies, nobody keys anything.
        last = _holder(connection, robot)
        raise LedgerBusyError(robot=robot, process=last.presence.process if last else 0) from error
    return epoch


@dataclass(frozen=True)
class _Holder:
    epoch: int
    held: bool
    presence: Presence
    until: float


def _holder(connection: sqlite3.Connection, robot: str) -> _Holder | None:
    row = connection.execute("SELECT epoch, held, presence, until FROM holders WHERE robot = ?", (robot,)).fetchone()
    return None if row is None else _Holder(row[0], bool(row[1]), Presence.read(row[2]), row[3])
