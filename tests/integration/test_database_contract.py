"""One contract over both databases: SQLite in a file and a real PostgreSQL."""

import multiprocessing
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import String, inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

import digilab.access.records
import digilab.forms.records
import digilab.glossary.records
import digilab.hours.records
import digilab.jobs.records
import digilab.ledger.records
import digilab.review.records
import digilab.services.records
import digilab.targets.records
import digilab.timetable.records
import digilab.vault.records
from digilab.access.records import Department, FailedSignIn, Person
from digilab.database.base import Record
from digilab.database.migrate import changing, current, downgrade, newest, upgrade
from digilab.database.session import Database, now
from digilab.errors import DatabaseUnreachableError, NoSpaceError
from digilab.jobs.rules import JobState
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.jobs.lab import Lab
from servers.postgresql import PostgreSQLServer

SPAWNING = multiprocessing.get_context("spawn")
JST = timezone(timedelta(hours=9))
NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
SOON = 20.0
"""Seconds that a thread may take at most; nothing waits that long when all is well."""


def department(code: str) -> Department:
    return Department(code=code, name="総務課", share=1.0)


def codes(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Department.code).order_by(Department.code)))


def tries(login: str, last_at: datetime) -> FailedSignIn:
    return FailedSignIn(login=login, address="127.0.0.1", tries=0, last_at=last_at)


def run_at_once(processes: list[SpawnProcess]) -> None:
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * len(processes)


# --- times ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [NOON, NOON.astimezone(JST)], ids=["UTC", "JST"])
def test_a_time_comes_back_aware_and_in_utc(database: Database, given: datetime) -> None:
    with database.transaction() as session:
        session.add(tries("yamada", given))
    with database.reading() as session:
        back = session.scalars(select(FailedSignIn.last_at)).one()
    assert back == NOON
    assert back.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    def write() -> None:
        with database.transaction() as session:
            session.add(tries("yamada", NOON.replace(tzinfo=None)))

    with pytest.raises(StatementError, match="a time without a zone"):
        write()


def test_times_are_compared_as_moments_not_as_texts(database: Database) -> None:
    with database.transaction() as session:
        session.add(tries("early", NOON))
        session.add(tries("late", NOON + timedelta(hours=1)))
    # In Tokyo it is evening by then: the text is greater, the moment is not.
    limit = (NOON + timedelta(minutes=30)).astimezone(JST)
    with database.reading() as session:
        assert session.scalars(select(FailedSignIn.login).where(FailedSignIn.last_at < limit)).all() == ["early"]


def test_the_records_clock_is_aware_utc_and_goes_on_within_a_transaction(database: Database) -> None:
    before = datetime.now(UTC)
    with database.transaction() as session:
        first, second = now(session), now(session)
    assert first.tzinfo is UTC
    assert before - timedelta(seconds=1) <= first <= second <= datetime.now(UTC) + timedelta(seconds=1)
    assert first < second


# --- transactions ---------------------------------------------------------------------------------------


def test_what_a_transaction_wrote_is_there_afterwards(database: Database) -> None:
    with database.transaction() as session:
        session.add(department("soumu"))
    assert codes(database) == ["soumu"]


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    def write() -> None:
        with database.transaction() as session:
            session.add(department("soumu"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert codes(database) == []


def test_records_can_be_read_after_the_transaction_has_ended(database: Database) -> None:
    with database.transaction() as session:
        made = department("soumu")
        session.add(made)
    assert made.id > 0
    assert made.code == "soumu"


def test_what_is_changed_while_reading_is_not_kept(database: Database) -> None:
    with database.reading() as session:
        session.add(department("soumu"))
        session.flush()
    assert codes(database) == []


def test_a_row_that_points_nowhere_is_refused(database: Database) -> None:
    def write() -> None:
        with database.transaction() as session:
            session.add(
                Person(login="yamada", name="山田", department_id=999, role="staff", password_hash="", created_at=NOON)
            )

    with pytest.raises(IntegrityError):
        write()


def test_a_doubled_name_is_refused(database: Database) -> None:
    with database.transaction() as session:
        session.add(department("soumu"))

    def write() -> None:
        with database.transaction() as session:
            session.add(department("soumu"))

    with pytest.raises(IntegrityError):
        write()
    assert codes(database) == ["soumu"]


def test_japanese_and_json_come_back_as_they_went_in(database: Database) -> None:
    with database.transaction() as session:
        session.add(Department(code="kouhou", name="広報課 髙﨑 𠮷野 ①", share=0.5))
        session.add(
            digilab.services.records.Service(
                slug="minutes",
                kind="transcription",
                name="議事録",
                description="",
                options={"glossary": "髙﨑", "speakers": 2, "deep": {"on": True, "list": [1.5, None]}},
            )
        )
    with database.reading() as session:
        assert session.scalars(select(Department.name)).one() == "広報課 髙﨑 𠮷野 ①"
        (service,) = session.scalars(select(digilab.services.records.Service))
        assert service.options == {"glossary": "髙﨑", "speakers": 2, "deep": {"on": True, "list": [1.5, None]}}


# --- several at once ------------------------------------------------------------------------------------


def test_a_second_writer_waits_for_the_first_and_sees_what_it_wrote(database: Database) -> None:
    with database.transaction() as session:
        session.add(tries("yamada", NOON))

    def count_up() -> None:
        with database.transaction() as session:
            row = session.scalars(select(FailedSignIn).with_for_update()).one()
            row.tries += 1

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(count_up) for _ in range(40)]:
            done.result(SOON)
    with database.reading() as session:
        assert session.scalars(select(FailedSignIn.tries)).one() == 40


def count_up_elsewhere(url: str, times: int) -> None:
    database = Database(url)
    for _ in range(times):
        with database.transaction() as session:
            row = session.scalars(select(FailedSignIn).with_for_update()).one()
            row.tries += 1
    database.close()


def test_writers_in_several_processes_wait_for_each_other(database: Database, database_url: str) -> None:
    with database.transaction() as session:
        session.add(tries("yamada", NOON))
    database.close()
    run_at_once([SPAWNING.Process(target=count_up_elsewhere, args=(database_url, 5)) for _ in range(2)])
    with database.reading() as session:
        assert session.scalars(select(FailedSignIn.tries)).one() == 10


def test_the_records_clock_is_read_when_the_turn_to_write_has_come(sqlite: Database) -> None:
    """Else a lease that waited for its turn would begin with the wait behind it, and a record that hung would seem never to have."""
    begun = threading.Event()

    def second() -> datetime:
        begun.set()
        with sqlite.transaction() as session:
            return now(session)

    with ThreadPoolExecutor(1) as pool:
        with sqlite.transaction() as session:
            session.add(department("first"))
            session.flush()
            waiting = pool.submit(second)
            begun.wait(SOON)
            with pytest.raises(TimeoutError):
                waiting.result(0.2)
            written = datetime.now(UTC)
        assert waiting.result(SOON) >= written


def test_reading_does_not_wait_for_a_writer_and_sees_what_was_before(database: Database) -> None:
    with database.transaction() as session:
        session.add(department("before"))
    with ThreadPoolExecutor(1) as pool, database.transaction() as session:
        session.add(department("during"))
        session.flush()
        assert pool.submit(codes, database).result(SOON) == ["before"]
    assert codes(database) == ["before", "during"]


def test_a_writer_does_not_wait_for_a_reader(database: Database) -> None:
    def write() -> None:
        with database.transaction() as session:
            session.add(department("during"))

    with ThreadPoolExecutor(1) as pool, database.reading() as session:
        session.scalars(select(Department)).all()
        pool.submit(write).result(SOON)
    assert codes(database) == ["during"]


# --- the schema -----------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, data: Path) -> Iterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{data / 'new folder' / 'empty.sqlite'}")
        yield database
        database.close()
        return
    server: PostgreSQLServer = request.getfixturevalue("postgresql_server")
    name = server.create()
    database = Database(server.url(name))
    yield database
    database.close()
    server.drop(name)


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Record.metadata))


def test_an_empty_database_is_brought_to_the_newest_schema_and_back(empty: Database) -> None:
    assert current(empty) is None
    upgrade(empty)
    assert current(empty) == newest()
    assert {"departments", "jobs", "parts", "bookings"} <= tables(empty)
    downgrade(empty, "base")
    assert tables(empty) == set()
    assert current(empty) is None
    upgrade(empty)
    assert current(empty) == newest()


def test_jobs_from_before_paper_forms_go_on_after_the_update(empty: Database, folder_store: FolderStore) -> None:
    upgrade(empty)
    lab = Lab(empty, folder_store, InProcessQueue()).furnish()
    done, begun = lab.whole_job(), lab.job()
    lab.split(1)
    # Rows as the first version has written them: whatever came later is gone.
    downgrade(empty, "0001")
    with empty.reading() as session:
        assert session.execute(text("SELECT title FROM jobs ORDER BY id")).scalars().all() == ["会議", "会議"]
    upgrade(empty)
    lab.work()
    lab.finish(lab.begin())
    assert [lab.look(each).status for each in (done, begun)] == [JobState.DONE, JobState.DONE]


def test_the_migrated_tables_are_the_tables_of_the_records(empty: Database) -> None:
    upgrade(empty)
    assert differences(empty) == []


def test_a_difference_between_tables_and_records_would_be_seen(empty: Database) -> None:
    upgrade(empty)
    with empty.engine.begin() as connection:
        connection.execute(text("ALTER TABLE departments ADD COLUMN forgotten INTEGER"))
    assert differences(empty) != []


def test_bringing_up_twice_changes_nothing(database: Database) -> None:
    with database.transaction() as session:
        session.add(department("soumu"))
    upgrade(database)
    assert codes(database) == ["soumu"]


def bring_up_elsewhere(url: str, start: threading.Barrier) -> None:
    database = Database(url)
    start.wait(SOON)
    upgrade(database)
    database.close()


def test_several_processes_may_bring_up_an_empty_database_at_once(empty: Database) -> None:
    start = SPAWNING.Barrier(2)
    run_at_once([SPAWNING.Process(target=bring_up_elsewhere, args=(empty.url, start)) for _ in range(2)])
    assert current(empty) == newest()


def staff(in_department: Department) -> Person:
    person = Person(login="yamada", name="山田", role="staff", password_hash="", created_at=NOON)
    person.department = in_department
    return person


def test_changing_a_table_keeps_the_rows_that_point_to_it(database: Database) -> None:
    with database.transaction() as session:
        session.add(staff(department("soumu")))
    with changing(database) as connection:
        operations = Operations(MigrationContext.configure(connection))
        # On SQLite the table is copied and dropped, and the copy takes its name.
        with operations.batch_alter_table("departments") as table:
            table.alter_column("name", type_=String(400))
    with database.reading() as session:
        assert session.scalars(select(Person)).one().department.code == "soumu"


def test_a_change_that_leaves_rows_pointing_nowhere_is_taken_back(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        session.add(staff(department("soumu")))

    def lose_departments() -> None:
        with changing(sqlite) as connection:
            connection.execute(text("DELETE FROM departments"))

    with pytest.raises(RuntimeError, match="point nowhere"):
        lose_departments()
    assert codes(sqlite) == ["soumu"]


def test_keys_are_enforced_again_after_a_change(sqlite: Database) -> None:
    with changing(sqlite):
        pass
    with sqlite.reading() as session:
        assert session.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


# --- a database that is not there -----------------------------------------------------------------------


def test_sqlite_that_stays_locked_is_unreachable(
    sqlite_url: str, sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digilab.database.session.LOCKED_SECONDS", 0.05)
    impatient = Database(sqlite_url)

    def write() -> None:
        with impatient.transaction() as session:
            session.add(department("second"))

    with sqlite.transaction() as session:
        session.add(department("first"))
        session.flush()
        with pytest.raises(DatabaseUnreachableError):
            write()
    write()
    assert codes(sqlite) == ["first", "second"]
    impatient.close()


def test_a_commit_on_sqlite_is_on_the_disk(sqlite_url: str) -> None:
    sqlite = Database(sqlite_url)
    with sqlite.reading() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert session.execute(text("PRAGMA synchronous")).scalar_one() == 2  # FULL


def test_sqlite_on_a_full_disk_says_so_and_goes_on_when_space_returns(sqlite: Database) -> None:
    with sqlite.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def write(count: int) -> None:
        with sqlite.transaction() as session:
            # The engine's own way to have no more room than it has now.
            session.execute(text(f"PRAGMA max_page_count = {pages}"))
            session.add_all(Department(code=f"d{number}", name="課" * 200, share=1.0) for number in range(count))

    with pytest.raises(NoSpaceError):
        write(2000)
    assert codes(sqlite) == []


@pytest.fixture
def own_postgresql() -> Iterator[PostgreSQLServer]:
    """A PostgreSQL of this test's own, which it may kill."""
    server = PostgreSQLServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


def test_a_killed_postgresql_is_unreachable_and_the_same_database_works_again_when_it_is_back(
    own_postgresql: PostgreSQLServer,
) -> None:
    database = Database(own_postgresql.url(own_postgresql.create()))
    upgrade(database)
    with database.transaction() as session:
        session.add(department("before"))

    def write() -> None:
        with database.transaction() as session:
            session.add(department("during"))

    own_postgresql.stop(signal.SIGKILL)
    with pytest.raises(DatabaseUnreachableError):
        codes(database)
    with pytest.raises(DatabaseUnreachableError):
        write()
    with pytest.raises(DatabaseUnreachableError):
        upgrade(database)
    with pytest.raises(DatabaseUnreachableError):
        current(database)
    own_postgresql.start()
    assert codes(database) == ["before"]
    database.close()


def test_a_postgresql_that_dies_within_a_transaction_keeps_nothing_of_it(own_postgresql: PostgreSQLServer) -> None:
    database = Database(own_postgresql.url(own_postgresql.create()))
    upgrade(database)

    def write() -> None:
        with database.transaction() as session:
            session.add(department("during"))
            session.flush()
            own_postgresql.stop(signal.SIGINT)
            session.scalars(select(Department)).all()

    with pytest.raises(DatabaseUnreachableError):
        write()
    own_postgresql.start()
    assert codes(database) == []
    database.close()


def test_who_waits_too_long_for_a_row_is_told_that_the_record_does_not_answer(
    postgresql_url: str, postgresql: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digilab.database.session.LOCKED_SECONDS", 0.2)
    impatient = Database(postgresql_url)
    with postgresql.transaction() as session:
        session.add(tries("yamada", NOON))

    def count_up(database: Database) -> None:
        with database.transaction() as session:
            session.scalars(select(FailedSignIn).with_for_update()).one().tries += 1

    with postgresql.transaction() as session:
        session.scalars(select(FailedSignIn).with_for_update()).one()
        with pytest.raises(DatabaseUnreachableError):
            count_up(impatient)
    count_up(impatient)
    impatient.close()


def test_a_transaction_that_stands_still_is_ended_and_lets_go_of_what_it_held(
    postgresql_url: str, postgresql: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was stopped in the middle of one, say: nobody else could get on with the job."""
    monkeypatch.setattr("digilab.database.session.IDLE_SECONDS", 0.2)
    frozen = Database(postgresql_url)
    with postgresql.transaction() as session:
        session.add(tries("yamada", NOON))

    def stand_still() -> None:
        with frozen.transaction() as session:
            session.scalars(select(FailedSignIn).with_for_update()).one()
            with postgresql.transaction() as other:
                other.scalars(select(FailedSignIn).with_for_update()).one().tries = 7
            session.scalars(select(FailedSignIn)).all()

    with pytest.raises(DatabaseUnreachableError):
        stand_still()
    with frozen.reading() as session:
        assert session.scalars(select(FailedSignIn.tries)).one() == 7
    frozen.close()


def test_a_standby_that_only_reads_is_no_record_that_can_be_written_to(postgresql_url: str) -> None:
    standby = Database(f"{postgresql_url}&options=-c%20default_transaction_read_only%3Don")

    def write() -> None:
        with standby.transaction() as session:
            session.add(department("soumu"))

    assert codes(standby) == []
    with pytest.raises(DatabaseUnreachableError):
        write()
    standby.close()


def test_who_brings_up_a_database_waits_as_long_as_it_takes(
    postgresql: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digilab.database.session.LOCKED_SECONDS", 0.1)
    monkeypatch.setattr("digilab.database.session.IDLE_SECONDS", 0.1)
    hasty = Database(postgresql.url)
    with changing(hasty) as connection:
        threading.Event().wait(0.3)
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar_one() == "0"
    hasty.close()
