"""Recordings are read with the terms that counted on the day of the meeting, and written as their job asks."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bad.audio import RATE, Sound, write
from digilab.database.session import now
from digilab.glossary import sheet, use
from digilab.jobs.records import Job, Part, Worker
from digilab.jobs.rules import PartState, Stage
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from integration.test_transcription_kind import (  # noqa: F401 - pytest finds fixtures by name
    bench,
    handed_in,
    office,
    sound,
    worked_through,
)
from workers.clock import Clock
from workers.run import Bench

TERMS = "用語,種類,有効開始,有効終了\n山本,人名,,2026-11-30\n田中,人名,2026-12-01,\n教育委員会,組織,,\nどこにも出ない,その他,,\n"

Terms = Callable[[str], None]


@pytest.fixture
def bring(office: Office) -> Terms:  # noqa: F811 - a fixture
    """Bring a glossary in for the whole house."""

    def bring_in(content: str) -> None:
        with office.database.transaction() as session:
            use.bring_in(session, sheet.read_entries(content.encode()))

    return bring_in


def test_the_terms_of_the_meetings_day_are_counted_and_minutes_are_written_as_asked(
    office: Office,  # noqa: F811 - a fixture
    bench: Bench,  # noqa: F811 - a fixture
    tmp_path: Path,
    sound: Sound,  # noqa: F811 - a fixture
    bring: Terms,
) -> None:
    bring(TERMS)
    options = {"meeting_date": "2026-12-20", "numbers": "written", "fillers": "hide"}
    job_id = handed_in(office, write(tmp_path / "会議.wav", sound[: 18 * RATE]), **options)
    outcome = worked_through(office, bench, job_id)
    assert outcome.state == "done", outcome.failure
    record = json.loads(outcome.files["会議.json"])
    assert {hit["term"]: hit["count"] for hit in record["hits"]} == {"田中": 1, "教育委員会": 1}
    assert "9,000万円" in outcome.files["会議.txt"].decode()
    assert "九千万円" in "".join(segment["text"] for segment in record["segments"])  # the record keeps what was heard


def test_a_split_that_runs_again_keeps_the_terms_of_the_first(
    office: Office,  # noqa: F811 - a fixture
    bench: Bench,  # noqa: F811 - a fixture
    tmp_path: Path,
    sound: Sound,  # noqa: F811 - a fixture
    bring: Terms,
) -> None:
    bring("用語\n山本\n")
    job_id = handed_in(office, write(tmp_path / "会議.wav", sound))
    first = split_once(office, bench, job_id)
    bring("用語\n田中\n")
    with office.database.transaction() as session:  # as if the split's worker had died after its first stretch
        session.get_one(Worker, "w1").seen_at = now(session)
        for part in session.get_one(Job, job_id).parts:
            if part.stage == Stage.SPLIT:
                part.state, part.worker, part.lease_until, part.result = PartState.WAITING, None, None, None
            elif part.ordinal > 0:
                session.delete(part)
    again = split_once(office, bench, job_id)
    assert len(again) == len(first) >= 2
    assert set(again) == set(first)
    with office.store.open(again[-1]) as blocks:
        assert [term["text"] for term in json.loads(b"".join(blocks))] == ["山本"]


def split_once(office: Office, bench: Bench, job_id: int) -> list[str]:  # noqa: F811 - not the fixtures
    """Run the job's split; where the terms of each stretch lie."""
    queue = office.queue
    assert isinstance(queue, InProcessQueue)
    Clock(office).tick()
    while (message := queue.take("transcription")) is not None:
        with office.database.reading() as session:
            is_split = session.get_one(Part, message[0]).stage == Stage.SPLIT
        if is_split:
            bench.run(*message)
    with office.database.reading() as session:
        parts = session.get_one(Job, job_id).parts
        return [part.payload["glossary"] for part in parts if part.stage == Stage.WORK]
