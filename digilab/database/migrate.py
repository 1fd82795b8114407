"""Bringing the database to the newest schema (Alembic)."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from digilab.database.session import Database, answering

LOCK = 7_315_046_920_417
"""PostgreSQL's advisory lock that whoever changes the schema holds; the number means nothing."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    # Alembic reads a percent sign as the start of a name to fill in.
    place = str(resources.files("digilab.database").joinpath("migrations")).replace("%", "%%")
    config.set_main_option("script_location", place)
    config.attributes["connection"] = connection
    return config


@contextmanager
def changing(database: Database) -> Iterator[Connection]:
    """One transaction for a whole change of the schema; whoever comes second waits and finds it done."""
    with answering(), database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            with connection.begin():
                # A large table takes its time, and whoever comes second waits for as long.
                connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
                yield connection
        else:
            with _without_foreign_keys(connection.connection.driver_connection), connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    raise RuntimeError(f"the migration left rows that point nowhere: {broken[:5]}")


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply what is missing up to `revision`. Safe to call at every start, and by several processes at once."""
    with changing(database) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Go back to `revision` (`base`: an empty schema)."""
    with changing(database) as connection:
        command.downgrade(_config(connection), revision)


def current(database: Database) -> str | None:
    """The schema's revision, None for an empty database."""
    with answering(), database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


@contextmanager
def _without_foreign_keys(driver: Any) -> Iterator[None]:
    # SQLite changes a table by copying and dropping it, and dropping deletes its rows: with keys enforced, also those that point to
    # them. The switch works outside a transaction only.
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
