"""Where speech is, and where a recording is cut."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from faster_whisper.vad import get_vad_model
from hypothesis import given, settings
from hypothesis import strategies as st

from bad import audio as made
from bad import sounds
from bad.audio import RATE, Sound
from transcribe.cutter import Cutter
from transcribe.packing import PADDING
from transcribe.speech import cut, cut_blocks
from transcribe.stretch import Stretch
from transcribe.voice import WINDOW, Edge, SpanFinder, VoiceProbability

SAMPLES = Path(__file__).parents[3] / "samples" / "speech"


@pytest.fixture(scope="module")
def meeting() -> Sound:
    """All samples one after another: about five and a half minutes."""
    return np.concatenate([made.speech(SAMPLES, path.name) for path in sorted(SAMPLES.glob("*.ogg"))])


def stretches(sound: Sound, target: float, most: float, block: int = 64 * WINDOW) -> list[Stretch]:
    blocks = [sound[begin : begin + block] for begin in range(0, len(sound), block)]
    return list(cut_blocks(blocks, [], target, most))


def test_streamed_probabilities_are_those_of_the_whole_recording(meeting: Sound) -> None:
    sound = meeting[: 60 * RATE // WINDOW * WINDOW]
    # Its last window is left out of the comparison: faster-whisper overwrites the end of its input.
    whole = get_vad_model()(sound.astype(np.float32) / 32768.0).reshape(-1)[:-1]
    voice = VoiceProbability()
    pieces = [voice(sound[begin : begin + 100 * WINDOW]) for begin in range(0, len(sound), 100 * WINDOW)]
    assert np.abs(np.concatenate(pieces)[:-1] - whole).max() < 1e-5


def test_the_cuts_do_not_depend_on_how_the_sound_was_blocked(meeting: Sound) -> None:
    results = [
        [(one.start, one.end, one.spans) for one in stretches(meeting, 40, 60, block * WINDOW)]
        for block in (64, 640, 1024)
    ]
    assert results[0] == results[1] == results[2]
    assert len(results[0]) > 5


def test_stretches_come_while_the_recording_is_still_being_read(meeting: Sound) -> None:
    read = 0

    def blocks() -> Iterator[Sound]:
        nonlocal read
        for begin in range(0, len(meeting), 64 * WINDOW):
            read = begin
            yield meeting[begin : begin + 64 * WINDOW]

    first = next(cut_blocks(blocks(), [], 40, 60))
    assert first.end > 20
    assert read < len(meeting) / 4


def test_real_speech_is_found_where_it_is_and_never_cut(meeting: Sound) -> None:
    truth = made.truth(SAMPLES)
    found = [(span.start, span.end) for one in stretches(meeting, 40, 60) for span in one.spans]
    missed = sum(max(0.0, end - start - _covered(start, end, found)) for start, end, _ in truth)
    assert missed < 0.05 * sum(end - start for start, end, _ in truth)
    cuts = [one.end for one in stretches(meeting, 40, 60)[:-1]]
    assert not [(cut, start) for cut in cuts for start, end, _ in truth if start < cut < end]


@pytest.mark.parametrize(("head", "db"), [(35, -40.0), (40, -40.0), (41.8, -40.0), (40, -34.0)])
def test_a_voice_too_far_away_for_voice_detection_is_cut_in_its_pauses_not_in_its_words(head: float, db: float) -> None:
    """Somebody at the microphone, 25 seconds of somebody far away, and somebody at the microphone again."""
    near = made.speech(SAMPLES, "meeting-1.ogg")
    sound = np.concatenate([near[: round(head * RATE)], sounds.louder(near[: 25 * RATE], db), near, near])
    said = [(head + start, head + end) for start, end, _ in made.truth(SAMPLES) if end < 25]
    (cut, *_) = [one.end for one in stretches(sound, 100, 130)]  # the first one is half as long
    assert head < cut < head + 25, "the cut must lie in the far voice's time, or this tests nothing"
    assert not [(start, end) for start, end in said if start < cut < end]


def test_in_a_silence_that_is_the_same_everywhere_the_cut_lies_in_the_middle() -> None:
    edges = [Edge(True, 0), Edge(False, 9 * RATE), Edge(True, 11 * RATE)]
    done = _walk(Cutter(20 * RATE, 25 * RATE, []), np.zeros(13 * RATE, np.int16), edges)
    assert done[0].end == pytest.approx(10.0, abs=WINDOW / RATE)


def test_a_cut_leaves_speech_the_sound_that_clips_keep_around_it() -> None:
    """The quietest place of all is right beside it."""
    sound = np.full(13 * RATE, 100, np.int16)
    sound[9 * RATE : round(9.3 * RATE)] = 1
    edges = [Edge(True, 0), Edge(False, 9 * RATE), Edge(True, 11 * RATE)]
    done = _walk(Cutter(20 * RATE, 25 * RATE, []), sound, edges)
    assert 9 + PADDING <= done[0].end <= 11 - PADDING


def _covered(start: float, end: float, spans: list[tuple[float, float]]) -> float:
    return sum(max(0.0, min(end, b) - max(start, a)) for a, b in spans)


def test_speech_that_never_pauses_is_cut_at_its_quietest_place() -> None:
    """The voice stays on; one quarter of a second is softer."""
    most, soft = 20 * RATE, 17 * RATE
    sound = np.full(30 * RATE, 1000, np.int16)
    sound[soft : soft + RATE // 4] = 10
    cutter = Cutter(10 * RATE, most, [])
    done = _walk(cutter, sound, [Edge(True, 0)])
    assert soft < done[0].end * RATE < soft + RATE // 4
    assert [(one.spans[0].start, one.spans[0].end) for one in done] == [(0, done[0].end), (done[0].end, 30)]


def test_the_first_two_stretches_are_half_as_long_so_that_two_workers_share_a_short_meeting(meeting: Sound) -> None:
    lengths = [one.end - one.start for one in stretches(meeting, 40, 60)]
    assert all(15 <= one <= 25 for one in lengths[:2])
    assert all(30 <= one <= 50 for one in lengths[2:-1])
    halves = [one.end - one.start for one in stretches(meeting[: 300 * RATE], 300, 500)]
    assert len(halves) == 2
    assert min(halves) > 0.6 * max(halves)


def test_a_long_silence_does_not_grow_a_stretch_beyond_its_target() -> None:
    done = _walk(Cutter(10 * RATE, 20 * RATE, []), np.zeros(600 * RATE, np.int16), [])
    assert max(one.end - one.start for one in done) <= 13


def _walk(cutter: Cutter, sound: Sound, edges: list[Edge]) -> list[Stretch]:
    """Feed windows; an edge becomes known with the window in which it lies."""
    waiting, done = list(edges), []
    for begin in range(0, len(sound), WINDOW):
        cutter.hear(sound[begin : begin + WINDOW])
        known = [edge for edge in waiting if edge.at <= begin]
        waiting = waiting[len(known) :]
        if stretch := cutter.step(cutter.heard, known):
            done.append(stretch)
    return done + list(cutter.finish(waiting))


@st.composite
def probabilities(draw: st.DrawFn) -> list[float]:
    """Runs of speech and silence of any length, as windows of 32 ms; shorter sounds than three are clicks."""
    runs = draw(st.lists(st.tuples(st.integers(3, 150), st.integers(1, 150)), min_size=1, max_size=12))
    return [value for speech, quiet in runs for value in [0.9] * speech + [0.05] * quiet]


@given(probabilities(), st.integers(2, 20), st.floats(1.25, 3))
@settings(max_examples=200, deadline=None)
def test_whatever_the_speech_all_samples_are_covered_once_and_no_cut_lies_inside_speech(
    windows: list[float], target: int, factor: float
) -> None:
    sound = np.arange(len(windows) * WINDOW, dtype=np.int64).astype(np.int16)
    most = int(target * RATE * factor) + 1
    cutter, finder = Cutter(target * RATE, most, []), SpanFinder()
    done: list[Stretch] = []
    for at, value in enumerate(windows):
        cutter.hear(sound[at * WINDOW : (at + 1) * WINDOW])
        if stretch := cutter.step((at + 1) * WINDOW, finder.step(value)):
            done.append(stretch)
    done += cutter.finish(finder.finish(len(sound)))

    assert np.array_equal(np.concatenate([own(one) for one in done]), sound)
    for one in done:
        first = round(one.sound_start * RATE)
        assert np.array_equal(one.samples, sound[first : first + len(one.samples)])
    for before, after in pairwise(done):
        assert bool(before.tail) == bool(after.lead)
        if before.tail:
            assert before.spans[-1].end == before.end == after.start == after.spans[0].start
            assert before.heard[-1].end == pytest.approx(before.end + before.tail)
            assert after.heard[0].start == pytest.approx(after.start - after.lead)
    assert [one.index for one in done] == list(range(len(done)))
    assert all(before.end == after.start for before, after in pairwise(done))
    assert max(len(own(one)) for one in done) <= most + WINDOW
    for one in done[:-1]:
        here = int(one.end * RATE) // WINDOW
        if windows[here] > 0.5:  # inside speech: only when it had not paused since the earliest place
            least = 0.75 * target / (2 if one.index < 2 else 1)
            since = int((one.start + least) * RATE) // WINDOW + 1
            assert _longest_pause(windows[since:here]) * WINDOW < 0.35 * RATE
            assert len(own(one)) >= least * RATE


def own(stretch: Stretch) -> Sound:
    """The samples that belong to no other stretch."""
    return stretch.samples[round(stretch.lead * RATE) : len(stretch.samples) - round(stretch.tail * RATE)]


def _longest_pause(windows: list[float]) -> int:
    longest = run = 0
    for value in windows:
        run = run + 1 if value < 0.35 else 0
        longest = max(longest, run)
    return longest


def test_a_stretch_survives_its_way_through_files(meeting: Sound) -> None:
    one = stretches(meeting[: 60 * RATE], 20, 30)[1]
    back = Stretch.read(one.to_json(), one.to_wav())
    assert np.array_equal(back.samples, one.samples)
    assert back.to_json() == one.to_json()
    assert (back.start, back.spans, back.damage) == (one.start, one.spans, one.damage)


def test_the_recording_as_a_file_is_cut_like_its_samples(tmp_path: Path, meeting: Sound) -> None:
    path = made.write(tmp_path / "rec.wav", meeting)
    direct = stretches(meeting, 60, 90, 1024 * WINDOW)
    read = list(cut(path, target_seconds=60, most_seconds=90))
    assert [one.to_json() for one in read] == [one.to_json() for one in direct]


def test_eleven_hours_are_cut_in_the_memory_of_one_stretch() -> None:
    """A8, without the seconds that listening takes: somebody speaks for four seconds of every five. The whole way: benchmarks/length.py."""
    second = np.ones(RATE, np.int16)
    cutter = Cutter(300 * RATE, 500 * RATE, [])
    held = total = 0
    end = 0.0
    for now in range(11 * 3600):
        cutter.hear(second)
        edges = {0: [Edge(True, now * RATE)], 4: [Edge(False, now * RATE)]}.get(now % 5, [])
        if stretch := cutter.step((now + 1) * RATE, edges):
            assert (stretch.start, stretch.lead, stretch.tail) == (end, 0.0, 0.0)
            end, total = stretch.end, total + len(stretch.samples)
            held = max(held, len(stretch.samples))
    assert total + sum(len(one.samples) for one in cutter.finish([])) == 11 * 3600 * RATE
    assert held < 400 * RATE
