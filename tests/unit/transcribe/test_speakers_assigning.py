"""Words get their speakers by time, segments are cut between words, and no word is lost or changed."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.segment import Flow, Segment, Word
from transcribe.speakers import Turn, assigned
from transcribe.transcript import Transcript


def said(text: str, start: float, each: float = 0.2, pauses: dict[int, float] | None = None) -> Segment:
    """A segment of one-character words, with pauses before some of them."""
    words, now = [], start
    for at, character in enumerate(text):
        now += (pauses or {}).get(at, 0.0)
        words.append(Word(round(now, 3), round(now + each, 3), character, 0.9))
        now += each
    return Segment(start, round(now, 3), text.strip(), tuple(words), log_probability=-0.2)


def transcript(*segments: Segment) -> Transcript:
    """Those segments and nothing else."""
    return Transcript(segments, "ja", 60.0, 50.0, "demo")


def spoken(result: Transcript) -> list[tuple[str, str]]:
    return [(one.speaker, one.text) for one in result.segments]


def test_a_segment_inside_a_turn_gets_its_speaker_and_stays_whole() -> None:
    segment = said("予算は三億円です。", 1.0)
    result = assigned(transcript(segment), [Turn(0.5, 9.0, "S1")])
    assert result.segments == (replace(segment, speaker="S1"),)


def test_a_change_inside_a_segment_cuts_it_between_two_words() -> None:
    segment = said("はい。では次です。", 0.0)
    result = assigned(transcript(segment), [Turn(0.0, 0.6, "S1"), Turn(0.6, 3.0, "S2")])
    assert spoken(result) == [("S1", "はい。"), ("S2", "では次です。")]
    first, second = result.segments
    assert (first.start, first.end, second.start, second.end) == (0.0, 0.6, 0.6, segment.end)
    assert first.words + second.words == segment.words


def test_a_change_moves_to_the_end_of_a_sentence_nearby() -> None:
    segment = said("そうですね。次に進みます。", 0.0)  # the sentence ends at 1.2 s
    for change in (0.9, 1.2, 1.5):
        result = assigned(transcript(segment), [Turn(0.0, change, "S1"), Turn(change, 4.0, "S2")])
        assert spoken(result) == [("S1", "そうですね。"), ("S2", "次に進みます。")]


def test_a_change_moves_to_a_pause_where_no_sentence_ends() -> None:
    segment = said("そうですねでは次に", 0.0, pauses={5: 0.3})
    result = assigned(transcript(segment), [Turn(0.0, 1.6, "S1"), Turn(1.6, 4.0, "S2")])
    assert spoken(result) == [("S1", "そうですね"), ("S2", "では次に")]


def test_a_change_far_from_any_pause_stays_where_it_was_heard() -> None:
    segment = said("あいうえおかきくけこさしすせそ", 0.0)
    result = assigned(transcript(segment), [Turn(0.0, 1.4, "S1"), Turn(1.4, 4.0, "S2")])
    assert spoken(result) == [("S1", "あいうえおかき"), ("S2", "くけこさしすせそ")]


def test_two_words_of_another_voice_in_the_middle_are_an_error_of_time() -> None:
    segment = said("あいうえおかきくけこ", 0.0)
    turns = [Turn(0.0, 0.8, "S1"), Turn(0.8, 1.2, "S2"), Turn(1.2, 4.0, "S1")]
    assert spoken(assigned(transcript(segment), turns)) == [("S1", segment.text)]


def test_words_outside_every_turn_go_to_the_nearest() -> None:
    result = assigned(
        transcript(said("はい。", 10.0), said("いいえ。", 20.0)), [Turn(0.0, 9.5, "S1"), Turn(21.0, 25.0, "S2")]
    )
    assert spoken(result) == [("S1", "はい。"), ("S2", "いいえ。")]


def test_a_segment_without_word_times_goes_to_whoever_speaks_longest_in_it() -> None:
    segment = Segment(0.0, 10.0, "本日の会議を始めます。")
    turns = [Turn(0.0, 3.0, "S1"), Turn(3.0, 6.5, "S2"), Turn(7.0, 10.0, "S1")]
    assert spoken(assigned(transcript(segment), turns)) == [("S1", segment.text)]


def test_a_text_that_is_no_longer_its_words_is_not_cut() -> None:
    segment = replace(said("さんおくえんです。はい。", 0.0), text="3億円です。はい。")
    result = assigned(transcript(segment), [Turn(0.0, 1.8, "S1"), Turn(1.8, 2.4, "S2")])
    assert spoken(result) == [("S1", "3億円です。はい。")]


@pytest.mark.parametrize("text", ["はい。では次です。", " Yes. Now the next one."])
def test_a_second_separation_leaves_no_trace_of_the_first(text: str) -> None:
    given = transcript(said(text, 0.0), said("いいえ。", 9.0))
    once = assigned(given, [Turn(0.0, 0.6, "S1"), Turn(0.6, 20.0, "S2")])
    assert len(once.segments) == 3
    turns = [Turn(0.0, 1.2, "S1"), Turn(1.2, 20.0, "S2")]
    assert assigned(Transcript.from_json(once.to_json()), turns) == assigned(given, turns)
    assert assigned(once, [Turn(0.0, 20.0, "S1")]) == assigned(given, [Turn(0.0, 20.0, "S1")])
    assert assigned(once, []).segments[0].words == given.segments[0].words


def test_segments_that_are_read_as_they_are_needed_stay_so() -> None:
    segments = [said("はい。では次です。", 0.0), said("いいえ。", 9.0)]
    turns = [Turn(0.0, 0.6, "S1"), Turn(0.6, 20.0, "S2")]
    read = []

    def again() -> Iterator[Segment]:
        for one in segments:
            read.append(one)
            yield one

    flowing = assigned(replace(transcript(), segments=Flow(again)), turns)
    assert read == []
    assert tuple(flowing.segments) == tuple(assigned(transcript(*segments), turns).segments)
    assert tuple(flowing.segments)  # and once more


def test_without_turns_nobody_is_named() -> None:
    segment = replace(said("はい。", 0.0), speaker="S1")
    assert spoken(assigned(transcript(segment), [])) == [("", "はい。")]


def test_words_keep_spaces_between_them_and_lose_them_at_the_cut() -> None:
    words = tuple(
        Word(at * 1.0, at + 0.8, text, 0.9) for at, text in enumerate([" Good", " morning.", " Thank", " you."])
    )
    segment = Segment(0.0, 3.8, "Good morning. Thank you.", words)
    result = assigned(transcript(segment), [Turn(0.0, 1.9, "S1"), Turn(1.9, 4.0, "S2")])
    assert spoken(result) == [("S1", "Good morning."), ("S2", "Thank you.")]


times = st.lists(st.integers(0, 600), min_size=2, max_size=12, unique=True).map(sorted)


@given(
    times,
    st.lists(st.sampled_from(["S1", "S2", "S3"]), min_size=12, max_size=12),
    st.text("あい。", min_size=1, max_size=30),
    st.integers(0, 40),
)
def test_whatever_the_turns_all_words_stay_in_order_and_inside_their_segments(
    edges: list[int], names: list[str], text: str, start: int
) -> None:
    turns = [Turn(a / 10, b / 10, names[at]) for at, (a, b) in enumerate(itertools.pairwise(edges))]
    segment = said(text, float(start))
    pieces = assigned(transcript(segment), turns).segments
    assert tuple(word for one in pieces for word in one.words) == segment.words
    assert "".join(one.text for one in pieces) == text
    assert (pieces[0].start, pieces[-1].end) == (segment.start, segment.end)
    assert all(one.speaker for one in pieces)
    assert all(one.speaker != other.speaker for one, other in itertools.pairwise(pieces))


@pytest.mark.parametrize("gone", ["end", "start"])
def test_segments_outside_all_turns_are_kept(gone: str) -> None:
    at = {"end": 50.0, "start": 0.0}[gone]
    result = assigned(transcript(said("はい。", at)), [Turn(20.0, 22.0, "S1")])
    assert spoken(result) == [("S1", "はい。")]
