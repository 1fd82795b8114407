"""What every test may ask for: a data folder, and each of the real parts, alone or one after another.

`database`, `store` and `queue` run a test once per member. The servers are started when the first test of a run asks for them.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event

from digilab.access import people, signing
from digilab.database.migrate import upgrade
from digilab.database.session import Database
from digilab.queue.contract import Queue
from digilab.queue.inprocess import InProcessQueue
from digilab.queue.redis import RedisQueue
from digilab.store.bucket import BucketStore
from digilab.store.contract import Store
from digilab.store.folder import FolderStore
from servers.postgresql import PostgreSQLServer
from servers.redis import RedisServer
from servers.s3 import S3Server

UNIT = Path(__file__).parent / "unit"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A unit test that opens a socket fails."""
    for item in items:
        if item.path.is_relative_to(UNIT):
            item.add_marker(pytest.mark.disable_socket)


def pytest_collection_finish() -> None:
    """How thorough a run is (`make faults`) has been read by now; a house refuses such names, as they are no settings."""
    for name in ("DIGILAB_FAULTS", "DIGILAB_KILLS_PER_STEP"):
        os.environ.pop(name, None)


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords() -> Iterator[None]:
    """The cheapest cost that argon2 knows: hashing is the library's business, here it only takes time."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "HASHER", quick)
        patch.setattr(signing, "HASHER", quick)
        yield


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


# --- the record -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQLServer]:
    """A PostgreSQL of this run's own."""
    server = PostgreSQLServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: PostgreSQLServer) -> str:
    """Name of a database with the newest schema, to be copied."""
    name = postgresql_server.create()
    database = Database(postgresql_server.url(name))
    upgrade(database)
    database.close()
    return name


EMPTY = """
CREATE FUNCTION empty() RETURNS void LANGUAGE plpgsql AS $$
DECLARE one text; held boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', one) INTO held;
        IF held THEN EXECUTE format('DELETE FROM %I', one); END IF;
    END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one);
    END LOOP;
END $$
"""
"""Ten times as quick as a new database for every test, or as TRUNCATE."""


@pytest.fixture(scope="session")
def _one_postgresql(postgresql_server: PostgreSQLServer, postgresql_template: str) -> str:
    """Name of the database that all tests of this run take turns with."""
    name = postgresql_server.create(template=postgresql_template)
    with postgresql_server.connect(name) as connection:
        connection.execute(EMPTY)
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture
def sqlite_url(data: Path, sqlite_template: Path) -> str:
    """Address of an SQLite database of this test's own, with the newest schema and no rows."""
    path = data / "digilab.sqlite"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql_server: PostgreSQLServer, _one_postgresql: str) -> str:
    """Address of a PostgreSQL database for this test alone, with the newest schema and no rows."""
    with postgresql_server.connect(_one_postgresql) as connection:
        # Who is still here belongs to a test that is over; what it holds would be waited for.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("SELECT empty()")
    return postgresql_server.url(_one_postgresql)


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """An open SQLite database with the newest schema."""
    database = _hasty(Database(sqlite_url))
    yield database
    database.close()


def _hasty(database: Database) -> Database:
    """It does not wait for the disk: nobody cuts the power while these tests run."""
    if database.url.startswith("sqlite"):

        @event.listens_for(database.engine, "connect")
        def hurry(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA synchronous=OFF")

    return database


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Database]:
    """An open PostgreSQL database with the newest schema."""
    database = Database(postgresql_url)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a database with the newest schema: SQLite, then PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with the newest schema: SQLite, then PostgreSQL."""
    database = _hasty(Database(database_url))
    yield database
    database.close()


# --- files ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """An S3 server of this run's own."""
    server = S3Server()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def folder_store(data: Path) -> FolderStore:
    """The store in a folder."""
    return FolderStore(data / "files")


@pytest.fixture
def bucket_store(data: Path, s3_server: S3Server) -> BucketStore:
    """The store on a bucket of this test's own."""
    return s3_server.store(data / "incoming")


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> Store:
    """A store: a folder, then a bucket."""
    made: Store = request.getfixturevalue(f"{request.param}_store")
    return made


# --- messages -------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis of this run's own. A test that stops or kills one asks for `own_redis`."""
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis of this test's own, which it may kill."""
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Address of an empty Redis."""
    redis_server.forget()
    return redis_server.url


@pytest.fixture
def redis_queue(redis_url: str) -> Iterator[RedisQueue]:
    """The queue on an empty Redis."""
    queue = RedisQueue(redis_url, "digilab")
    yield queue
    queue.close()


@pytest.fixture
def in_process_queue() -> InProcessQueue:
    """The queue within this process."""
    return InProcessQueue()


@pytest.fixture(params=["in_process", "redis"])
def queue(request: pytest.FixtureRequest) -> Queue:
    """A queue: within this process, then on Redis."""
    made: Queue = request.getfixturevalue(f"{request.param}_queue")
    return made
