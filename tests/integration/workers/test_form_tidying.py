"""The clock keeps what a form's revision or a person's review still needs, and removes what nobody names."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from digilab.config import Settings
from digilab.database.session import Database
from digilab.forms import choose
from digilab.jobs import lifecycle
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from doors.definitions import published
from doors.sheets import read
from integration.jobs.lab import Lab
from integration.workers.test_clock import Old
from workers.clock import Clock


@pytest.fixture
def office(lab: Lab, data: Path) -> Office:
    return Office(Settings(data=data), lab.database, Old(data / "files"), InProcessQueue())


def keep(lab: Lab, key: str) -> str:
    with lab.store.receive() as incoming:
        incoming.write(b"picture")
        return lab.store.keep(incoming, key).key


def test_pictures_of_sheets_and_values_stay_and_those_of_a_lost_lease_go(lab: Lab, office: Office) -> None:
    published(lab.database, lab.store, "refund")
    with lab.database.reading() as session:
        revision = choose.usable(session, lab.askers["sato"].department_id)[0].id
    job_id = lab.job()
    lab.split(1)
    lab.work()
    needed = {keep(lab, f"evidence/{job_id}/work-0-1/1.{ending}") for ending in ("jpg", "crops")}
    needed.add(keep(lab, f"evidence/{job_id}/work-0-1/2.jpg"))
    stale = keep(lab, f"evidence/{job_id}/work-0-0/1.jpg")
    Clock(office).tidy()
    assert set(lab.kept("evidence/")) == needed | {stale}, "a job that is not done may still name it"
    lab.act(
        lifecycle.finish, lab.begin(), outputs=[], verified=1.0, review=True, result={}, read=read(revision, job=job_id)
    )
    Clock(office).tidy()
    assert set(lab.kept("evidence/")) == needed


def test_files_of_a_revision_stay_also_when_it_is_retired_and_those_of_a_broken_import_go(
    lab: Lab, office: Office
) -> None:
    published(lab.database, lab.store, "refund")
    lab.job()
    [needed] = lab.kept("forms/")
    keep(lab, "forms/left-over")
    Clock(office).tidy()
    assert lab.kept("forms/") == [needed]


class Meanwhile(Database):
    """A record in which something happens after so many looks into it."""

    def __init__(self, database: Database, looks: int, happens: Callable[[], Any]) -> None:
        self.__dict__.update(database.__dict__)
        self._left = looks
        self._happens = happens

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with super().reading() as session:
            yield session
        self._left -= 1
        if self._left == 0:
            self._happens()


@pytest.mark.parametrize("looks", range(1, 7))
def test_pictures_of_a_job_that_ends_while_the_clock_tidies_stay(lab: Lab, data: Path, looks: int) -> None:
    published(lab.database, lab.store, "refund")
    with lab.database.reading() as session:
        revision = choose.usable(session, lab.askers["sato"].department_id)[0].id
    job_id = lab.job()
    lab.split(1)
    lab.work()
    needed = {keep(lab, f"evidence/{job_id}/work-0-1/1.{ending}") for ending in ("jpg", "crops")}
    lease, told = lab.begin(), read(revision, job=job_id)

    def end() -> None:
        lab.act(lifecycle.finish, lease, outputs=[], verified=1.0, review=True, result={}, read=told)

    record = Meanwhile(lab.database, looks, end)
    Clock(Office(Settings(data=data), record, Old(data / "files"), InProcessQueue())).tidy()
    assert set(lab.kept("evidence/")) == needed
