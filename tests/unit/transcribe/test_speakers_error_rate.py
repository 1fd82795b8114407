"""The error rate that separations are judged by, on cases that can be counted by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.speakers.error_rate import _best_match, error_rate
from transcribe.speakers.turns import Turn

TRUTH = [Turn(0.0, 10.0, "田中"), Turn(11.0, 21.0, "鈴木")]


def test_the_same_turns_under_other_names_are_no_error() -> None:
    assert error_rate(TRUTH, [Turn(0.0, 10.0, "S2"), Turn(11.0, 21.0, "S1")]).rate == 0.0


def test_one_voice_for_two_people_is_half_wrong() -> None:
    found = error_rate(TRUTH, [Turn(0.0, 21.0, "S1")], collar=0.0)
    assert found.confused == pytest.approx(10.0)
    assert found.false_alarm == pytest.approx(1.0)
    assert found.rate == pytest.approx(0.55)


def test_nothing_found_is_all_missed() -> None:
    found = error_rate(TRUTH, [])
    assert (found.missed, found.rate) == (pytest.approx(found.judged), pytest.approx(1.0))


def test_errors_within_the_collar_are_not_counted() -> None:
    shifted = [Turn(0.2, 10.2, "S1"), Turn(10.8, 20.8, "S2")]
    assert error_rate(TRUTH, shifted).rate == 0.0
    assert error_rate(TRUTH, shifted, collar=0.0).rate == pytest.approx(0.04)


def test_a_person_split_into_two_voices_costs_the_smaller_one() -> None:
    found = error_rate(TRUTH, [Turn(0.0, 7.0, "S1"), Turn(7.0, 10.0, "S3"), Turn(11.0, 21.0, "S2")], collar=0.0)
    assert found.confused == pytest.approx(3.0)


@given(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=1, max_size=5))
def test_the_match_of_names_is_the_best_of_all(table: list[list[int]]) -> None:
    together = np.array(table)
    rows, columns = together.shape
    tall = together if rows >= columns else together.T
    best = max(
        sum(tall[row, column] for column, row in enumerate(chosen))
        for chosen in itertools.permutations(range(tall.shape[0]), tall.shape[1])
    )
    assert _best_match(together) == best
