"""What else may befall a worker: signals that come twice, a full disk, a record that forgets it, messages from strangers, kill -9."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import DefaultSerializer, JSONSerializer
from sqlalchemy import delete, select

from digilab.jobs.records import HistoryEntry, Part, Worker
from digilab.jobs.rules import JobState, PartState, Stage
from digilab.queue.redis import rq_name
from digilab.services.rules import Kind
from servers.house import ROOT, HouseProcesses, running_house

KIND = Kind.TRANSCRIPTION.value.name


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six minutes: two stretches."""
    path = tmp_path_factory.mktemp("recording") / "meeting.flac"
    make = [sys.executable, str(ROOT / "tools" / "make_meeting.py"), str(path), "--minutes", "6"]
    subprocess.run(make, check=True, cwd=ROOT)
    return path


@pytest.fixture
def house(tmp_path: Path) -> Iterator[HouseProcesses]:
    """A house with one worker."""
    with running_house(tmp_path) as house:
        yield house


def _events(house: HouseProcesses, job_id: int) -> list[str]:
    with house.office.database.reading() as session:
        query = select(HistoryEntry.event).where(HistoryEntry.job_id == job_id).order_by(HistoryEntry.id)
        return list(session.scalars(query))


def _workers(house: HouseProcesses) -> list[Worker]:
    with house.office.database.reading() as session:
        return list(session.scalars(select(Worker)))


def _in_hand(house: HouseProcesses, job_id: int) -> bool:
    with house.office.database.reading() as session:
        query = select(Part.worker).where(
            Part.job_id == job_id, Part.stage == Stage.WORK, Part.state == PartState.LEASED
        )
        return any(session.scalars(query))


def test_a_worker_that_is_told_to_end_again_and_again_still_finishes_its_part(
    house: HouseProcesses, recording: Path
) -> None:
    """Ctrl-C on a terminal reaches the worker itself, and then once more through `digilab up`."""
    job_id = house.hand_in(recording)
    house.until(lambda: _in_hand(house, job_id))

    def told() -> bool:
        if house.running["worker-1"].poll() is None:
            house.signal("worker-1", signal.SIGINT)
        return house.running["worker-1"].poll() is not None

    house.until(told)
    assert house.running["worker-1"].wait() == 0
    assert len(house.finished(job_id)) == 1
    assert not _in_hand(house, job_id)
    assert "Traceback" not in house.log("worker-1")
    house.start("worker-2")
    house.wait(job_id, JobState.DONE)
    assert "lease-expired" not in _events(house, job_id)


def test_an_idle_worker_ends_at_once_and_without_complaint_also_while_redis_is_away(house: HouseProcesses) -> None:
    house.until(lambda: len(_workers(house)) == 1)
    house.redis.kill()
    house.until(lambda: "Redis" in house.log("worker-1") or "queue does not answer" in house.log("worker-1"))
    house.signal("worker-1", signal.SIGTERM)
    assert house.running["worker-1"].wait(15) == 0
    assert _workers(house) == []
    house.redis.start()


def test_a_worker_told_to_end_while_redis_is_away_finishes_its_part(house: HouseProcesses, recording: Path) -> None:
    job_id = house.hand_in(recording)
    house.until(lambda: _in_hand(house, job_id))
    house.redis.kill()
    house.signal("worker-1", signal.SIGTERM)
    assert house.running["worker-1"].wait(60) == 0
    house.redis.start()
    assert len(house.finished(job_id)) == 1
    house.start("worker-2")
    house.wait(job_id, JobState.DONE)
    assert "lease-expired" not in _events(house, job_id)


def test_a_worker_that_starts_without_redis_waits_for_it(house: HouseProcesses, recording: Path) -> None:
    house.kill("worker-1")
    house.redis.kill()
    worker = house.start("worker-2")
    house.until(lambda: "does not answer" in house.log("worker-2") or "Redis" in house.log("worker-2"))
    house.redis.start()
    job_id = house.hand_in(recording)
    house.wait(job_id, JobState.DONE)
    assert worker.poll() is None


def test_a_worker_that_the_record_has_forgotten_signs_on_again(house: HouseProcesses, recording: Path) -> None:
    """The database was restored from a backup that does not know it."""
    house.until(lambda: len(_workers(house)) == 1)
    with house.office.database.transaction() as session:
        session.execute(delete(Worker))
    house.wait(house.hand_in(recording), JobState.DONE)


def test_a_message_runs_nothing_but_parts(house: HouseProcesses, recording: Path, tmp_path: Path) -> None:
    """Whoever can write to Redis can name any function; none of them is called."""
    harm = tmp_path / "harm"
    with Redis.from_url(house.redis.url) as redis:
        name = rq_name(house.office.settings.queue.name, KIND)
        for serializer in (JSONSerializer, DefaultSerializer):
            queue = Queue(name, connection=redis, serializer=serializer)
            queue.enqueue("os.system", args=(f"touch {harm}",))
            queue.enqueue("workers.run.run_part", args=("x",))
        house.wait(house.hand_in(recording), JobState.DONE)
        assert not harm.exists()
        assert queue.count == 0


def test_what_a_killed_worker_left_in_redis_and_on_the_disk_is_cleared_away(
    house: HouseProcesses, recording: Path
) -> None:
    job_id = house.hand_in(recording)
    scratch = house.office.scratch
    house.until(lambda: _in_hand(house, job_id) and list(scratch.iterdir()))
    house.kill("worker-1")
    assert list(scratch.iterdir()), "the killed worker could not clear up"
    house.start("worker-2")
    house.wait(job_id, JobState.DONE)
    house.until(lambda: not list(scratch.iterdir()))
    with Redis.from_url(house.redis.url) as redis:
        left = {key.decode() for key in redis.keys("rq:*")}
        assert not [key for key in left if key.startswith(("rq:job:", "rq:execution", "rq:wip"))], left
