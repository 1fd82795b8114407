"""Two readings of one stream of speech, joined between two words: nothing doubled, nothing lost, times true."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcribe.certificate import Certificate, Removed
from transcribe.seams import Seam, parted, sewn
from transcribe.segment import Segment, Word
from transcribe.transcript import Transcript

SIGNS = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわん会議予算課長"

Spoken = list[tuple[float, float, str]]


def talk(dice: Random) -> Spoken:
    """Half a minute of words, some with a short pause behind; now and then somebody says the same thing twice."""
    words: Spoken = []
    at = 0.0
    while at < 30:
        length = dice.choice([0.1, 0.15, 0.2, 0.3, 0.5])
        text = "".join(dice.choices(SIGNS, k=dice.randint(1, 2)))
        if words and dice.random() < 0.06:
            text = words[-1][2]
        words.append((round(at, 3), round(at + length, 3), text))
        at += length + dice.choice([0.0, 0.0, 0.0, 0.1, 0.6])
    return words


def heard(dice: Random, talk: Spoken, start: float, end: float, drift: float) -> tuple[Segment, ...]:
    """What a model makes of the sound between two times: whole words with times a little off, a wrong sign for a word that is cut."""
    words: list[Word] = []
    at = start
    for a, b, text in talk:
        if b <= start or a >= end:
            continue
        whole = start <= a and b <= end
        if not whole and dice.random() < 0.5:
            continue
        off = dice.uniform(-drift, drift)
        begin = min(max(at, a + off), end)
        at = min(max(begin, b + off), end)
        words.append(Word(round(begin, 3), round(at, 3), text if whole else "ッ", 0.9))
    return tuple(utterances(dice, words))


def utterances(dice: Random, words: Sequence[Word]) -> list[Segment]:
    """Words dealt out to segments of any length."""
    found = []
    while words:
        count = dice.randint(1, 12)
        mine, words = words[:count], words[count:]
        found.append(Segment(mine[0].start, mine[-1].end, "".join(one.text for one in mine), tuple(mine)))
    return found


def joint(dice: Random) -> tuple[Spoken, list[tuple[Segment, ...]], list[Seam]]:
    """Three readings that overlap twice."""
    said = talk(dice)
    shared, drift = dice.choice([1.5, 2.0]), dice.choice([0.0, 0.04])
    seams = [Seam(place - shared, place, place + shared) for place in (dice.uniform(6, 12), dice.uniform(18, 24))]
    edges = [(0.0, seams[0].end), (seams[0].start, seams[1].end), (seams[1].start, 40.0)]
    return said, [heard(dice, said, start, end, drift) for start, end in edges], seams


@given(st.integers(0, 1_000_000))
@settings(max_examples=200, deadline=None)
def test_every_word_is_said_once_and_in_its_order(seed: int) -> None:
    said, readings, seams = joint(Random(seed))
    joined = [segment for piece in sewn(readings, seams) for segment in piece]
    assert "".join(one.text for one in joined) == "".join(text for _, _, text in said)


@given(st.integers(0, 1_000_000))
@settings(max_examples=60, deadline=None)
def test_times_never_run_backwards_and_words_spell_their_segment(seed: int) -> None:
    said, readings, seams = joint(Random(seed))
    joined = [segment for piece in sewn(readings, seams) for segment in piece]
    for before, after in pairwise(joined):
        assert before.end <= after.start + 1e-9
    for one in joined:
        assert "".join(word.text for word in one.words) == one.text
        assert all(one.start <= word.start <= word.end <= one.end for word in one.words)
    placed = [word for one in joined for word in one.words]
    for word, (start, end, _) in zip(placed, said, strict=True):
        assert word.start == pytest.approx(start, abs=0.15)
        assert word.end == pytest.approx(end, abs=0.15)


@given(st.integers(0, 1_000_000))
@settings(max_examples=150, deadline=None)
def test_however_coarse_word_times_are_what_the_first_reading_said_stands_before_what_the_second_said(
    seed: int,
) -> None:
    dice = Random(seed)
    left, right = (coarse(dice, sign, start) for sign, start in (("左", 6.0), ("右", 8.0)))
    head, tail = parted(left, right, SEAM)
    joined = [*head, *tail]
    assert sorted(joined, key=lambda one: (one.start, one.end)) == joined
    for before, after in pairwise(joined):
        assert before.end <= after.start
    for one in joined:
        assert one.start <= one.end
        assert all(one.start <= word.start <= word.end <= one.end for word in one.words)


def coarse(dice: Random, sign: str, start: float) -> tuple[Segment, ...]:
    """Words as an alignment gives them now and then: of no length, or drawn over a second."""
    words, at = [], start
    while at < start + 6:
        begin = at + dice.choice([0.0, 0.0, 0.0, 0.1])
        at = begin + dice.choice([0.0, 0.0, 0.02, 0.3, 1.1])
        words.append(Word(round(begin, 3), round(at, 3), sign, 0.9))
    return tuple(utterances(dice, words))


def reading(text: str, start: float, step: float = 0.2) -> tuple[Segment, ...]:
    words = tuple(
        Word(round(start + at * step, 3), round(start + (at + 1) * step, 3), sign, 0.9) for at, sign in enumerate(text)
    )
    return (Segment(words[0].start, words[-1].end, text, words),) if words else ()


def texts(left: tuple[Segment, ...], right: tuple[Segment, ...]) -> tuple[str, str]:
    return "".join(one.text for one in left), "".join(one.text for one in right)


SEAM = Seam(8.0, 10.0, 12.0)


def test_a_half_word_at_either_edge_is_taken_from_the_reading_that_heard_it_whole() -> None:
    left = reading("本日の議題は予算の執行状況につ", 9.0)  # … ends at 12.0, ついて heard as につ
    right = reading("い題は予算の執行状況について説明します", 9.4)
    assert "".join(texts(*parted(left, right, SEAM))) == "本日の議題は予算の執行状況について説明します"


def test_a_reading_that_missed_the_shared_sound_takes_nothing_from_the_other() -> None:
    right = reading("予算の執行状況について説明します", 8.1)
    assert texts(*parted(reading("はじめに", 5.0), right, SEAM)) == ("はじめに", "予算の執行状況について説明します")
    left = reading("はじめに予算の執行状況について", 9.0)
    assert texts(*parted(left, (), SEAM)) == ("はじめに予算の執行状況について", "")
    assert texts(*parted((), right, SEAM)) == ("", "予算の執行状況について説明します")
    assert parted((), (), SEAM) == ((), ())


def test_readings_that_disagree_change_over_between_two_words_near_the_middle() -> None:
    left, right = reading("あいうえおかきくけこさしすせそ", 9.0), reading("ナニヌネノハヒフヘホマミムメモ", 8.0)
    head, tail = parted(left, right, SEAM)
    assert head[-1].end == pytest.approx(10, abs=0.15)
    assert tail[0].start == pytest.approx(10, abs=0.15)
    assert head[-1].end <= tail[0].start


def unlike(signs: str, common: str, start: float, step: float) -> tuple[Segment, ...]:
    """Four seconds of words of these signs, but from `start` on something that the other reading has, too."""
    times = [(start + at * step, start + (at + 1) * step, sign) for at, sign in enumerate(common)]
    end = times[-1][1]
    times += [(8.0 + 0.26 * at, 8.26 + 0.26 * at, signs[at % len(signs)]) for at in range(int((start - 8.0) / 0.26))]
    times += [
        (end + 0.26 * at, end + 0.26 * (at + 1), signs[at % len(signs)]) for at in range(int((12.0 - end) / 0.26))
    ]
    words = tuple(Word(round(a, 3), round(b, 3), sign, 0.9) for a, b, sign in sorted(times))
    return (Segment(words[0].start, words[-1].end, "".join(one.text for one in words), words),)


@pytest.mark.parametrize(
    ("common", "start", "step", "place"), [("ますので", 8.39, 0.13, 9.95), ("ございます", 8.44, 0.12, 9.04)]
)
def test_a_word_that_two_unlike_readings_share_by_chance_draws_the_place_only_from_near(
    common: str, start: float, step: float, place: float
) -> None:
    head, tail = parted(
        unlike("アイウエオカキク", common, start, step), unlike("ナニヌネノハヒフ", common, start, step), SEAM
    )
    assert head[-1].end == pytest.approx(place, abs=0.1)
    assert tail[0].start == pytest.approx(place, abs=0.1)


def test_a_segment_that_loses_no_word_keeps_its_text_whatever_its_words_spell() -> None:
    """Where the letters of two words are one token the words lack a letter of their text."""
    said = reading("ただいまから令和八年", 4.0)[0]
    short = replace(said, words=said.words[:-1])
    head, tail = parted((short,), reading("会を開会いたします", 12.5), SEAM)
    assert texts(head, tail) == ("ただいまから令和八年", "会を開会いたします")
    late = replace(reading("会を開会いたします", 12.5)[0], text="議会を開会いたします")
    assert texts(*parted((said,), (late,), SEAM)) == ("ただいまから令和八年", "議会を開会いたします")


def test_one_word_said_again_and_again_stands_as_often_as_it_was_said() -> None:
    said = "はいはいはいはいはいはいはいはいはいはいはいはい"
    left, right = reading(said[:20], 8.0), reading(said, 8.0)
    assert "".join(texts(*parted(left, right, SEAM))) == said


def test_latin_words_keep_their_spaces_and_their_signs() -> None:
    words = ["the", "budget", "of", "this", "year,", "as", "we", "said,", "is", "larger", "than", "before"]
    said = tuple(Word(8 + at * 0.4, 8.4 + at * 0.4, word, 0.9) for at, word in enumerate(words))
    left = (Segment(8.0, 11.6, " ".join(words[:9]), said[:9]),)
    right = (Segment(8.8, 12.8, " ".join(words[2:]), said[2:]),)
    head, tail = parted(left, right, SEAM)
    assert f"{head[0].text} {tail[0].text}" == " ".join(words)


@pytest.mark.parametrize("step", [0.15, 0.3])
def test_without_word_times_the_signs_of_an_utterance_are_spread_evenly(step: float) -> None:
    said = "ただいまから令和八年第一回定例会を開会いたします"
    left = tuple(replace(one, words=()) for one in reading(said[:16], 8.0, step))
    right = tuple(replace(one, words=()) for one in reading(said[3:], 8.0 + 3 * step, step))
    head, tail = parted(left, right, SEAM)
    assert "".join(texts(head, tail)) == said
    assert not any(one.words for one in (*head, *tail))


def test_where_nothing_is_shared_nothing_is_changed() -> None:
    readings = [reading("あいう", 0), reading("えおか", 10), (), reading("きくけ", 20)]
    assert list(sewn(readings, [None, None, None])) == readings
    assert list(sewn([], [])) == []


def stretch(
    segments: tuple[Segment, ...], start: float, end: float, lead: float = 0.0, tail: float = 0.0
) -> Transcript:
    removed = Removed(9.5, 9.9, "ご視聴ありがとうございました", "phrase")
    certificate = Certificate(speech=end - start, covered=end - start, removed=(removed,) if lead or tail else ())
    return Transcript(
        segments, "ja", end - start, end - start, "demo", certificate=certificate, start=start, lead=lead, tail=tail
    )


def test_stretches_that_share_sound_join_to_a_transcript_that_counts_nothing_twice() -> None:
    said = "ただいまから令和八年第一回定例会を開会いたします"
    first = stretch(reading(said[:15], 8.0, 0.25), 0.0, 10.0, tail=2.0)
    second = stretch(reading(said, 8.0, 0.25), 10.0, 20.0, lead=2.0)
    whole = Transcript.joined([first, second])
    assert "".join(one.text for one in whole.segments) == said
    assert (whole.duration, whole.speech, whole.start, whole.lead, whole.tail) == (20.0, 20.0, 0.0, 0.0, 0.0)
    assert [one.start for one in whole.certificate.removed] == [9.5]


def test_joining_in_two_steps_or_in_one_gives_the_same() -> None:
    said = "ただいまから令和八年第一回定例会を開会いたしますので御着席ください" * 2
    parts = [
        stretch(reading(said[:24], 0.0, 0.5), 0.0, 10.0, tail=2.0),
        stretch(reading(said[16:44], 8.0, 0.5), 10.0, 20.0, lead=2.0, tail=2.0),
        stretch(reading(said[36:], 18.0, 0.5), 20.0, 35.0, lead=2.0),
    ]
    whole = Transcript.joined(parts)
    assert "".join(one.text for one in whole.segments) == said
    assert Transcript.joined([Transcript.joined(parts[:2]), parts[2]]).to_json() == whole.to_json()
    assert Transcript.joined([parts[0], Transcript.joined(parts[1:])]).to_json() == whole.to_json()
