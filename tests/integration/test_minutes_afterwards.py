"""Minutes and what follows: speakers told apart once the text is there, and people who look where speech has no text.

The real engines with the demo models.
"""

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from bad.audio import write
from digilab.config import Settings, TranscriptionSettings
from digilab.database.session import Database, now
from digilab.first_start import prepare
from digilab.hours import use as hours
from digilab.jobs import lifecycle, sight
from digilab.jobs.history import of_job
from digilab.jobs.records import Job, Worker
from digilab.jobs.rules import PartState, Stage
from digilab.models.folder import import_model
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.test_transcription_kind import ROOT, handed_in
from tools.made_conversations import conversation
from transcribe.certificate import Certificate, Gap
from transcribe.transcript import Transcript
from workers.clock import Clock
from workers.jail import Limits, opened
from workers.kinds import transcription_speakers
from workers.lease import Keeper
from workers.run import Bench

TALK = conversation((("A", 1.0), ("D", 1.0)), 20.0, seed=5)


@dataclass
class Lane:
    """One worker and its clock, step by step."""

    office: Office
    bench: Bench

    def step(self) -> bool:
        """Give out and do the next part; False when there is none."""
        queue = self.office.queue
        assert isinstance(queue, InProcessQueue)
        with self.office.database.transaction() as session:
            moment = now(session)
            seen = Worker(id="w1", capability="transcription", host="here", pid=1, started_at=moment, seen_at=moment)
            session.merge(seen)
        Clock(self.office).tick()
        if (message := queue.take("transcription")) is None:
            return False
        self.bench.run(*message)
        return True

    def job(self, job_id: int) -> Job:
        with self.office.database.reading() as session:
            return session.get_one(Job, job_id)

    def until_ended(self, job_id: int) -> None:
        while not self.job(job_id).status.ended:
            assert self.step()

    def files(self, job_id: int) -> dict[str, bytes]:
        found = {}
        with self.office.database.reading() as session:
            for file in session.get_one(Job, job_id).files:
                if file.role == "output":
                    with self.office.store.open(file.key) as blocks:
                        found[file.name.rpartition(".")[2]] = b"".join(blocks)
        return found

    def afterwards(self, job_id: int) -> tuple[str, dict[str, Any]] | None:
        with self.office.database.reading() as session:
            part = sight.extra_part(session, job_id)
            return None if part is None else (part.state, dict(part.result or {}))

    def told(self, job_id: int) -> list[str]:
        with self.office.database.reading() as session:
            return [each.event for each in of_job(session, job_id, "ja")]

    def booked(self, job_id: int) -> list[float]:
        with self.office.database.reading() as session:
            return [each.net_minutes for each in hours.of_job(session, job_id)]


@pytest.fixture
def lane(data: Path, sqlite: Database) -> Iterator[Lane]:
    settings = Settings(data=data, transcription=TranscriptionSettings(least_coverage=0.9))
    import_model(settings.models_folder, ROOT / "models" / "demo")
    import_model(settings.models_folder, ROOT / "models" / "demo-speakers")
    prepare(sqlite)
    office = Office(settings, sqlite, FolderStore(settings.store_folder), InProcessQueue())
    bench = Bench(office, "w1", Keeper(office, "w1"))
    yield Lane(office, bench)
    bench.engines.close()


def ask_again(lane: Lane, job_id: int, speakers: int | str) -> None:
    with lane.office.database.transaction() as session:
        lifecycle.ask_again(session, session.get_one(Job, job_id), {"speakers": speakers}, "sato")


def recorded(tmp_path: Path) -> Path:
    return write(tmp_path / "対談.wav", TALK.sound)


def words(files: dict[str, bytes]) -> str:
    """All that is said, whoever says it."""
    return "".join(segment.text for segment in Transcript.from_json(files["json"]).segments)


def speakers(files: dict[str, bytes]) -> set[str]:
    return {segment.speaker for segment in Transcript.from_json(files["json"]).segments}


def column(files: dict[str, bytes]) -> set[str]:
    """What stands under 発言者."""
    body = next(table for table in Document(io.BytesIO(files["docx"])).tables if table.rows[0].cells[0].text == "時刻")
    return {row.cells[1].text for row in body.rows[1:]}


def test_speakers_come_into_the_minutes_after_the_text_and_can_be_told_apart_again_alone(
    lane: Lane, tmp_path: Path
) -> None:
    job_id = handed_in(lane.office, recorded(tmp_path), speakers="2")
    lane.until_ended(job_id)
    first, ended, booked = lane.files(job_id), lane.job(job_id).ended_at, lane.booked(job_id)
    assert speakers(first) == {""}
    assert lane.step()
    second = lane.files(job_id)
    assert set(second) == set(first)
    assert words(second) == words(first)
    assert Transcript.from_json(second["json"]).certificate == Transcript.from_json(first["json"]).certificate
    assert speakers(second) == {"S1", "S2"}
    assert column(second) == {"発言者1", "発言者2"}
    assert "発言者1：" in second["txt"].decode()
    assert "<v 発言者2>" in second["vtt"].decode()
    assert (lane.job(job_id).status.value, lane.job(job_id).ended_at, lane.booked(job_id)) == ("done", ended, booked)
    assert lane.told(job_id)[-1] == "speakers-separated"
    ask_again(lane, job_id, 3)
    assert lane.step()
    assert words(lane.files(job_id)) == words(first)
    assert speakers(lane.files(job_id)) == {"S1", "S2", "S3"}
    assert list(lane.office.store.keys("work/")) == []


def test_the_longer_the_recording_the_longer_telling_speakers_apart_may_take(
    lane: Lane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One part hears all of it, twelve hours and more; with the time of a single opening it would never come to an end."""
    allowed: list[float] = []

    def noted(target: str, arguments: dict[str, Any], limits: Limits) -> AbstractContextManager[Any]:
        allowed.append(limits.seconds)
        return opened(target, arguments, limits)

    monkeypatch.setattr(transcription_speakers, "opened", noted)
    job_id = handed_in(lane.office, write(tmp_path / "a.wav", TALK.sound[: 8 * 16_000]), speakers="auto")
    lane.until_ended(job_id)
    assert allowed == []
    assert lane.step()
    assert allowed == [pytest.approx(lane.office.settings.work.jail_seconds + 8.0, abs=0.5)]
    assert lane.told(job_id)[-1] == "speakers-separated"


def failure_of(lane: Lane, job_id: int) -> str:
    part = lane.afterwards(job_id)
    assert part is not None
    state, result = part
    assert state == PartState.FAILED
    return str(result["failure"]["code"])


def test_without_a_model_for_it_or_with_a_broken_one_the_minutes_stay_what_they_are(lane: Lane, tmp_path: Path) -> None:
    model = lane.office.settings.models_folder / "demo-speakers"
    shutil.rmtree(model)
    job_id = handed_in(lane.office, write(tmp_path / "a.wav", TALK.sound[: 8 * 16_000]), speakers="auto")
    lane.until_ended(job_id)
    before, ended = lane.files(job_id), lane.job(job_id)
    assert lane.afterwards(job_id) is None
    with lane.office.database.reading() as session:
        assert sight.joined_result(session, job_id)["no_speaker_model"]

    ask_again(lane, job_id, "auto")
    assert lane.step()
    assert failure_of(lane, job_id) == "speaker-model-away"

    import_model(lane.office.settings.models_folder, ROOT / "models" / "demo-speakers")
    (model / "embedding.onnx").write_bytes(b"no network")
    ask_again(lane, job_id, 2)
    assert lane.step()
    assert failure_of(lane, job_id) == "speaker-model-broken"
    part = lane.afterwards(job_id)
    assert part is not None
    assert str(model.parent) not in json.dumps(part[1])

    lane.office.settings.work.jail_memory_mib = 64  # it does not even start
    ask_again(lane, job_id, 2)
    assert lane.step()
    assert failure_of(lane, job_id) == "speakers-broke-off"

    assert lane.files(job_id) == before
    assert (lane.job(job_id).state, lane.job(job_id).ended_at) == (ended.state, ended.ended_at)
    assert lane.told(job_id)[-1] == "extra-failed"


def planted(lane: Lane, job_id: int, gap: Gap) -> None:
    """As if the engine had found this gap in the only stretch."""
    with lane.office.database.transaction() as session:
        [part] = [part for part in session.get_one(Job, job_id).parts if part.stage == Stage.WORK]
        assert part.result is not None
        with lane.office.store.open(part.result["transcript"]) as blocks:
            transcript = Transcript.from_json(b"".join(blocks))
        certificate = Certificate(speech=100.0, covered=100.0 - gap.speech, gaps=(gap,))
        with lane.office.store.receive() as incoming:
            incoming.write(replace(transcript, certificate=certificate).to_json().encode())
            key = lane.office.store.keep(incoming, f"work/{job_id}/planted.json").key
        part.result = {**part.result, "transcript": key}


def test_minutes_that_miss_too_much_wait_for_a_person_who_may_take_them(lane: Lane, tmp_path: Path) -> None:
    gap = Gap(2.0, 15.0, 12.0)
    job_id = handed_in(lane.office, write(tmp_path / "会議.wav", TALK.sound[: 4 * 16_000]))
    assert lane.step()
    assert lane.step()
    planted(lane, job_id, gap)
    lane.until_ended(job_id)
    assert lane.job(job_id).status.value == "review"
    assert lane.booked(job_id) == []
    with lane.office.database.reading() as session:
        [recording] = sight.joined_result(session, job_id)["recordings"]
    assert recording["incomplete"] == {"least_coverage": 0.9, "most_gap_seconds": 10.0, "long_gaps": 1}
    assert recording["certificate"]["gaps"] == [{"start": gap.start, "end": gap.end, "speech": gap.speech}]
    assert any("空白" in paragraph.text for paragraph in Document(io.BytesIO(lane.files(job_id)["docx"])).paragraphs)
    with lane.office.database.transaction() as session:
        lifecycle.accept(session, job_id, "sato")
    assert lane.job(job_id).status.value == "done"
    assert "accepted" in lane.told(job_id)
