"""A worker that is asked to end finishes or hands back what it holds; a worker that breaks down thrice puts its job aside (F18, F21)."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from digilab.jobs.records import HistoryEntry, Worker
from digilab.jobs.rules import JobState, PartState
from servers.house import QUICK, ROOT, HouseProcesses, running_house


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six minutes: two stretches."""
    path = tmp_path_factory.mktemp("recording") / "meeting.flac"
    make = [sys.executable, str(ROOT / "tools" / "make_meeting.py"), str(path), "--minutes", "6"]
    subprocess.run(make, check=True, cwd=ROOT)
    return path


def _events(house: HouseProcesses, job_id: int) -> list[str]:
    with house.office.database.reading() as session:
        query = select(HistoryEntry.event).where(HistoryEntry.job_id == job_id).order_by(HistoryEntry.id)
        return list(session.scalars(query))


def _working(house: HouseProcesses, job_id: int) -> bool:
    return any(part.state == PartState.LEASED and part.worker for part in house.work_parts(job_id))


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[HouseProcesses]:
    """A worker may finish its part after SIGTERM."""
    with running_house(tmp_path) as house:
        yield house


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[HouseProcesses]:
    """A worker must end at once after SIGTERM."""
    with running_house(tmp_path, work=QUICK.model_copy(update={"drain_seconds": 0.0})) as house:
        yield house


def test_a_worker_finishes_its_part_after_sigterm_and_takes_no_other(patient: HouseProcesses, recording: Path) -> None:
    job_id = patient.hand_in(recording)
    patient.until(lambda: _working(patient, job_id))
    patient.signal("worker-1", signal.SIGTERM)
    assert patient.running["worker-1"].wait(60) == 0
    assert len(patient.finished(job_id)) == 1
    assert not _working(patient, job_id)
    with patient.office.database.reading() as session:
        assert session.scalars(select(Worker)).all() == []
    patient.start("worker-2")
    patient.wait(job_id, JobState.DONE)
    assert "lease-expired" not in _events(patient, job_id)


def test_a_worker_without_time_hands_its_part_back_and_no_crash_is_counted(
    hasty: HouseProcesses, recording: Path
) -> None:
    job_id = hasty.hand_in(recording)
    hasty.until(lambda: _working(hasty, job_id))
    hasty.signal("worker-1", signal.SIGTERM)
    assert hasty.running["worker-1"].wait(60) == 0
    assert "handed-back" in _events(hasty, job_id)
    assert all(part.crashes == 0 for part in hasty.work_parts(job_id))
    hasty.start("worker-2")
    hasty.wait(job_id, JobState.DONE)


def test_a_job_whose_worker_dies_three_times_is_put_aside_with_its_original(
    patient: HouseProcesses, recording: Path
) -> None:
    job_id = patient.hand_in(recording)
    for death in range(3):
        patient.until(lambda: _working(patient, job_id))
        patient.kill("worker-1")
        patient.until(lambda: not _working(patient, job_id))
        if death < 2:
            patient.start("worker-1")
    job = patient.wait(job_id, JobState.QUARANTINED)
    assert job.failure is not None
    assert job.failure["code"] == "part-crashed"
    with patient.office.database.reading() as session:
        original = session.get_one(type(job), job_id).files[0]
    assert patient.office.store.size(original.key) == recording.stat().st_size
    patient.start("worker-1")
    other = patient.hand_in(ROOT / "samples" / "speech" / "meeting-1.ogg")
    patient.wait(other, JobState.DONE)
