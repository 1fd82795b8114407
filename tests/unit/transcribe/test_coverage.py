"""What stands under text, what is doubtful, and which of two readings is the better one: by rules, without a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.coverage.choice import better, worth
from transcribe.coverage.covering import covered_seconds
from transcribe.coverage.doubts import GAP, LOOP, PROBABILITY, RATE, doubts, gaps, loops, usual_rate
from transcribe.coverage.intervals import fused, seconds, within, without
from transcribe.coverage.measure import measured
from transcribe.stretch import Span
from transcribe.transcript import Segment, Word

SENTENCE = "次回は七月三日に公民館で開きます。"  # 16 signs


def said(start: float, end: float, text: str = SENTENCE, probability: float = 0.98) -> Segment:
    """A segment whose words are evenly spread."""
    share = (end - start) / len(text)
    words = tuple(Word(start + at * share, start + (at + 1) * share, sign, probability) for at, sign in enumerate(text))
    return Segment(start, end, text, words, log_probability=-0.2)


def reasons(segments: list[Segment], spans: list[Span]) -> list[str]:
    return [one.reason for one in doubts(segments, spans, usual_rate(segments, spans))]


def test_speech_under_a_sentence_is_covered_and_in_no_doubt() -> None:
    spans = [Span(1.0, 3.5)]
    assert covered_seconds([said(1.1, 3.4)], spans) == pytest.approx(2.5)
    assert reasons([said(1.1, 3.4)], spans) == []


def test_speech_without_text_is_a_gap_of_exactly_what_is_left_over() -> None:
    spans = [Span(1.0, 3.5), Span(4.0, 6.5), Span(8.0, 10.0)]
    assert gaps([said(1.0, 3.5), said(8.0, 10.0)], spans) == [Span(4.0, 6.5)]
    assert reasons([said(1.0, 3.5), said(8.0, 10.0)], spans) == [GAP]


def test_a_click_that_is_taken_for_speech_is_measured_and_not_read_again() -> None:
    spans = [Span(1.0, 3.5), Span(5.0, 5.2)]
    certificate = measured([said(1.0, 3.5)], spans)
    assert reasons([said(1.0, 3.5)], spans) == []
    assert certificate.coverage == pytest.approx(2.5 / 2.7, abs=1e-3)
    assert certificate.gaps == ()


def test_a_word_stretched_over_a_sentence_that_was_lost_covers_no_more_than_it_can_fill() -> None:
    spans = [Span(0.0, 8.0)]
    short = said(0.0, 2.5)
    over = Segment(0.0, 8.0, short.text, (*short.words[:-1], Word(2.4, 8.0, "。", 0.9)))
    assert covered_seconds([over], spans) < 5.0
    assert GAP in reasons([over], spans)


def test_without_word_times_the_rate_tells_that_text_is_missing() -> None:
    spans = [Span(0.0, 20.0)]
    assert GAP in reasons([Segment(0.0, 20.0, SENTENCE)], spans)
    assert reasons([Segment(0.0, 3.0, SENTENCE)], [Span(0.0, 3.0)]) == []


def test_a_long_pause_inside_a_sentence_is_no_slow_speech() -> None:
    text = said(0.0, 1.2, SENTENCE[:8]).words + said(9.0, 10.2, SENTENCE[8:]).words
    assert reasons([Segment(0.0, 10.2, SENTENCE, text)], [Span(0.0, 1.2), Span(9.0, 10.2)]) == []


def test_a_sentence_much_slower_than_all_others_is_doubtful() -> None:
    spans = [Span(at * 3.0, at * 3.0 + 2.5) for at in range(10)]
    segments = [said(span.start, span.end, f"{SENTENCE[:-1]}{number}。") for number, span in enumerate(spans)]
    segments[4] = said(spans[4].start, spans[4].end, "次回は開き。")
    assert reasons(segments, spans) == [RATE]


def test_more_text_than_a_mouth_can_say_is_doubtful_in_signs_and_in_letters() -> None:
    spans = [Span(0.0, 1.0)]
    assert reasons([said(0.0, 1.0)], spans) == [RATE]
    assert reasons([said(0.0, 1.0, "the committee meets")], spans) == []
    assert reasons([said(0.0, 0.4, "the committee meets")], [Span(0.0, 0.4)]) == [RATE]


def test_very_low_probability_is_doubtful() -> None:
    assert reasons([said(0.0, 2.5, probability=0.3)], [Span(0.0, 2.5)]) == [PROBABILITY]


@pytest.mark.parametrize(
    "text",
    [
        "ああああああああああああ",
        "予算の予算の予算の予算の予算の予算の",
        "次回は公民館で開きます。次回は公民館で開きます。次回は公民館で開きます。",
        "thank you thank you thank you",
    ],
)
def test_loops_are_seen(text: str) -> None:
    assert loops(text)


@pytest.mark.parametrize(
    "text", ["はい、はい、はい。", "いやいやいや、それは。", "トントン拍子に進みました。", "10,000,000円", SENTENCE]
)
def test_what_people_repeat_is_no_loop(text: str) -> None:
    assert not loops(text)


def test_a_sentence_three_times_in_one_breath_is_doubtful_and_three_times_in_a_meeting_is_not() -> None:
    breath = [said(0.0, 2.5), said(2.6, 5.1), said(5.2, 7.7)]
    apart = [said(0.0, 2.5), said(12.0, 14.5), said(25.0, 27.5)]
    assert reasons(breath, [Span(0.0, 7.7)]) == [LOOP] * 3
    assert reasons(apart, [Span(one.start, one.end) for one in apart]) == []


def test_the_reading_with_clearly_more_supported_speech_is_better() -> None:
    spans = [Span(0.0, 6.0)]
    less, more = worth([said(0.0, 3.0)], spans, 0.0), worth([said(0.0, 3.0), said(3.2, 6.0)], spans, 0.0)
    assert better(more, less)
    assert not better(less, more)


def test_a_loop_is_never_better_than_a_sentence_however_much_it_covers() -> None:
    spans = [Span(0.0, 9.0)]
    loop = [said(at, at + 2.0, "ありがとうございました。") for at in (0.0, 2.1, 4.2, 6.3)]
    assert better(worth([said(0.0, 2.5), said(3.0, 5.5)], spans, 0.0), worth(loop, spans, 0.0))


def test_text_of_very_low_probability_counts_half() -> None:
    spans = [Span(0.0, 6.0)]
    unsure = worth([said(0.0, 3.0, probability=0.2), said(3.0, 6.0, probability=0.2)], spans, 0.0)
    assert better(worth([said(0.0, 4.0)], spans, 0.0), unsure)
    assert not better(worth([said(0.0, 2.0)], spans, 0.0), unsure)


def test_of_readings_that_cover_the_same_the_clearly_surer_one_is_better_and_in_doubt_the_first() -> None:
    spans = [Span(0.0, 2.5)]
    first, alike, surer = (worth([said(0.0, 2.5, probability=one)], spans, 0.0) for one in (0.80, 0.85, 0.97))
    assert better(surer, first)
    assert not better(alike, first)
    assert not better(first, alike)


def test_no_text_is_never_better_than_text() -> None:
    spans = [Span(0.0, 2.5)]
    assert not better(worth([], spans, 0.0), worth([said(0.0, 2.5, probability=0.1)], spans, 0.0))


@pytest.mark.parametrize(
    "loop",
    [
        [said(0.0, 20.0, "ありがとうございました。" * 12)],
        [said(0.0, 20.0, "あ" * 60)],
        [said(at, at + 2.0, "ありがとうございました。") for at in range(0, 20, 2)],
    ],
)
def test_a_loop_that_was_left_standing_certifies_no_speech_but_its_first_saying(loop: list[Segment]) -> None:
    spans = [Span(0.0, 20.0), Span(22.0, 24.5)]
    certificate = measured([*loop, said(22.0, 24.5)], spans)
    assert certificate.covered <= 4.8
    assert certificate.gaps[0].end == 20.0
    assert certificate.gaps[0].speech >= 17.0


def test_what_was_said_three_times_is_covered() -> None:
    spans = [Span(0.0, 3.0)]
    assert measured([said(0.0, 3.0, "異議なし、異議なし、異議なし。")], spans).coverage == 1.0


def test_near_gaps_are_listed_as_one_with_the_speech_in_them() -> None:
    spans = [Span(0.0, 2.0), Span(2.5, 4.0), Span(10.0, 12.5)]
    certificate = measured([said(10.0, 12.5)], spans, [Span(0.0, 5.0)])
    assert [(one.start, one.end, one.speech) for one in certificate.gaps] == [(0.0, 4.0, 3.5)]
    assert certificate.decoded_again == 3.5
    assert certificate.speech == 6.0
    assert certificate.covered == 2.5


spans = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60)), max_size=8).map(
    lambda all_: fused(Span(start / 10, (start + length) / 10) for start, length in all_)
)


@given(spans, spans)
def test_what_is_taken_away_and_what_is_left_are_the_whole(speech: list[Span], holes: list[Span]) -> None:
    left = without(speech, holes)
    taken = sum(seconds(within(speech, one.start, one.end)) for one in holes)
    assert seconds(left) + taken == pytest.approx(seconds(speech))
    assert all(one.start < one.end for one in left)
    assert left == fused(left)


@given(spans, st.floats(0, 100), st.floats(0, 100))
def test_what_lies_between_two_times_is_the_same_as_every_span_cut_by_them(
    speech: list[Span], start: float, end: float
) -> None:
    cut = [Span(max(one.start, start), min(one.end, end)) for one in speech]
    assert within(speech, start, end) == [one for one in cut if one.end > one.start]


@given(spans, spans)
def test_coverage_is_a_share_whatever_the_text(speech: list[Span], text: list[Span]) -> None:
    certificate = measured([said(one.start, one.end) for one in text], speech)
    assert 0.0 <= certificate.coverage <= 1.0
    assert certificate.covered <= certificate.speech + 0.001
    assert sum(gap.speech for gap in certificate.gaps) <= certificate.speech - certificate.covered + 0.01
