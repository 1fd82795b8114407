"""A real PostgreSQL on a unix socket in a temporary folder."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from sqlalchemy import text

from digilab.database.session import Database
from servers import child


def binaries() -> Path:
    """Where initdb and postgres lie: on the path, or where Debian keeps them off it."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    versions = sorted((path.parent for path in found), key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0))
    if not versions:
        raise FileNotFoundError("PostgreSQL is not installed and the tests need it: run `make setup`")
    return versions[-1]


def other_user() -> str | None:
    """PostgreSQL refuses to run as root; somebody else does it then."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def until_one_waits(database: Database) -> None:
    """Until a session of this database waits for what another one holds."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + 30
    while True:
        with database.reading() as session:
            if session.scalars(waiting).one():
                return
        assert time.monotonic() < deadline, "nobody waits"


class PostgreSQLServer:
    """One server; many databases. Commits outlive its own crash, not the machine's: it never syncs to the disk."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="digilab-pg-"))
        self._user = other_user()
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self._log = self.folder.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None
        command = [str(binaries() / "initdb"), "--pgdata", str(self._data), "--username", "digilab", "--auth", "trust"]
        command += ["--encoding", "UTF8", "--locale", "C", "--no-sync"]
        made = child.start(command, self._log, user=self._user)
        if made.wait(120) != 0:
            raise RuntimeError(f"initdb failed:\n{self._log.read_text(errors='replace')[-2000:]}")

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it; when this returns it answers."""
        command = [str(binaries() / "postgres"), "-D", str(self._data)]
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            # A zone that is not UTC: a time that loses its zone on the way is seen at once.
            "timezone": "Asia/Tokyo",
        }
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._process = child.start(command, self._log, signal="QUIT", user=self._user)
        child.wait(self._process, self._answers, self._log)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it: SIGQUIT at once, SIGINT after rolling everybody back, SIGKILL as a crash does."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def remove(self) -> None:
        """Stop it and remove what it wrote."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._log.unlink(missing_ok=True)

    def url(self, database: str) -> str:
        """SQLAlchemy address of one database."""
        return f"postgresql://digilab@/{database}?host={quote(str(self.folder))}"

    def connect(self, database: str) -> psycopg.Connection:
        """A connection of the tests' own, past the house; every statement is committed."""
        return psycopg.connect(host=str(self.folder), user="digilab", dbname=database, autocommit=True)

    def create(self, template: str = "template0") -> str:
        """A new database, as a copy of `template`; its name. Nobody may be connected to the template."""
        name = f"t{uuid.uuid4().hex}"
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with self.connect("postgres") as connection:
            connection.execute(statement)

    def _answers(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True
