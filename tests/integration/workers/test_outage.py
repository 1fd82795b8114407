"""A database that goes away while a part is worked on costs nothing that was worked out."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from digilab.config import Settings
from digilab.database.session import Database
from digilab.errors import DatabaseUnreachableError, QueueUnreachableError, StoreUnreachableError
from digilab.jobs.rules import JobState, Stage
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from integration.jobs.lab import KIND, Lab
from integration.workers.test_bench import ASKED, WHOLE, Counting, Shop
from workers import kinds, run
from workers.clock import Clock
from workers.lease import Keeper
from workers.run import Bench


class Flickering:
    """A database that does not answer so many times when it is written to after `go_away`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gone = Database("postgresql://127.0.0.1:1/nobody")
        self.left = 0
        self.mute = 0
        """So many commits arrive, and their answer does not."""

    def transaction(self) -> Any:
        """The real one, or one that nobody answers."""
        if self.left > 0:
            self.left -= 1
            return self._gone.transaction()
        return self._committed() if self.mute > 0 else self._database.transaction()

    @contextmanager
    def _committed(self) -> Iterator[Session]:
        self.mute -= 1
        with self._database.transaction() as session:
            yield session
        raise DatabaseUnreachableError

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


@dataclass
class Weather:
    """A shop whose worker writes to a database that comes and goes."""

    shop: Shop
    database: Flickering

    def at(self, stage: Stage, **trouble: int) -> None:
        """From the end of the engine's work in this stage on, once."""
        happened: list[bool] = []

        def begin(context: Any) -> None:
            if context.part.stage is stage and not happened:
                happened.append(True)
                for name, times in trouble.items():
                    setattr(self.database, name, times)

        self.shop.engine.before = begin


@pytest.fixture
def weather(lab: Lab, data: Path, monkeypatch: pytest.MonkeyPatch) -> Weather:
    engine = Counting(asks=[ASKED])
    monkeypatch.setattr(kinds, "adapter", lambda _kind: engine)
    monkeypatch.setattr(run, "AGAIN_SECONDS", 0.01)
    queue = InProcessQueue()
    lab.queue = queue
    office = Office(Settings(data=data), lab.database, lab.store, queue)
    flickering = Flickering(lab.database)
    keeper = Keeper(office, "w1")
    bench = Bench(replace(office, database=flickering), "w1", keeper)  # type: ignore[arg-type] # it is one, but for the gaps
    return Weather(Shop(lab, office, engine, queue, Clock(office), keeper, bench), flickering)


@pytest.mark.parametrize("stage", [Stage.WORK, Stage.JOIN, Stage.EXTRA])
def test_a_part_that_is_done_waits_for_the_database_and_is_not_done_again(weather: Weather, stage: Stage) -> None:
    weather.at(stage, left=3)
    shop = weather.shop
    job = shop.lab.job()
    shop.all()
    assert shop.lab.look(job).status is JobState.DONE
    assert shop.text(job) == WHOLE + "extra\n"
    assert shop.engine.calls == Counter(["split", "work 0", "work 1", "work 2", "join", "extra"])
    assert [part.crashes for part in shop.lab.parts(job)] == [0] * 6


@pytest.mark.parametrize("stage", [Stage.JOIN, Stage.EXTRA])
def test_results_whose_commit_arrived_without_an_answer_are_kept(weather: Weather, stage: Stage) -> None:
    """The second try finds no lease any more, because the first one was the record's; its files are named there."""
    weather.at(stage, mute=1)
    shop = weather.shop
    job = shop.lab.job()
    shop.all()
    assert shop.lab.look(job).status is JobState.DONE
    assert shop.text(job) == WHOLE + "extra\n"
    assert shop.engine.calls == Counter(["split", "work 0", "work 1", "work 2", "join", "extra"])


def test_a_good_end_stays_one_when_the_store_is_away_for_tidying(
    weather: Weather, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(_key: str) -> None:
        raise StoreUnreachableError(reason="away")

    shop = weather.shop
    monkeypatch.setattr(shop.office.store, "delete", away)
    job = shop.lab.job()
    shop.all()
    assert shop.lab.look(job).status is JobState.DONE
    assert "lease" not in caplog.text


class Hanging(InProcessQueue):
    """A Redis that has to be given up each time it is spoken to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def publish(self, job_id: int, message: dict[str, Any]) -> None:  # noqa: ARG002 - the contract's signature
        """Never."""
        self.asked += 1
        raise QueueUnreachableError


def test_an_engine_does_not_wait_at_every_step_for_a_redis_that_hangs(
    lab: Lab, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "adapter", lambda _kind: Counting())
    queue = Hanging()
    office = Office(Settings(data=data), lab.database, lab.store, queue)
    lab.queue = queue
    job = lab.job()
    bench = Bench(office, "w1", Keeper(office, "w1"))
    lab.workers("w1")
    Clock(office).tick()
    message = queue.take(KIND)
    assert message is not None
    bench.run(*message)
    assert lab.told(job) == ["received", "started"]
    assert queue.asked == 1, "that it started, that its split is done: the second was not even tried"
