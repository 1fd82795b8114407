"""Spans of speech packed into the model's window, and times mapped back."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.packing import Clip, Piece, pack, seams
from transcribe.stretch import RATE, Span

MINUTE = np.zeros(60 * RATE, np.int16)


@st.composite
def speech(draw: st.DrawFn) -> list[Span]:
    at, spans = 0, []
    for quiet, length in draw(st.lists(st.tuples(st.integers(1, 200), st.integers(1, 900)), max_size=12)):
        start, end = at + quiet * 32, at + (quiet + length) * 32
        if end > 60_000:
            break
        spans.append(Span(start / 1000, end / 1000))
        at = end
    return spans


@given(speech(), st.sampled_from([5.0, 10.0, 30.0]), st.sampled_from([0.0, 0.2, 0.4]))
def test_every_sample_of_speech_is_in_one_clip_or_at_a_seam_in_two_and_no_clip_is_too_long(
    spans: list[Span], window: float, padding: float
) -> None:
    clips = pack(spans, MINUTE, window, padding)
    taken = np.zeros(len(MINUTE), np.int8)
    for clip in clips:
        assert len(clip) <= window * RATE
        for piece in clip.pieces:
            taken[piece.begin : piece.end] += 1
    for span in spans:
        assert taken[round(span.start * RATE) : round(span.end * RATE)].min() >= 1
    for before, seam, after in zip(clips, seams(clips), clips[1:], strict=False):
        if seam is None:
            assert before.pieces[-1].end <= after.pieces[0].begin
        else:
            assert before.pieces[-1].begin < after.pieces[0].begin < before.pieces[-1].end < after.pieces[0].end
            assert seam.start < seam.place < seam.end
            taken[round(seam.start * RATE) : round(seam.end * RATE)] -= 1
    assert taken.max(initial=0) <= 1
    for clip in clips:
        assert all(before.end <= after.begin for before, after in pairwise(clip.pieces))


def test_long_silences_are_squeezed_so_that_more_speech_fits_the_window() -> None:
    spans = [Span(1, 3), Span(20, 22), Span(50, 52)]
    (clip,) = pack(spans, MINUTE, 30.0, 0.4)
    assert len(clip) == pytest.approx(3 * 2.8 * RATE, abs=2)


def test_times_in_a_clip_lead_back_to_the_recording() -> None:
    clip = Clip((Piece(1 * RATE, 3 * RATE), Piece(10 * RATE, 14 * RATE)))
    assert clip.place(0.5) == 1.5
    assert clip.place(2.0) == 10.0
    assert clip.place(2.0, is_end=True) == 3.0
    assert clip.place(4.0) == 12.0
    assert clip.place(99.0) == 14.0


def test_speech_longer_than_the_window_is_split_where_it_is_quietest() -> None:
    sound = np.full(60 * RATE, 500, np.int16)
    sound[7 * RATE : 7 * RATE + RATE // 10] = 1
    clips = pack([Span(0, 20)], sound, 10.0, 0.0)
    (seam, *_) = seams(clips)
    assert seam is not None
    assert 7 <= seam.place <= 7.1
    assert clips[0].pieces[-1].end > 7.1 * RATE
    assert clips[1].pieces[0].begin < 7 * RATE


def test_speech_that_fits_the_window_is_heard_once() -> None:
    clips = pack([Span(0, 9.5), Span(10, 19)], MINUTE, 10.0, 0.0)
    assert seams(clips) == [None]
