"""The second pass over made readings: what it reads again, how often, and what it puts in the place of what."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from transcribe.coverage.quiet import with_quiet_speech
from transcribe.coverage.second_pass import Read, SecondPass
from transcribe.packing import Clip
from transcribe.stretch import RATE, Span
from transcribe.transcript import Segment, Word

TEXTS = (
    "次回は七月三日に開きます。",
    "防災課の田中です。よろしく。",
    "予算案の締め切りは来週です。",
    "教育委員会から報告します。",
)
PLACES = tuple(Span(1.0 + 3.0 * at, 3.2 + 3.0 * at) for at in range(len(TEXTS)))


def sentence(at: int, probability: float = 0.98) -> Segment:
    start, end, text = PLACES[at].start, PLACES[at].end, TEXTS[at]
    share = (end - start) / len(text)
    words = tuple(Word(start + k * share, start + (k + 1) * share, sign, probability) for k, sign in enumerate(text))
    return Segment(start, end, text, words, log_probability=-0.2)


def sound() -> NDArray[np.int16]:
    """Each sentence is a tone of its own loudness, so that a reader knows which one it hears."""
    samples = np.zeros(round((PLACES[-1].end + 1.0) * RATE), np.int16)
    for at, place in enumerate(PLACES):
        samples[round(place.start * RATE) : round(place.end * RATE)] = 1000 * (at + 1)
    return samples


def hears(clip: Clip, samples: NDArray[np.int16]) -> list[int]:
    """Which sentences are in the clip, by their loudness."""
    heard = clip.sound(samples) * 32768 / 1000
    return [at for at in range(len(TEXTS)) if np.count_nonzero(np.round(heard) == at + 1) > RATE]


class Reader:
    """Tells the sentences that the clip holds, as they stand in the clip; remembers what it was asked."""

    def __init__(
        self, tell: Callable[[list[int]], Sequence[int]] = lambda heard: heard, probability: float = 0.98
    ) -> None:
        self.asked: list[list[int]] = []
        self._tell, self._probability = tell, probability

    def __call__(self, clip: Clip, samples: NDArray[np.int16]) -> list[Segment]:
        heard = hears(clip, samples)
        self.asked.append(heard)
        told = []
        for at in self._tell(heard):
            begin = int(np.flatnonzero(samples == 1000 * (at + 1))[0]) / RATE
            told.append(sentence(at, self._probability).shifted(begin - PLACES[at].start))
        return told


def complete(segments: Sequence[Segment], *reads: Read) -> list[Segment]:
    return SecondPass(sound(), PLACES, 10.0, *reads).complete(segments).segments


def texts(segments: Sequence[Segment]) -> list[str]:
    return [one.text for one in segments]


def test_a_text_without_doubt_is_not_read_again() -> None:
    reader = Reader()
    assert complete([sentence(at) for at in range(4)], reader) == [sentence(at) for at in range(4)]
    assert reader.asked == []


def test_a_lost_sentence_is_read_alone_and_put_in_its_place_with_its_times() -> None:
    reader = Reader()
    done = complete([sentence(0), sentence(1), sentence(3)], reader)
    assert texts(done) == list(TEXTS)
    assert [one.again for one in done] == [False, False, True, False]
    assert abs(done[2].start - PLACES[2].start) < 0.01
    assert reader.asked == [[2]]


def test_two_lost_neighbours_are_one_place() -> None:
    reader = Reader()
    assert texts(complete([sentence(0), sentence(3)], reader)) == list(TEXTS)
    assert reader.asked == [[1, 2]]


def test_what_is_not_heard_alone_is_read_with_its_neighbours_and_said_once() -> None:
    reader = Reader(lambda heard: heard if len(heard) > 1 else [])
    done = complete([sentence(0), sentence(1), sentence(3)], reader)
    assert texts(done) == list(TEXTS)
    assert reader.asked[0] == [2]
    assert reader.asked[-1] == [1, 2, 3]


def test_a_reading_that_finds_a_sentence_and_loses_its_neighbour_adds_the_one_and_takes_nothing_from_the_other() -> (
    None
):
    reader = Reader(lambda heard: [2, 3] if heard == [1, 2, 3] else [])
    done = complete([sentence(0), sentence(1), sentence(3)], reader)
    assert texts(done) == list(TEXTS)
    assert [one.again for one in done] == [False, False, True, False]


def test_what_is_lost_in_long_sound_is_read_in_halves() -> None:
    reader = Reader(lambda heard: heard if len(heard) < 2 else [])
    assert texts(complete([sentence(0), sentence(3)], reader)) == list(TEXTS)
    assert reader.asked == [[1, 2], [1], [2]]


def test_speech_that_no_reading_understands_stays_a_gap() -> None:
    reader = Reader(lambda _: [])
    assert texts(complete([sentence(0), sentence(1), sentence(3)], reader)) == [TEXTS[0], TEXTS[1], TEXTS[3]]


def test_text_of_very_low_probability_is_not_put_where_none_stood() -> None:
    reader = Reader(probability=0.2)
    assert texts(complete([sentence(0), sentence(1), sentence(3)], reader)) == [TEXTS[0], TEXTS[1], TEXTS[3]]


def test_text_of_very_low_probability_gives_way_to_a_surer_reading_and_stays_without_one() -> None:
    unsure = [sentence(0), sentence(1), sentence(2, 0.2), sentence(3)]
    wrong = [*unsure[:2], replace(unsure[2], text="予算案の締め切りは昨日です。"), unsure[3]]
    assert texts(complete(wrong, Reader())) == list(TEXTS)
    assert texts(complete(unsure, Reader(lambda _: []))) == list(TEXTS)


def test_a_loop_gives_way_to_a_reading_that_covers_less() -> None:
    words = sentence(1).words
    loop = [replace(sentence(at), text=TEXTS[1], words=words) for at in (1, 2, 3)]
    done = complete([sentence(0), *loop], Reader(lambda heard: [at for at in heard if at != 2]))
    assert texts(done) == [TEXTS[0], TEXTS[1], TEXTS[3]]


def test_a_sentence_under_which_another_one_is_marked_is_not_cut_when_its_neighbour_is_read_again() -> None:
    # Two voices at once: the second one's short answer stands within the first one's sentence.
    answer = Segment(PLACES[1].start + 0.2, PLACES[1].start + 0.5, "はい。", log_probability=-0.2)
    reader = Reader()
    done = complete([sentence(0), sentence(1), answer, sentence(3)], reader)
    assert texts(done) == [TEXTS[0], TEXTS[1], "はい。", TEXTS[2], TEXTS[3]]
    assert reader.asked == [[2]]


def test_a_further_way_to_read_is_tried_last() -> None:
    first, further = Reader(lambda _: []), Reader()
    assert texts(complete([sentence(0), sentence(1), sentence(3)], first, further)) == list(TEXTS)
    assert further.asked == [[2]]
    assert len(first.asked) >= 2


class Deaf:
    """Hears nothing in anything, and adds up the seconds that it was given."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, clip: Clip, _: NDArray[np.int16]) -> list[Segment]:
        self.seconds += len(clip) / RATE
        return []


def doubtful(count: int) -> tuple[NDArray[np.int16], list[Span], list[Segment]]:
    """So many sentences of 2.2 s, two seconds apart, none of which the model is sure of."""
    spans = [Span(1.0 + 4.2 * at, 3.2 + 4.2 * at) for at in range(count)]
    told = [sentence(0, 0.2).shifted(span.start - PLACES[0].start) for span in spans]
    return np.zeros(round((spans[-1].end + 2.0) * RATE), np.int16), spans, told


def test_where_all_is_in_doubt_every_place_is_heard_again_but_no_more_than_twice_the_speech_and_that_is_told() -> None:
    samples, spans, told = doubtful(40)
    reader, further = Deaf(), Deaf()
    done = SecondPass(samples, spans, 10.0, reader, further).complete(told)
    speech = sum(one.end - one.start for one in spans)
    padded = 1.5  # what is read has some silence around it
    assert reader.seconds + further.seconds <= 2 * speech * padded
    assert all(any(one.start < span.end and span.start < one.end for one in done.heard) for span in spans)
    assert done.limited


def test_a_short_stretch_is_heard_again_in_every_way() -> None:
    samples, spans, told = doubtful(4)
    further = Deaf()
    done = SecondPass(samples, spans, 10.0, Deaf(), further).complete(told)
    assert further.seconds >= sum(one.end - one.start for one in spans)
    assert not done.limited


def test_a_stretch_without_any_text_is_not_read_as_often_as_there_are_places_in_it() -> None:
    samples, spans, _ = doubtful(10)
    reader = Deaf()
    SecondPass(samples, spans, 10.0, reader).complete([])
    assert reader.seconds <= 2 * len(samples) / RATE


def test_sound_that_does_not_stand_out_is_never_taken_for_quiet_speech() -> None:
    rng = np.random.default_rng(1)
    hiss = (rng.standard_normal(20 * RATE) * 30).astype(np.int16)
    assert with_quiet_speech([], np.zeros(0, np.int16)) == []
    assert with_quiet_speech([], np.zeros(5 * RATE, np.int16)) == []
    assert with_quiet_speech([Span(1.0, 2.0)], hiss) == [Span(1.0, 2.0)]
