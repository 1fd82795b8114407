"""Any container to the same sound: levels, lengths and times."""

from pathlib import Path

import numpy as np
import pytest

from bad import audio as made
from bad.audio import FORMATS, MONO_ONLY, RATE, Sound
from transcribe.audio import probe, stream
from transcribe.errors import AudioTooLongError

SAMPLES = Path(__file__).parents[3] / "samples" / "speech"
MATRIX = [
    (suffix, rate, layout)
    for suffix, (_, _, rates, _) in FORMATS.items()
    for rate in rates
    for layout in (("mono",) if suffix in MONO_ONLY else ("mono", "stereo"))
]
WINDOW = 800


@pytest.fixture(scope="module")
def speech() -> Sound:
    return made.speech(SAMPLES, seconds=12)


def heard(path: Path) -> Sound:
    return np.concatenate(list(stream(path)))


def loudness(sound: Sound) -> np.ndarray:
    windows = sound[: len(sound) // WINDOW * WINDOW].astype(float).reshape(-1, WINDOW)
    return np.sqrt(np.square(windows).mean(axis=1))


def likeness(one: Sound, other: Sound, most_lag: float = 0.1) -> float:
    """The best correlation of loudness when they may be apart by `most_lag` seconds (encoder delay)."""
    best = 0.0
    for lag in range(-int(most_lag * RATE), int(most_lag * RATE) + 1, 80):
        a, b = one[max(0, -lag) :], other[max(0, lag) :]
        length = min(len(a), len(b))
        best = max(best, float(np.corrcoef(loudness(a[:length]), loudness(b[:length]))[0, 1]))
    return best


@pytest.mark.parametrize(("suffix", "rate", "layout"), MATRIX)
def test_every_container_gives_the_same_speech(
    tmp_path: Path, speech: Sound, suffix: str, rate: int, layout: str
) -> None:
    film = suffix in ("mp4", "mov")
    path = made.write(tmp_path / f"rec.{suffix}", speech, suffix, rate=rate, layout=layout, video=film)
    reading = stream(path)
    sound = np.concatenate(list(reading))
    assert len(sound) == pytest.approx(len(speech), abs=0.15 * RATE)
    assert likeness(speech, sound) > 0.98
    assert loudness(sound).mean() == pytest.approx(loudness(speech).mean(), rel=0.1)
    assert reading.damage == []


def test_a_probe_tells_what_the_header_says(tmp_path: Path, speech: Sound) -> None:
    recording = probe(made.write(tmp_path / "rec.m4a", speech, "m4a", rate=44100, layout="stereo"))
    assert (recording.codec, recording.channels, recording.sample_rate) == ("aac", 2, 44100)
    assert recording.seconds == pytest.approx(12, abs=0.1)


def test_blocks_have_the_asked_length_and_lose_nothing(tmp_path: Path, speech: Sound) -> None:
    path = made.write(tmp_path / "rec.wav", speech)
    blocks = list(stream(path, block_seconds=1.7))
    assert {len(block) for block in blocks[:-1]} == {int(1.7 * RATE)}
    assert np.array_equal(np.concatenate(blocks), speech)


def test_a_dead_channel_does_not_halve_the_voice(tmp_path: Path, speech: Sound) -> None:
    """A11"""
    pair = np.stack([np.zeros_like(speech), speech])
    sound = heard(made.write(tmp_path / "rec.wav", pair, layout="stereo"))
    assert loudness(sound).mean() == pytest.approx(loudness(speech).mean(), rel=0.01)


def test_opposite_polarity_does_not_cancel_the_voice(tmp_path: Path, speech: Sound) -> None:
    pair = np.stack([speech, -speech])
    sound = heard(made.write(tmp_path / "rec.wav", pair, layout="stereo"))
    assert loudness(sound).mean() == pytest.approx(loudness(speech).mean(), rel=0.01)


def test_two_people_on_two_channels_are_both_heard(tmp_path: Path, speech: Sound) -> None:
    left, right = speech.copy(), speech.copy()
    left[len(speech) // 2 :] = 0
    right[: len(speech) // 2] = 0
    sound = heard(made.write(tmp_path / "rec.wav", np.stack([left, right]), layout="stereo"))
    assert likeness(speech, sound, 0.01) > 0.98


def test_the_subwoofer_of_five_point_one_is_left_out(tmp_path: Path, speech: Sound) -> None:
    """A11"""
    rumble = (np.sin(np.arange(len(speech)) * 2 * np.pi * 40 / RATE) * 20000).astype(np.int16)
    quiet = np.zeros_like(speech)
    six = np.stack([quiet, quiet, speech, rumble, quiet, quiet])  # FL FR FC LFE BL BR
    sound = heard(made.write(tmp_path / "rec.wav", six, layout="5.1"))
    assert likeness(speech, sound, 0.01) > 0.98


@pytest.mark.parametrize("suffix", ["mp3", "aac", "ogg"])
def test_a_sample_rate_that_changes_midway_keeps_both_halves(tmp_path: Path, speech: Sound, suffix: str) -> None:
    """A12"""
    half = len(speech) // 2
    first = made.write(tmp_path / f"a.{suffix}", speech[:half], suffix, rate=FORMATS[suffix][2][-1])
    layout = "mono" if suffix == "ogg" else "stereo"
    second = made.write(tmp_path / f"b.{suffix}", speech[half:], suffix, rate=16000, layout=layout)
    both = tmp_path / f"rec.{suffix}"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    sound = heard(both)
    assert len(sound) == pytest.approx(len(speech), abs=0.3 * RATE)
    assert likeness(speech[half:], sound[half:], 0.3) > 0.9


def test_a_gap_in_the_time_stamps_is_silence_of_that_length(tmp_path: Path, speech: Sound) -> None:
    """A12: a recorder that leaves out five seconds; what follows stands at its own time."""
    path = made.write_with_gap(tmp_path / "rec.mkv", speech, at=6.0, gap=5.0)
    reading = stream(path)
    sound = np.concatenate(list(reading))
    assert len(sound) == pytest.approx(len(speech) + 5 * RATE, abs=0.2 * RATE)
    assert np.abs(sound[int(6.5 * RATE) : int(10.5 * RATE)]).max() == 0
    assert likeness(speech[6 * RATE :], sound[11 * RATE :]) > 0.98
    assert [(round(one.start), round(one.end), one.kind) for one in reading.damage] == [(6, 11, "gap")]


@pytest.mark.parametrize("live", [False, True], ids=["header believes it", "no header"])
def test_time_stamps_that_leap_by_a_year_do_not_make_a_year_of_silence(
    tmp_path: Path, speech: Sound, live: bool
) -> None:
    path = made.write_with_gap(tmp_path / "rec.mkv", speech, at=6.0, gap=365 * 86400.0, live=live)
    assert len(heard(path)) == pytest.approx(len(speech), abs=0.2 * RATE)


def test_reading_stops_at_the_longest_allowed_length(tmp_path: Path, speech: Sound) -> None:
    path = made.write(tmp_path / "rec.wav", speech)
    with pytest.raises(AudioTooLongError):
        list(stream(path, block_seconds=1.0, longest_seconds=5.0))


def test_a_cover_picture_before_the_sound_is_never_loaded(tmp_path: Path, speech: Sound) -> None:
    """A21"""
    path = made.with_tag(made.write(tmp_path / "rec.mp3", speech, "mp3"), 30_000_000)
    assert likeness(speech, heard(path)) > 0.98
