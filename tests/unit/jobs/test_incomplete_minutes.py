"""When a person must look at minutes, and what the record keeps of a certificate."""

from dataclasses import replace
from typing import Any

import pytest

from digilab.config import TranscriptionSettings
from transcribe.certificate import Certificate, Gap, Note, Removed
from transcribe.transcript import Hit, Segment, Transcript
from workers.kinds.transcription_certificate import MOST, certified, incomplete

SETTINGS = TranscriptionSettings(least_coverage=0.98, most_gap_seconds=10.0)
WHOLE = Transcript((Segment(0.0, 1.0, "はい。"),), "ja", 200.0, 100.0, "demo", certificate=Certificate(100.0, 100.0))


def kept(*gaps: Gap) -> dict[str, Any]:
    covered = 100.0 - sum(gap.speech for gap in gaps)
    record = certified(replace(WHOLE, certificate=Certificate(100.0, covered, gaps=gaps)))
    assert record is not None
    return record


def test_nobody_needs_to_look_at_whole_minutes() -> None:
    assert incomplete(kept(), SETTINGS) is None


@pytest.mark.parametrize("missing", [0.5, 1.0, 2.0])
def test_a_little_that_is_missing_keeps_nobody_waiting(missing: float) -> None:
    assert incomplete(kept(Gap(2.0, 5.0, missing)), SETTINGS) is None


def test_below_the_set_coverage_a_person_looks() -> None:
    assert incomplete(kept(Gap(2.0, 5.0, 2.1)), SETTINGS) == {
        "least_coverage": 0.98,
        "most_gap_seconds": 10.0,
        "long_gaps": 0,
    }


def test_one_long_gap_is_enough_however_much_is_covered() -> None:
    why = incomplete(kept(Gap(2.0, 15.0, 10.5)), TranscriptionSettings(least_coverage=0.5, most_gap_seconds=10.0))
    assert why is not None
    assert why["long_gaps"] == 1


def test_a_gap_is_as_long_as_what_is_said_in_it() -> None:
    assert incomplete(kept(Gap(2.0, 60.0, 1.5)), SETTINGS) is None


def test_minutes_that_were_never_measured_are_not_judged() -> None:
    assert certified(replace(WHOLE, certificate=Certificate())) is None
    assert incomplete(None, SETTINGS) is None


def test_of_very_many_gaps_the_longest_are_kept_in_order_and_all_are_counted() -> None:
    gaps = [Gap(float(at), at + 0.5, 0.3) for at in range(MOST + 50)] + [Gap(1000.0, 1012.0, 11.0)]
    record = kept(*gaps)
    assert (len(record["gaps"]), record["gap_count"]) == (MOST, MOST + 51)
    assert record["gaps"][-1]["speech"] == 11.0
    assert [gap["start"] for gap in record["gaps"]] == sorted(gap["start"] for gap in record["gaps"])
    assert incomplete(record, SETTINGS) is not None


def test_what_the_record_keeps_can_be_read_in_either_language() -> None:
    certificate = Certificate(
        100.0, 99.0, removed=(Removed(1.0, 2.0, "あ" * 300, "phrase"),), notes=(Note("of-another-version"),)
    )
    record = certified(replace(WHOLE, certificate=certificate, hits=(Hit("防災会議", 3),)))
    assert record is not None
    [removed] = record["removed"]
    assert len(removed["text"]) == 200
    assert set(removed["reason"]) == {"ja", "en"}
    assert record["notes"] == [{"ja": "of-another-version", "en": "of-another-version"}]
    assert record["hits"] == [{"term": "防災会議", "count": 3}]
