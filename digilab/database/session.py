"""Transactions. One request or one step of a worker is one transaction, committed at its edge."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from digilab.errors import DatabaseUnreachableError, NoSpaceError

CONNECT_SECONDS = 5
LOCKED_SECONDS = 30
"""How long a writer waits for its turn before the database counts as unreachable."""
IDLE_SECONDS = 60
"""PostgreSQL ends a transaction in which nothing was asked for so long: whoever stopped in the middle of it holds what others wait for."""
LOST_SECONDS = 30
"""Neither side of a connection waits longer for a machine that has vanished; the system's own measure is two hours."""
AWAY = ("25006", "25P03")
"""SQLSTATEs that the driver does not call operational: a server that only reads (a standby), a transaction that was ended for idling."""


def now(session: Session) -> datetime:
    """The record's own time, aware UTC.

    PostgreSQL: the server's clock, so that leases do not depend on how well the workers' clocks agree. SQLite lives on one machine.
    """
    # Begun before the time is taken: on SQLite a writer may wait here for its turn, and a lease is counted from when it has got it.
    session.connection()
    if session.get_bind().dialect.name == "postgresql":
        moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return moment.astimezone(UTC)
    return datetime.now(UTC)


class Database:
    """The open database. `transaction()` writes, `reading()` only reads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _sqlite(url) if url.startswith("sqlite") else _postgresql(url)
        self._writing = sessionmaker(self.engine, expire_on_commit=False)
        self._reading = sessionmaker(self.engine.execution_options(digilab_reading=True), expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction that commits when the block ends well and rolls back when it raises.

        Raises DatabaseUnreachableError when the server is gone or stays locked, NoSpaceError when its disk is full.
        """
        with answering(), self._writing.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading; nothing that is changed in it is kept."""
        with answering(), self._reading() as session:
            yield session

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@contextmanager
def answering() -> Iterator[None]:
    """What the driver says of a server that is gone, locked or full, in our words."""
    try:
        yield
    except (OperationalError, InternalError, PoolTimeoutError) as error:
        cause = getattr(error, "orig", None)
        state = getattr(cause, "sqlstate", "")
        if isinstance(error, InternalError) and state not in AWAY:
            raise
        full = getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL" or state == "53100"
        raise (NoSpaceError if full else DatabaseUnreachableError) from error


# Errors go to the log: they must not carry titles, names or logins there (`hide_parameters`).


def _postgresql(url: str) -> Engine:
    spelt = make_url(url.replace("postgresql://", "postgresql+psycopg://", 1))
    limits = {
        "lock_timeout": f"{LOCKED_SECONDS}s",
        "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
        # The server's side: it lets go of what a vanished machine had locked.
        "tcp_keepalives_idle": LOST_SECONDS // 2,
        "tcp_keepalives_interval": LOST_SECONDS // 6,
        "tcp_keepalives_count": 3,
    }
    options = [f"-c {name}={seconds}" for name, seconds in limits.items()]
    return create_engine(
        spelt,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        hide_parameters=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "keepalives_idle": LOST_SECONDS // 2,
            "keepalives_interval": LOST_SECONDS // 6,
            "keepalives_count": 3,
            "tcp_user_timeout": LOST_SECONDS * 1000,
            # What the address itself asks for comes last and counts.
            "options": " ".join([*options, str(spelt.query.get("options", ""))]).strip(),
        },
    )


def _sqlite(url: str) -> Engine:
    path = url.removeprefix("sqlite:///")
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": LOCKED_SECONDS})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        # The driver must not begin transactions by itself: `begin` below chooses their kind.
        connection.isolation_level = None
        cursor = connection.cursor()
        _write_ahead(cursor)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that turns to writing fails at once when another writer was first; an immediate one waits its turn.
        reading = connection.get_execution_options().get("digilab_reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Switch to the write-ahead log. Two processes that open a new file at once: SQLite tells the second one that it is locked, at
    once and whatever the time-out (the switch does not wait for its turn), so we wait here."""
    deadline = time.monotonic() + LOCKED_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
