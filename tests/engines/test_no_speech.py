"""Silence, room noise, applause, music and tones give no sentence; a quiet sentence among them is kept.

`DIGILAB_FAULTS=full` hears ten minutes of each; the suite hears a few seconds more than it takes.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bad import audio as made
from bad import sounds
from bad.audio import RATE, Sound
from transcribe.certificate import Note
from transcribe.engine import Transcriber
from transcribe.errors import AudioNoSpeechError, sentence
from transcribe.speech import cut
from transcribe.stretch import Span
from transcribe.transcript import Transcript

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples" / "speech"
FULL = os.environ.get("DIGILAB_FAULTS") == "full"
SECONDS = 600.0 if FULL else 12.0
SAID = "教育委員会の山本さんから報告があります。"
QUIET = -30.0  # decibels below the samples, which is 57 under full scale
KINDS = {
    "silence": lambda: sounds.silence(SECONDS),
    "room noise": lambda: sounds.room_noise(SECONDS, db=-68.0),
    "applause": lambda: sounds.applause(SECONDS),
    "music": lambda: sounds.music(SECONDS),
    "tones": lambda: sounds.tones(SECONDS),
    "chime": lambda: sounds.chime(SECONDS),
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Transcriber]:
    with Transcriber(ROOT / "models" / "demo", threads=1) as engine:
        yield engine


@pytest.fixture(scope="module")
def sentence_alone() -> Sound:
    """SAID, 0.2 s into it, and a second of the room after it."""
    return made.speech(SAMPLES, "meeting-1.ogg")[round(0.55 * RATE) : round(5.4 * RATE)]


def read(engine: Transcriber, path: Path) -> Transcript:
    return Transcript.joined(
        engine.transcribe(one.samples, one.spans, one.start, damage=one.damage) for one in cut(path)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_without_a_voice_gives_no_sentence(tmp_path: Path, engine: Transcriber, kind: str) -> None:
    path = made.write(tmp_path / "rec.flac", KINDS[kind](), "flac")
    stretches = []
    with pytest.raises(AudioNoSpeechError) as caught:
        stretches.extend(cut(path))
    assert caught.value.sentence().startswith("音声が検出できません。")
    for one in stretches:
        transcript = engine.transcribe(one.samples, one.spans, one.start)
        assert transcript.segments == ()
        assert transcript.certificate.coverage == 1.0


def test_a_quiet_sentence_among_them_is_kept_and_is_all_there_is(
    tmp_path: Path, engine: Transcriber, sentence_alone: Sound
) -> None:
    before = [KINDS[kind]() for kind in ("silence", "applause", "room noise")]
    after = [KINDS[kind]() for kind in ("room noise", "music", "tones", "chime")]
    whole = np.concatenate([*before, sounds.louder(sentence_alone, QUIET), *after])
    transcript = read(engine, made.write(tmp_path / "rec.flac", whole, "flac"))
    assert [one.text for one in transcript.segments] == [SAID]
    at = sum(map(len, before)) / RATE
    assert transcript.segments[0].start == pytest.approx(at + 0.2, abs=0.3)
    assert transcript.certificate.coverage > 0.99
    assert transcript.certificate.gaps == ()


@pytest.mark.parametrize("kind", ["room noise", "applause", "music"])
def test_a_sentence_over_a_softer_sound_is_kept(engine: Transcriber, sentence_alone: Sound, kind: str) -> None:
    sound = np.tile(KINDS[kind](), 2)[: len(sentence_alone)]
    soft = sounds.louder(sound, -50.0 - 20 * np.log10(np.sqrt(np.square(sound.astype(float)).mean()) / 32768))
    transcript = engine.transcribe(sounds.added(sentence_alone, soft), [Span(0.2, 3.85)])
    assert [one.text for one in transcript.segments] == [SAID]
    assert transcript.certificate.removed == ()


def test_sentences_that_the_model_makes_of_sounds_are_listed_and_not_told(engine: Transcriber) -> None:
    """Voice detection is passed over: the whole sound is called speech. The model then tells sentences of its world."""
    for kind in ("music", "chime", "tones"):
        sound = KINDS[kind]()[: 12 * RATE]
        transcript = engine.transcribe(sound, [Span(100.3, 100.0 + len(sound) / RATE - 0.3)], 100.0)
        assert [one.text for one in transcript.segments] == []
        assert {one.reason for one in transcript.certificate.removed} <= {"no-voice", "silence", "unsure"}
        assert all(100.0 <= one.start <= one.end <= 112.0 for one in transcript.certificate.removed)


def test_a_quiet_recording_is_read_and_its_certificate_says_that_it_is_quiet(
    tmp_path: Path, engine: Transcriber
) -> None:
    """A7"""
    quiet = sounds.louder(made.speech(SAMPLES, "meeting-1.ogg", 16.0), -35.0)
    transcript = read(engine, made.write(tmp_path / "rec.wav", quiet))
    assert [one.text for one in transcript.segments][:2] == [SAID, "防災課の田中です。"]
    assert Note("quiet") in transcript.certificate.notes
    assert "小さい" in sentence("note-quiet", "ja", {})


def test_a_recording_that_the_model_does_not_understand_says_so(
    tmp_path: Path, engine: Transcriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A20: speech backwards stands for a language that the model has never heard."""
    monkeypatch.setattr("transcribe.coverage.second_pass._MOST", 0.0)  # as in a recording of some minutes
    foreign = made.speech(SAMPLES, "meeting-2.ogg", 25.0)[::-1]
    transcript = read(engine, made.write(tmp_path / "rec.wav", np.ascontiguousarray(foreign)))
    assert Note("low-confidence") in transcript.certificate.notes
    assert "外国語" in sentence("note-low-confidence", "ja", {})
    assert Note("again-limited") in transcript.certificate.notes
    assert "聞き直す回数" in sentence("note-again-limited", "ja", {})


def test_a_recording_that_it_understands_is_not_called_doubtful(tmp_path: Path, engine: Transcriber) -> None:
    transcript = read(engine, made.write(tmp_path / "rec.wav", made.speech(SAMPLES, "meeting-3.ogg", 25.0)))
    assert {one.code for one in transcript.certificate.notes} & {"quiet", "low-confidence"} == set()
    assert transcript.certificate.removed == ()
