"""A graphics card that runs out of memory, is lost, or ends its worker (F22): the job is done all the same, and says how. Also: a worker
without work gives its model and its card back, and workers share one card.

The card's errors are injected into a whole worker process (servers/card.py); everything else is as it runs.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from digilab.config import TranscriptionSettings
from digilab.jobs.records import File, HistoryEntry, Job
from digilab.jobs.rules import JobState
from servers.card import PLAN
from servers.house import ROOT, HouseProcesses, running_house

IDLE_SECONDS = 3.0
EXTRAORDINARY = {
    "smaller-batch",
    "coarser-numbers",
    "cpu-no-memory",
    "cpu-card-lost",
    "cpu-card-died",
    "cpu-card-taken",
    "cpu-no-card",
}


@pytest.fixture
def recording() -> Path:
    """One stretch of a few clips."""
    return ROOT / "samples" / "speech" / "meeting-1.ogg"


@pytest.fixture(scope="module")
def one_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HouseProcesses]:
    chosen = TranscriptionSettings(idle_seconds=IDLE_SECONDS)
    with running_house(tmp_path_factory.mktemp("house"), workers=0, transcription=chosen) as house:
        yield house


@pytest.fixture
def house(one_house: HouseProcesses) -> Iterator[HouseProcesses]:
    """A house whose workers are started by the test, and whose card is new."""
    yield one_house
    for name in set(one_house.running) - {"clock"}:
        process = one_house.running.pop(name)
        process.kill()
        process.wait()
        (one_house.folder / f"{name}.log").unlink()
    for lock in one_house.office.settings.cards_folder.glob("*.lock"):
        lock.unlink()


def start(house: HouseProcesses, name: str, **plan: Any) -> None:
    """A worker that believes in a card on which this goes wrong."""
    environment = {**house.environment, PLAN: json.dumps(plan), "PYTHONPATH": str(ROOT / "tests")}
    with (house.folder / f"{name}.log").open("ab") as log:
        house.running[name] = subprocess.Popen(
            [sys.executable, "-P", "-m", "servers.card"], env=environment, stdout=log, stderr=log, cwd="/"
        )


def certificate(house: HouseProcesses, job_id: int) -> dict[str, Any]:
    """That of the minutes' JSON."""
    with house.office.database.reading() as session:
        query = select(File).where(File.job_id == job_id, File.role == "output")
        file = next(each for each in session.scalars(query) if each.name.endswith(".json"))
    with house.office.store.open(file.key) as blocks:
        read: dict[str, Any] = json.loads(b"".join(blocks))
    noted: dict[str, Any] = read["certificate"]
    assert "。" in "".join(segment["text"] for segment in read["segments"])
    return noted


def noted(house: HouseProcesses, job_id: int) -> set[str]:
    """What was out of the ordinary."""
    return {note["code"] for note in certificate(house, job_id)["notes"]} & EXTRAORDINARY


def ended(house: HouseProcesses, job_id: int) -> Job:
    return house.wait(job_id, JobState.DONE, JobState.REVIEW)


def history(house: HouseProcesses, job_id: int) -> list[str]:
    with house.office.database.reading() as session:
        query = select(HistoryEntry.event).where(HistoryEntry.job_id == job_id)
        return list(session.scalars(query))


def test_a_card_that_runs_short_and_is_then_lost_costs_no_job_and_is_told(
    house: HouseProcesses, recording: Path
) -> None:
    start(house, "worker-1", most_clips={"float16": 2}, lost_from=4)
    job_id = house.hand_in(recording)
    ended(house, job_id)
    assert noted(house, job_id) == {"smaller-batch", "cpu-card-lost"}
    assert "crashed" not in history(house, job_id)
    log = house.log("worker-1")
    assert "computes on card GPU-0 Broken Card 24G in float16" in log
    assert "cannot go on with cuda in float16: CUDA failed with error unspecified launch failure" in log
    assert "computes on the CPU in int8" in log
    # Without work for a while, the model goes.
    house.until(lambda: "was idle for" in house.log("worker-1"))
    house.until(lambda: "model demo is out of memory" in house.log("worker-1"))


def test_a_card_that_ends_its_worker_is_left_alone_after_the_second_time(
    house: HouseProcesses, recording: Path
) -> None:
    start(house, "worker-1", kills_from=1)
    job_id = house.hand_in(recording)

    def restarted() -> bool:
        """As `digilab up` does it."""
        if house.running["worker-1"].poll() is not None:
            start(house, "worker-1", kills_from=1)
        return house.job(job_id).status in (JobState.DONE, JobState.REVIEW, JobState.QUARANTINED)

    house.until(restarted)
    assert ended(house, job_id).status is not JobState.QUARANTINED
    assert noted(house, job_id) == {"cpu-card-died"}


def test_two_workers_with_one_card_take_turns_and_an_idle_one_gives_it_back(
    house: HouseProcesses, recording: Path, hold: Callable[[], subprocess.Popen[bytes]]
) -> None:
    holder = hold()
    start(house, "worker-1")
    job_id = house.hand_in(recording)
    house.until(lambda: "is postponed" in house.log("worker-1"))
    assert "computes on" not in house.log("worker-1"), "it waits rather than take the CPU"
    holder.kill()
    holder.wait()
    ended(house, job_id)
    assert noted(house, job_id) == set()
    assert history(house, job_id).count("waits-card-taken") == 1
    assert house.log("worker-1").count("computes on card") == 1
    house.until(lambda: "model demo is out of memory" in house.log("worker-1"))
    other = hold()
    assert other.poll() is None


@pytest.fixture
def hold(house: HouseProcesses) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts processes that hold the card's lock, once it is free."""
    script = (
        "import sys, pathlib; from servers.card import card; from transcribe.cards import Turn\n"
        "assert Turn.take(pathlib.Path(sys.argv[1]), card()) is not None\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    started: list[subprocess.Popen[bytes]] = []

    def holding() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", script, str(house.office.settings.cards_folder)],
            env={**house.environment, "PYTHONPATH": str(ROOT / "tests")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        return process

    yield holding
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()
