"""Records: JSON that repeats byte for byte, times that move, parts that join."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.certificate import Certificate
from transcribe.transcript import Damage, Segment, Transcript, Word, record_json
from transcribe.version import VERSION

SECONDS = st.integers(0, 40_000_000).map(lambda ms: ms / 1000)
SHARES = st.integers(0, 1000).map(lambda thousandth: thousandth / 1000)
WORDS = st.builds(Word, SECONDS, SECONDS, st.text(min_size=1, max_size=3), SHARES)
SEGMENTS = st.builds(
    Segment, SECONDS, SECONDS, st.text(max_size=20), st.lists(WORDS, max_size=3).map(tuple), SHARES.map(float.__neg__)
)
TRANSCRIPTS = st.builds(
    Transcript,
    st.lists(SEGMENTS, max_size=4).map(tuple),
    st.just("ja"),
    SECONDS,
    SECONDS,
    st.just("demo"),
    st.lists(st.builds(Damage, SECONDS, SECONDS, st.sampled_from(["gap", "corrupt", "end"])), max_size=2).map(tuple),
)


@given(TRANSCRIPTS)
def test_json_brings_back_the_same_transcript_and_the_same_bytes(transcript: Transcript) -> None:
    text = transcript.to_json()
    assert Transcript.from_json(text) == transcript
    assert Transcript.from_json(text).to_json() == text


def test_times_in_json_are_whole_milliseconds_whatever_arithmetic_made_them() -> None:
    one = Transcript((Segment(0.1 + 0.2, 1 / 3, "あ"),), "ja", 1.0, 0.5, "demo")
    assert json.loads(one.to_json())["segments"][0] | {"words": []} == {
        "start": 0.3,
        "end": 0.333,
        "text": "あ",
        "words": [],
        "log_probability": 0.0,
        "no_speech_probability": 0.0,
        "again": False,
        "speaker": "",
        "continued": False,
    }


def test_what_an_earlier_engine_wrote_is_read() -> None:
    one = Transcript((Segment(0.0, 1.0, "あ", (Word(0.0, 1.0, "あ", 0.9),)),), "ja", 1.0, 0.5, "demo")
    earlier = json.loads(one.to_json())
    earlier["segments"][0]["temperature"] = 0.0
    assert Transcript.from_json(json.dumps(earlier)) == one


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(10**9), 10**9).map(lambda ms: ms / 1000) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=4))
def test_records_are_laid_out_as_the_standard_library_would(record: dict[str, Any]) -> None:
    assert record_json(record) == json.dumps(record, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def test_minus_zero_and_zero_are_the_same_bytes() -> None:
    plus = Transcript((Segment(0.0, 1.0, "あ", (), 0.0),), "ja", 1.0, 0.5, "demo")
    minus = Transcript((Segment(-0.0, 1.0, "あ", (), -0.0),), "ja", 1.0, 0.5, "demo")
    assert plus.to_json() == minus.to_json()


@given(TRANSCRIPTS, SECONDS)
def test_a_shift_moves_segments_words_and_damage_and_leaves_lengths(transcript: Transcript, by: float) -> None:
    moved = transcript.shifted(by)
    assert (moved.duration, moved.speech) == (transcript.duration, transcript.speech)
    for before, after in zip(transcript.segments, moved.segments, strict=True):
        assert after.start == pytest.approx(before.start + by, abs=0.001)
        assert [w.end for w in after.words] == pytest.approx([w.end + by for w in before.words], abs=0.001)
    assert [one.start for one in moved.damage] == pytest.approx(
        [one.start + by for one in transcript.damage], abs=0.001
    )


def test_joined_parts_keep_their_order_and_add_up() -> None:
    first = Transcript((Segment(0.0, 1.0, "一"),), "ja", 10.1, 1.0, "demo")
    second = Transcript((Segment(11.0, 12.0, "二"),), "ja", 9.9, 1.5, "demo", (Damage(15.0, 16.0, "gap"),))
    whole = Transcript.joined([first, second])
    assert whole.text == "一\n二"
    assert (whole.duration, whole.speech, len(whole.damage)) == (20.0, 2.5, 1)


def test_parts_of_different_models_and_engines_join_and_all_are_named() -> None:
    one = Transcript((), "ja", 1.0, 0.0, "demo", engine="transcribe 1")
    two = Transcript((), "ja", 1.0, 0.0, "small")
    whole = Transcript.joined([one, two, one])
    assert (whole.model, whole.engine, whole.duration) == ("demo + small", f"transcribe 1 + {VERSION}", 3.0)


def test_a_recording_of_which_some_hours_were_never_measured_is_not_certified() -> None:
    measured = Transcript((), "ja", 10.0, 8.0, "demo", certificate=Certificate(speech=8.0, covered=8.0))
    before = Transcript((), "ja", 10.0, 8.0, "demo", engine="transcribe 1")
    silent = Transcript((), "ja", 10.0, 0.0, "demo", engine="transcribe 1")
    assert Transcript.joined([measured, silent]).certificate.speech == 8.0
    whole = Transcript.joined([before, measured])
    assert (whole.measured, whole.certificate) == (False, Certificate())


def test_parts_of_different_languages_do_not_join() -> None:
    one = Transcript((), "ja", 1.0, 0.0, "demo")
    with pytest.raises(ValueError, match="do not join"):
        Transcript.joined([one, replace(one, language="en")])
    with pytest.raises(ValueError, match="nothing"):
        Transcript.joined([])
