"""The small job server on each database. One PostgreSQL database serves all these tests and is emptied before each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event

from digilab.access import people, signing
from digilab.database.base import Record
from digilab.database.session import Database
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.jobs.lab import Lab
from servers.postgresql import PostgreSQLServer


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cheapest cost that argon2 knows: hashing is the library's business, here it only takes time."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(people, "HASHER", quick)
    monkeypatch.setattr(signing, "HASHER", quick)


@pytest.fixture(scope="session")
def shared_postgresql(postgresql_server: PostgreSQLServer, postgresql_template: str) -> Iterator[Database]:
    """One open database for all these tests."""
    name = postgresql_server.create(template=postgresql_template)
    database = Database(postgresql_server.url(name))
    yield database
    database.close()
    postgresql_server.drop(name)


@pytest.fixture
def emptied_postgresql(shared_postgresql: Database) -> Database:
    """The shared database without a row."""
    with shared_postgresql.transaction() as session:
        for table in reversed(Record.metadata.sorted_tables):
            session.execute(table.delete())
    return shared_postgresql


@pytest.fixture
def hasty_sqlite(sqlite: Database) -> Database:
    """SQLite that does not wait for the disk: no test here cuts the power."""

    @event.listens_for(sqlite.engine, "connect")
    def hurry(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return sqlite


@pytest.fixture(params=["hasty_sqlite", "emptied_postgresql"], ids=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An open database without a row: SQLite, then PostgreSQL."""
    opened: Database = request.getfixturevalue(request.param)
    return opened


@pytest.fixture
def lab(database: Database, folder_store: FolderStore) -> Lab:
    """A furnished house: on SQLite, then on PostgreSQL."""
    return Lab(database, folder_store, InProcessQueue()).furnish()


@pytest.fixture
def data_files(data: Path) -> Path:
    """Where the store's folder lies."""
    return data / "files"
