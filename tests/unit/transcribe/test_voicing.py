"""Voice detection's false alarms go; a voice stays, also beside what gives false alarms, quiet, or drawled."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bad import audio as made
from bad import sounds
from bad.audio import RATE, Sound
from transcribe.speech import cut_blocks
from transcribe.stretch import Span
from transcribe.voicing import silent, spoken, voice

SAMPLES = Path(__file__).parents[3] / "samples" / "speech"


@pytest.fixture(scope="module")
def speech() -> Sound:
    return made.speech(SAMPLES, "meeting-1.ogg", 16.0)


def detected(sound: Sound) -> list[Span]:
    return [span for one in cut_blocks([sound], [], 300, 500) for span in one.spans]


def level(sound: NDArray[np.float64], db: float) -> Sound:
    return (sound / sound.std() * 32768 * 10 ** (db / 20)).astype(np.int16)


def hum(seconds: float, hertz: float, db: float, on: float = 1.0, off: float = 0.0) -> Sound:
    """Harmonics that hold still, switched on and off."""
    at = np.arange(round(seconds * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * hertz * part * at) / part for part in range(1, 11) if part * hertz < 7800)
    return level(np.asarray(sound * (at % (on + off) < on)), db)


def drawl(seconds: float, hertz: float) -> Sound:
    """A vowel that is held as still as a throat can: its pitch wanders by half a percent, with as much jitter."""
    chance = np.random.default_rng(3)
    count = round(seconds * RATE)
    wander = np.convolve(chance.standard_normal(count + 4000), np.hanning(4000), "valid")[:count]
    jitter = np.repeat(chance.standard_normal(count // 100 + 1), 100)[:count]
    phase = 2 * np.pi * np.cumsum(hertz * (1 + 0.005 * wander / wander.std() + 0.005 * jitter)) / RATE
    spectrum = np.fft.rfft(sum(np.sin(part * phase) / part for part in range(1, 30) if part * hertz < 7500))
    at = np.fft.rfftfreq(count, 1 / RATE)
    mouth = sum(1 / (1 + ((at - formant) / 120) ** 2) for formant in (500, 1800, 2500))
    return level(np.fft.irfft(spectrum * mouth, count), -25.0)


@pytest.mark.parametrize(
    ("hertz", "db", "on", "off"),
    [(110, -30, 0.25, 0.1), (110, -20, 1.0, 0.0), (150, -30, 1.0, 0.0), (110, -45, 0.25, 0.1)],
)
def test_a_steady_sound_that_deceives_voice_detection_is_left_out(
    hertz: float, db: float, on: float, off: float
) -> None:
    sound = hum(6.0, hertz, db, on, off)
    spans = detected(sound)
    assert spans, "voice detection must be deceived, or this tests nothing"
    assert spoken(spans, sound) == []


@pytest.mark.parametrize("db", [0.0, -30.0, -45.0])
def test_every_span_of_speech_stays(speech: Sound, db: float) -> None:
    sound = sounds.louder(speech, db)
    spans = detected(speech)
    assert len(spans) >= 4
    assert spoken(spans, sound) == spans


@pytest.mark.parametrize("beside", ["tone", "music", "applause", "noise"])
@pytest.mark.parametrize("db", [-33.0, -21.0])
def test_speech_stays_beside_what_is_as_loud_or_louder(speech: Sound, beside: str, db: float) -> None:
    """The samples have 27 dB under full scale."""
    tone = sounds.tones(16.0, hertz=(440.0,), db=db)
    other = {
        "tone": tone,
        "music": sounds.music(16.0, db=db),
        "applause": sounds.applause(16.0, db=db),
        "noise": sounds.room_noise(16.0, db=db),
    }[beside]
    sound = sounds.added(speech, other)
    spans = detected(sound)
    kept = spoken(spans, sound)
    lost = sum(one.end - one.start for one in spans if one not in kept)
    assert lost <= 0.05 * sum(one.end - one.start for one in spans)


@pytest.mark.parametrize("hertz", [110.0, 220.0])
def test_a_vowel_drawn_out_is_a_voice(hertz: float) -> None:
    room = sounds.room_noise(1.0, db=-65.0)
    sound = np.concatenate([room, drawl(1.2, hertz), room])
    spans = detected(sound)
    assert spans
    assert spoken(spans, sound) == spans


def test_times_are_those_of_the_recording(speech: Sound) -> None:
    sound = np.concatenate([speech[: 6 * RATE], hum(6.0, 110, -30, 0.25, 0.1)])
    said, false = Span(100.8, 104.3), Span(108.0, 108.3)
    assert spoken([said, false], sound, 100.0) == [said]
    assert spoken([Span(0.0, 0.2)], sounds.silence(0.1)) in ([], [Span(0.0, 0.2)])
    assert spoken([], sound) == []


def test_a_voice_is_listened_to_wherever_it_stands_and_however_soft(speech: Sound) -> None:
    whole = np.concatenate([sounds.silence(5.0), sounds.louder(speech[: 6 * RATE], -40.0), sounds.silence(5.0)])
    assert voice(whole, 5.8, 9.3).max() > 0.9
    assert voice(whole, 1.0, 4.0).max() < 0.3
    assert voice(whole, 12.0, 99.0).max() < 0.3
    assert voice(whole, 99.0, 100.0).size == 0


def test_silence_is_what_a_converter_makes_alone() -> None:
    dither = np.random.default_rng(1).integers(-1, 2, 2 * RATE).astype(np.int16)
    assert silent(dither, 0.0, 2.0)
    assert silent(sounds.silence(2.0), -1.0, 9.0)
    assert not silent(sounds.silence(2.0), 5.0, 9.0), "what was not recorded is not known to be silent"
    assert not silent(sounds.room_noise(2.0, db=-60.0), 0.0, 2.0)
