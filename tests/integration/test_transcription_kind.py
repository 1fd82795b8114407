"""The adapter of recordings, with the real engine and the demo model, stage by stage in this process."""

import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from docx import Document

import transcribe.warm
from bad.audio import RATE, Sound, cut_off, film_without_sound, speech, write
from digilab.access.people import asker, person_with
from digilab.config import Settings, TranscriptionSettings
from digilab.database.session import Database, now
from digilab.first_start import LOGIN, SERVICE, prepare
from digilab.jobs.history import of_job
from digilab.jobs.intake import Received, Submission, submit
from digilab.jobs.records import Job, Part, Worker
from digilab.jobs.rules import PartState, Stage
from digilab.models.folder import import_model
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from digilab.services.menu import service_of
from digilab.store.folder import FolderStore
from workers.clock import Clock
from workers.kinds import transcription_engine
from workers.lease import Keeper
from workers.run import Bench

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples" / "speech"


@pytest.fixture(scope="module")
def sound() -> Sound:
    return speech(SAMPLES, seconds=25)


@pytest.fixture
def office(data: Path, sqlite: Database) -> Office:
    # The recordings here are cut off in the middle of words, which is another test's business.
    settings = Settings(data=data, transcription=TranscriptionSettings(stretch_seconds=10, least_coverage=0.0))
    import_model(settings.models_folder, ROOT / "models" / "demo")
    prepare(sqlite)
    with sqlite.transaction() as session:
        moment = now(session)
        session.add(Worker(id="w1", capability="transcription", host="here", pid=1, started_at=moment, seen_at=moment))
    return Office(settings, sqlite, FolderStore(settings.store_folder), InProcessQueue())


@pytest.fixture
def bench(office: Office) -> Iterator[Bench]:
    bench = Bench(office, "w1", Keeper(office, "w1"))
    yield bench
    bench.engines.close()


def handed_in(office: Office, *paths: Path, **options: str) -> int:
    received = []
    for path in paths:
        incoming = office.store.receive()
        incoming.write(path.read_bytes())
        received.append(Received(path.name, incoming))
    with office.database.reading() as session:
        clerk = asker(person_with(session, LOGIN))
    submission = Submission(SERVICE, received, options)
    return submit(office.database, office.store, office.queue, clerk, submission, max_files=9).job_id


@dataclass(frozen=True)
class Outcome:
    """What the record says when nothing is left to do."""

    state: str
    failure: dict[str, Any] | None
    verified: float | None
    files: dict[str, bytes]
    """Outputs by name."""
    inputs: list[str]
    work: list[tuple[int, int]]
    """(ordinal, epoch) of every stretch."""
    events: str
    """The history's sentences."""


def awake(office: Office) -> bool:
    """The worker gives a sign of life: on a busy machine a part takes longer than it would be believed alive without."""
    with office.database.transaction() as session:
        moment = now(session)
        seen = Worker(id="w1", capability="transcription", host="here", pid=1, started_at=moment, seen_at=moment)
        session.merge(seen)
    return True


def worked_through(office: Office, bench: Bench, job_id: int) -> Outcome:
    """Give out and do parts, as clock and worker do."""
    queue = office.queue
    assert isinstance(queue, InProcessQueue)
    clock = Clock(office)
    while awake(office) and clock.tick():
        while (message := queue.take("transcription")) is not None:
            bench.run(*message)
    with office.database.reading() as session:
        job = session.get_one(Job, job_id)
        files = {}
        for file in job.files:
            if file.role == "output":
                with office.store.open(file.key) as blocks:
                    files[file.name] = b"".join(blocks)
        work = [(part.ordinal, part.epoch) for part in job.parts if part.stage == Stage.WORK]
        inputs = [file.name for file in job.files if file.role == "input" and office.store.size(file.key)]
        events = " ".join(told.sentence for told in of_job(session, job_id, "ja"))
        return Outcome(job.state, job.failure, job.verified, files, inputs, work, events)


def test_a_recording_becomes_minutes_in_every_format(
    office: Office, bench: Bench, tmp_path: Path, sound: Sound
) -> None:
    job_id = handed_in(office, write(tmp_path / "定例会議.m4a", sound, "m4a", rate=44100), meeting_date="2026-11-20")
    outcome = worked_through(office, bench, job_id)
    assert outcome.state == "done"
    assert set(outcome.files) == {f"定例会議.{ending}" for ending in ("docx", "txt", "srt", "vtt", "json")}
    assert outcome.verified == pytest.approx(len(sound) / RATE, abs=0.2)
    shown = Document(io.BytesIO(outcome.files["定例会議.docx"]))
    facts = {cell.text for table in shown.tables for row in table.rows for cell in row.cells}
    assert any("令和8年11月20日" in fact for fact in facts)
    transcript = json.loads(outcome.files["定例会議.json"])
    assert len(transcript["segments"]) >= 3


def test_several_recordings_make_minutes_each(office: Office, bench: Bench, tmp_path: Path, sound: Sound) -> None:
    first, second = sound[: 8 * RATE], sound[8 * RATE : 20 * RATE]
    job_id = handed_in(office, write(tmp_path / "午前.wav", first), write(tmp_path / "午後.flac", second, "flac"))
    outcome = worked_through(office, bench, job_id)
    assert outcome.state == "done"
    assert {name for name in outcome.files if name.endswith(".docx")} == {"午前.docx", "午後.docx"}
    assert outcome.files["午前.txt"] != outcome.files["午後.txt"]
    assert outcome.verified == pytest.approx(20, abs=0.2)


def test_one_bad_recording_among_several_fails_the_job_by_its_name_and_keeps_all(
    office: Office, bench: Bench, tmp_path: Path, sound: Sound
) -> None:
    good, film = write(tmp_path / "良い.wav", sound[: 8 * RATE]), film_without_sound(tmp_path / "無音の動画.mp4")
    outcome = worked_through(office, bench, handed_in(office, good, film))
    assert outcome.state == "failed"
    assert outcome.failure is not None
    assert outcome.failure["code"] == "audio-without-sound-track"
    assert outcome.failure["evidence"]["name"] == "無音の動画.mp4"
    assert outcome.inputs == ["良い.wav", "無音の動画.mp4"]
    assert outcome.files == {}


def test_a_recording_that_was_cut_off_fails_and_keeps_what_came(
    office: Office, bench: Bench, tmp_path: Path, sound: Sound
) -> None:
    recording = cut_off(write(tmp_path / "途中.m4a", sound, "m4a", rate=44100))
    outcome = worked_through(office, bench, handed_in(office, recording))
    assert outcome.state == "failed"
    assert outcome.failure is not None
    assert outcome.failure["code"] == "audio-ends-early"
    assert "読めるところまで起こす" in outcome.failure["sentences"]["ja"]


def test_what_a_recorder_left_that_died_is_transcribed_when_that_is_asked_for(
    office: Office, bench: Bench, tmp_path: Path, sound: Sound
) -> None:
    """A4"""
    recording = cut_off(write(tmp_path / "途中.m4a", sound, "m4a", rate=16000), 0.8)
    outcome = worked_through(office, bench, handed_in(office, recording, salvage="yes"))
    assert outcome.state in ("done", "review")
    assert "作り直しました" in outcome.files["途中.txt"].decode()
    assert len(json.loads(outcome.files["途中.json"])["segments"]) >= 2


def test_a_split_that_runs_again_hands_no_stretch_over_twice(
    office: Office, bench: Bench, tmp_path: Path, sound: Sound
) -> None:
    job_id = handed_in(office, write(tmp_path / "会議.wav", sound))
    queue = office.queue
    assert isinstance(queue, InProcessQueue)
    clock = Clock(office)
    clock.tick()
    message = queue.take("transcription")
    assert message is not None
    bench.run(*message)
    with office.database.transaction() as session:  # as if the split's worker had died after its last stretch
        part = session.get_one(Part, message[0])
        part.state, part.worker, part.lease_until, part.result = PartState.WAITING, None, None, None
    outcome = worked_through(office, bench, job_id)
    assert outcome.state == "done"
    assert len(outcome.work) == len({ordinal for ordinal, _ in outcome.work}) >= 2


def test_a_recording_that_an_update_would_cut_in_other_places_fails_in_words(
    office: Office, bench: Bench, tmp_path: Path, sound: Sound
) -> None:
    job_id = handed_in(office, write(tmp_path / "会議.wav", sound))
    queue = office.queue
    assert isinstance(queue, InProcessQueue)
    clock = Clock(office)
    clock.tick()
    message = queue.take("transcription")
    assert message is not None
    bench.run(*message)
    with office.database.transaction() as session:  # as if an older version had begun to cut
        part = session.get_one(Part, message[0])
        part.state, part.worker, part.lease_until, part.result = PartState.WAITING, None, None, None
        first = next(each for each in part.job.parts if each.stage == Stage.WORK)
        first.payload = {**first.payload, "stretch": first.payload["stretch"].replace('"end"', '"until"')}
    outcome = worked_through(office, bench, job_id)
    assert outcome.failure is not None
    assert (outcome.state, outcome.failure["code"], outcome.inputs) == ("failed", "cut-changed", ["会議.wav"])
    assert "もう一度新しい依頼として" in outcome.failure["sentences"]["ja"]


def test_intermediate_files_go_when_the_job_is_done(office: Office, bench: Bench, tmp_path: Path, sound: Sound) -> None:
    job_id = handed_in(office, write(tmp_path / "会議.wav", sound[: 12 * RATE]))
    assert worked_through(office, bench, job_id).state == "done"
    assert list(office.store.keys("work/")) == []
    assert list(office.scratch.iterdir()) == []


def test_without_a_model_the_job_waits_and_goes_on_once_there_is_one(
    office: Office, bench: Bench, tmp_path: Path, sound: Sound
) -> None:
    shutil.rmtree(office.settings.models_folder)
    job_id = handed_in(office, write(tmp_path / "会議.wav", sound[: 8 * RATE]))
    waiting = worked_through(office, bench, job_id)
    assert waiting.state == "running"
    assert "model-missing" in waiting.events
    import_model(office.settings.models_folder, ROOT / "models" / "demo")
    with office.database.transaction() as session:
        for part in session.get_one(Job, job_id).parts:
            part.not_before = None  # the pause is over
    assert worked_through(office, bench, job_id).state == "done"


def test_a_meeting_date_that_is_no_date_fails_before_any_work(
    office: Office, bench: Bench, tmp_path: Path, sound: Sound
) -> None:
    recording = write(tmp_path / "会議.wav", sound[: 8 * RATE])
    with (
        office.database.transaction() as session
    ):  # a slip in the menu's own options; the door looks at those of the job
        service_of(session, SERVICE).options = {"meeting_date": "来週"}
    outcome = worked_through(office, bench, handed_in(office, recording))
    assert outcome.state == "failed"
    assert outcome.failure is not None
    assert outcome.failure["code"] == "options-malformed"
    assert [epoch for _, epoch in outcome.work if epoch] == []


def test_a_machine_without_memory_keeps_the_job_waiting_and_says_why(
    office: Office, bench: Bench, tmp_path: Path, sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, tried = transcribe.warm.load_decoder, []

    def short_at_first(*how: Any) -> Any:
        tried.append(how)
        if len(tried) == 1:
            raise RuntimeError("mkl_malloc: failed to allocate memory")
        return load(*how)

    monkeypatch.setattr(transcribe.warm, "load_decoder", short_at_first)
    monkeypatch.setattr(transcription_engine, "SHORT_SECONDS", 0.0)
    job_id = handed_in(office, write(tmp_path / "会議.wav", sound[: 8 * RATE]))
    outcome = worked_through(office, bench, job_id)
    assert outcome.state == "done"
    assert "メモリーが足りず音声認識モデル「demo」を動かせないため" in outcome.events
    assert len(tried) == 2
