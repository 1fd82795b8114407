"""A record that came from a backup: what robots have keyed since is unknown to it, so nothing is keyed before people have looked (F23)."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from digilab.config import Settings
from digilab.database.session import Database, now
from digilab.ledger import control
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from digilab.targets.records import Target
from workers.belonging import KEY
from workers.clock import Clock


@pytest.fixture
def office(data: Path, database: Database) -> Office:
    """A house with one robot in use, whose store has seen a job that the record does not know."""
    with database.transaction() as session:
        session.add(
            Target(
                robot="expense_entry",
                title="支出命令登録",
                version="1",
                money=True,
                synchronous=False,
                amount="amount",
                columns=[],
                template={},
                url="https://zaimu.example",
                windows=[],
                changed_at=now(session),
            )
        )
    settings = Settings(data=data)
    store = FolderStore(settings.store_folder)
    with store.receive() as incoming:
        incoming.write(json.dumps({"job": 7, "key": "inputs/7/abc"}).encode())
        store.keep(incoming, KEY)
    return Office(settings, database, store, InProcessQueue())


def stopped(office: Office) -> bool:
    with office.database.reading() as session:
        return control.stopped(session) is not None


def test_a_clock_that_finds_the_record_older_than_the_store_stops_all_robots(office: Office) -> None:
    Clock(office).tick()
    with office.database.reading() as session:
        stop = control.stopped(session)
    assert stop is not None
    assert stop.login == "clock"
    assert "バックアップ" in stop.reason


def test_what_people_resume_goes_on_while_this_clock_runs(office: Office) -> None:
    clock = Clock(office)
    clock.tick()
    with office.database.transaction() as session:
        control.resume_all(session, "cli:tanaka")
    clock.tick()
    assert not stopped(office)


def test_once_the_record_is_said_to_be_the_right_one_no_clock_stops_robots(office: Office) -> None:
    office.store.delete(KEY)
    Clock(office).tick()
    assert not stopped(office)


def test_a_house_without_a_robot_in_use_has_nothing_to_stop(office: Office) -> None:
    with office.database.transaction() as session:
        for target in session.scalars(select(Target)):
            target.url = ""
    Clock(office).tick()
    assert not stopped(office)
