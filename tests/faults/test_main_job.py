"""A recording of ten stretches gives the same files, byte for byte, whatever dies on the way; finished stretches stay finished (F1, F3)."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from digilab.jobs.records import Part
from digilab.jobs.rules import JobState, PartState
from servers.house import ROOT, HouseProcesses, running_house

MINUTES, STRETCH_SECONDS = (30, 162.0) if os.environ.get("DIGILAB_FAULTS") == "full" else (12, 65.0)

Finished = dict[int, tuple[int, object]]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten stretches of meeting."""
    path = tmp_path_factory.mktemp("recording") / "meeting.flac"
    subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_meeting.py"), str(path), "--minutes", str(MINUTES)],
        check=True,
        cwd=ROOT,
    )
    return path


@pytest.fixture(scope="module")
def undisturbed(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The outputs' hashes when nothing goes wrong."""
    with running_house(tmp_path_factory.mktemp("undisturbed"), stretch_seconds=STRETCH_SECONDS) as house:
        job_id = house.hand_in(recording)
        job = house.wait(job_id, JobState.DONE)
        assert job.verified == pytest.approx(MINUTES * 60, abs=1.0)
        assert len(house.work_parts(job_id)) >= 10
        assert all(part.epoch == 1 for part in house.work_parts(job_id))
        return house.outputs(job_id)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[HouseProcesses]:
    """A house with one worker."""
    with running_house(tmp_path, stretch_seconds=STRETCH_SECONDS) as house:
        yield house


def _half_way(house: HouseProcesses, recording: Path) -> tuple[int, Finished]:
    """Hand it in and wait until some stretches are finished, one is in hand and some are still to come."""
    job_id = house.hand_in(recording)
    house.until(lambda: len(house.finished(job_id)) >= 3 and _in_hand(house, job_id) is not None)
    finished = house.finished(job_id)
    assert len(finished) < len(house.work_parts(job_id))
    return job_id, finished


def _in_hand(house: HouseProcesses, job_id: int) -> Part | None:
    return next(
        (part for part in house.work_parts(job_id) if part.state == PartState.LEASED and part.worker is not None), None
    )


def _assert_same(house: HouseProcesses, job_id: int, before: Finished, undisturbed: dict[str, str]) -> None:
    assert house.wait(job_id, JobState.DONE, JobState.FAILED, JobState.QUARANTINED).status is JobState.DONE
    assert house.outputs(job_id) == undisturbed
    after = house.finished(job_id)
    assert {ordinal: after[ordinal] for ordinal in before} == before, "a finished stretch was decoded again"


def test_a_worker_killed_on_the_way_changes_nothing(
    house: HouseProcesses, recording: Path, undisturbed: dict[str, str]
) -> None:
    job_id, before = _half_way(house, recording)
    house.kill("worker-1")
    house.start("worker-1")
    _assert_same(house, job_id, before, undisturbed)
    again = [part.ordinal for part in house.work_parts(job_id) if part.epoch > 1]
    assert len(again) <= 1, "only the stretch in hand may be decoded again"


def test_a_redis_that_is_killed_and_comes_back_empty_changes_nothing(
    house: HouseProcesses, recording: Path, undisturbed: dict[str, str]
) -> None:
    job_id, before = _half_way(house, recording)
    house.redis.kill()
    shutil.rmtree(house.redis.folder)
    house.redis.start()
    _assert_same(house, job_id, before, undisturbed)


def test_a_clock_that_is_killed_changes_nothing(
    house: HouseProcesses, recording: Path, undisturbed: dict[str, str]
) -> None:
    job_id, before = _half_way(house, recording)
    house.kill("clock")
    held = _in_hand(house, job_id)
    house.until(lambda: _in_hand(house, job_id) is None)
    assert held is None or held.ordinal in house.finished(job_id), "the stretch in hand is finished without a clock"
    house.start("clock")
    _assert_same(house, job_id, before, undisturbed)
    assert all(part.epoch == 1 for part in house.work_parts(job_id))


def test_a_worker_stopped_for_longer_than_its_lease_is_not_listened_to_when_it_wakes(
    house: HouseProcesses, recording: Path, undisturbed: dict[str, str]
) -> None:
    job_id, before = _half_way(house, recording)
    house.freeze("worker-1", lambda: _in_hand(house, job_id) is not None)
    held = _in_hand(house, job_id)
    assert held is not None
    house.until(lambda: house.work_parts(job_id)[held.ordinal].state != PartState.LEASED)
    house.start("worker-2")
    house.until(lambda: house.work_parts(job_id)[held.ordinal].epoch > held.epoch)
    house.signal("worker-1", signal.SIGCONT)
    _assert_same(house, job_id, before, undisturbed)
    house.until(lambda: "lease is over" in house.log("worker-1") or "moved to another" in house.log("worker-1"))
