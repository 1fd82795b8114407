"""The other column of the house: PostgreSQL, an S3 store and two workers give the same files as one machine with its folder."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from digilab.config import DatabaseSettings, StoreSettings
from digilab.jobs.records import Worker
from digilab.jobs.rules import JobState
from servers.house import ROOT, HouseProcesses, running_house
from servers.s3 import ACCESS_KEY, SECRET_KEY, S3Server


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes of meeting."""
    path = tmp_path_factory.mktemp("recording") / "meeting.flac"
    make = [sys.executable, str(ROOT / "tools" / "make_meeting.py"), str(path), "--minutes", "5"]
    subprocess.run(make, check=True, cwd=ROOT)
    return path


def workers(house: HouseProcesses) -> int:
    with house.office.database.reading() as session:
        return session.scalars(select(func.count()).select_from(Worker)).one()


def test_a_house_on_postgresql_and_s3_writes_the_same_files_as_one_on_sqlite_and_a_folder(
    recording: Path, tmp_path: Path, postgresql_url: str, s3_server: S3Server
) -> None:
    store = StoreSettings(
        kind="bucket",
        endpoint=s3_server.endpoint,
        bucket="digilab-many",
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        secure=False,
    )
    outputs = []
    for name, settings in (
        ("one", {}),
        ("many", {"database": DatabaseSettings(url=postgresql_url), "store": store}),
    ):
        with running_house(tmp_path / name, workers=2, stretch_seconds=60.0, **settings) as house:
            house.until(lambda house=house: workers(house) == 2)
            job_id = house.hand_in(recording)
            assert house.wait(job_id, JobState.DONE, JobState.FAILED, JobState.QUARANTINED).status is JobState.DONE
            outputs.append(house.outputs(job_id))
            assert len({part.worker for part in house.work_parts(job_id)}) == 2, "both workers had a share"
            kept = house.office.store
            house.until(lambda kept=kept: not list(kept.keys("work/")))
    assert outputs[0] == outputs[1]
