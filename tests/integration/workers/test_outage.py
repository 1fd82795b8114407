"""A database that goes away while a part is worked on costs nothing that was worked out."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digilab.config import Settings
from digilab.database.session import Database
from digilab.errors import QueueUnreachableError
from digilab.jobs.rules import JobState
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from integration.jobs.lab import KIND, Lab
from integration.workers.test_bench import WHOLE, Counting, Shop
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

    def transaction(self) -> Any:
        """The real one, or one that nobody answers."""
        if self.left > 0:
            self.left -= 1
            return self._gone.transaction()
        return self._database.transaction()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


def test_a_part_that_is_done_waits_for_the_database_and_is_not_done_again(
    lab: Lab, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Counting()
    monkeypatch.setattr(kinds, "adapter", lambda _kind: engine)
    monkeypatch.setattr(run, "AGAIN_SECONDS", 0.01)
    queue = InProcessQueue()
    lab.queue = queue
    office = Office(Settings(data=data), lab.database, lab.store, queue)
    flickering = Flickering(lab.database)
    keeper = Keeper(office, "w1")
    bench = Bench(replace(office, database=flickering), "w1", keeper)  # type: ignore[arg-type] # it is one, but for the gaps
    shop = Shop(lab, office, engine, queue, Clock(office), keeper, bench)

    def go_away(context: Any) -> None:
        if context.part.stage == "work":
            flickering.left = 3

    engine.before = go_away
    job = lab.job()
    shop.all()
    assert lab.look(job).status is JobState.DONE
    assert shop.text(job) == WHOLE
    assert engine.calls == Counter(["split", "work 0", "work 1", "work 2", "join"])


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
