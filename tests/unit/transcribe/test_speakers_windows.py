"""Speech in windows, however the recording comes in pieces, and with a memory that does not grow."""

import itertools
import random
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.made_conversations import RATE, conversation
from transcribe.speakers.windows import SpeechWindows, Window

LENGTH, STEP, LEAST = 24_000, 12_000, 4_800


def cut(blocks: list[NDArray[np.int16]]) -> tuple[SpeechWindows, list[Window]]:
    windows = SpeechWindows(LENGTH, STEP, LEAST)
    return windows, list(windows.over(blocks))


@pytest.fixture(scope="module")
def talk() -> NDArray[np.int16]:
    return conversation((("A", 1.0), ("D", 1.0)), 45.0, seed=3).sound


def test_windows_do_not_depend_on_how_the_recording_comes_in(talk: NDArray[np.int16]) -> None:
    draw = random.Random(1)
    edges = sorted(draw.sample(range(len(talk)), 40))
    pieces = [talk[a:b] for a, b in itertools.pairwise([0, *edges, len(talk)])]
    whole, one = cut([talk])
    parts, other = cut(pieces)
    assert whole.spoken == parts.spoken
    assert [(w.begin, w.end) for w in one] == [(w.begin, w.end) for w in other]
    assert all(np.array_equal(a.sound, b.sound) for a, b in zip(one, other, strict=True))


def test_each_window_is_the_sound_of_its_place_and_speech_is_covered(talk: NDArray[np.int16]) -> None:
    windows, found = cut([talk])
    assert windows.heard == len(talk)
    for one in found:
        assert np.array_equal(one.sound, talk[one.begin : one.end])
    for speech in windows.spoken:
        if speech.end - speech.begin >= LEAST:
            inside = [one for one in found if one.begin >= speech.begin and one.end <= speech.end]
            assert inside[0].begin == speech.begin
            assert inside[-1].end == speech.end
            assert all(b.begin - a.begin <= STEP for a, b in itertools.pairwise(inside))


def test_speech_without_a_pause_is_taken_in_pieces_that_touch(talk: NDArray[np.int16]) -> None:
    speech = talk[RATE : RATE * 3]
    windows, found = cut([np.tile(speech, 40)])
    longest = max(one.end - one.begin for one in windows.spoken)
    assert longest <= 30 * RATE
    assert sum(one.end - one.begin for one in windows.spoken) > 60 * RATE
    assert max(one.end - one.begin for one in found) == LENGTH


def test_what_was_dealt_with_is_let_go(talk: NDArray[np.int16]) -> None:
    windows = SpeechWindows(LENGTH, STEP, LEAST)
    held = []

    def blocks() -> Iterator[NDArray[np.int16]]:
        for _ in range(6):
            yield talk
            held.append(len(windows._sound))

    for _ in windows.over(blocks()):
        pass
    assert max(held) <= 50 * RATE


def test_silence_has_no_windows() -> None:
    windows, found = cut([np.zeros(20 * RATE, np.int16)])
    assert (windows.spoken, found) == ([], [])


def test_nothing_at_all_has_no_windows() -> None:
    assert cut([])[1] == []
