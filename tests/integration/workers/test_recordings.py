"""What may go wrong around a recording that is itself sound: names, titles, settings that change on the way."""

from dataclasses import replace
from pathlib import Path

import pytest

from bad.audio import RATE, Sound, speech, write
from digilab.config import Settings, TranscriptionSettings
from digilab.database.session import Database, now
from digilab.first_start import prepare
from digilab.jobs.records import Job, Part, Worker
from digilab.jobs.rules import JobState, PartState, Stage
from digilab.models.folder import import_model
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.test_transcription_kind import ROOT, SAMPLES, handed_in, worked_through
from workers.clock import Clock
from workers.lease import Keeper
from workers.run import Bench


@pytest.fixture(scope="module")
def sound() -> Sound:
    return speech(SAMPLES, seconds=25)


@pytest.fixture
def office(data: Path, sqlite: Database) -> Office:
    settings = Settings(data=data, transcription=TranscriptionSettings(stretch_seconds=5, least_coverage=0.0))
    import_model(settings.models_folder, ROOT / "models" / "demo")
    prepare(sqlite)
    with sqlite.transaction() as session:
        moment = now(session)
        session.add(Worker(id="w1", capability="transcription", host="here", pid=1, started_at=moment, seen_at=moment))
    return Office(settings, sqlite, FolderStore(settings.store_folder), InProcessQueue())


def worker(office: Office) -> Bench:
    return Bench(office, "w1", Keeper(office, "w1"))


def test_names_that_differ_only_where_they_are_cut_off_still_give_files_of_their_own(
    office: Office, tmp_path: Path, sound: Sound
) -> None:
    long = "a" * 198
    files = [write(tmp_path / f"{long}.{ending}", sound[: 6 * RATE], ending) for ending in ("wav", "flac")]
    outcome = worked_through(office, worker(office), handed_in(office, *files))
    assert outcome.state == JobState.DONE
    assert len(outcome.files) == 10


def test_a_title_with_slashes_is_kept_whole(office: Office, tmp_path: Path, sound: Sound) -> None:
    job_id = handed_in(office, write(tmp_path / "a.wav", sound[: 6 * RATE]))
    with office.database.transaction() as session:
        session.get_one(Job, job_id).title = "令和8/4/1 予算\\決算"
    outcome = worked_through(office, worker(office), job_id)
    assert "令和8／4／1 予算＼決算.docx" in outcome.files


def test_a_split_that_runs_again_after_the_setting_changed_loses_no_speech(
    office: Office, tmp_path: Path, sound: Sound
) -> None:
    whole = worked_through(office, worker(office), handed_in(office, write(tmp_path / "a.wav", sound)))
    job_id = handed_in(office, write(tmp_path / "b.wav", sound))
    queue = office.queue
    assert isinstance(queue, InProcessQueue)
    Clock(office).tick()
    message = queue.take("transcription")
    assert message is not None
    worker(office).run(*message)
    with office.database.transaction() as session:  # as if the split's worker had died after its first stretch
        for part in session.get_one(Job, job_id).parts:
            if part.stage == Stage.SPLIT:
                part.state, part.worker, part.lease_until, part.result = PartState.WAITING, None, None, None
            elif part.ordinal > 0:
                session.delete(part)
    other = replace(
        office,
        settings=office.settings.model_copy(
            update={"transcription": TranscriptionSettings(stretch_seconds=12, least_coverage=0.0)}
        ),
    )
    outcome = worked_through(other, worker(other), job_id)
    assert outcome.state == JobState.DONE
    with office.database.reading() as session:
        parts = session.query(Part).where(Part.job_id == job_id, Part.stage == Stage.WORK).order_by(Part.ordinal).all()
    assert len(parts) > 2
    assert sum(part.weight for part in parts) == pytest.approx(len(sound) / RATE, abs=0.1)
    assert outcome.files["b.txt"].splitlines()[8:] == whole.files["a.txt"].splitlines()[8:]
