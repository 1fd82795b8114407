"""Decoding within an alphabet, against every alignment counted one by one."""

import itertools
import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from ocr.engine.decode import decode
from ocr.engine.lookalikes import candidates, fold, taken_for
from ocr.records import Reading

CHARACTERS = ("", "0", "1", "０", "O", "ニ", "二", "X", " ")
EVERYTHING = 10_000
"""A beam that drops nothing of what these matrices can spell."""

Matrix = NDArray[np.float32]


@st.composite
def matrices(draw: st.DrawFn, most_steps: int = 4) -> Matrix:
    """Softmax over CHARACTERS of any sharpness, T × 9."""
    steps = draw(st.integers(0, most_steps))
    numbers = st.floats(-8, 8, width=32)
    raw = draw(arrays(np.float32, (steps, len(CHARACTERS)), elements=numbers)).astype(np.float64)
    powers = np.exp(raw)
    made: Matrix = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return made


alphabets = st.frozensets(st.sampled_from("01Oニ X"), min_size=1)


def counted(matrix: Matrix, alphabet: frozenset[str]) -> dict[str, float]:
    """P of every text: each alignment of allowed characters, summed up by what it spells."""
    columns: dict[str, NDArray[np.float64]] = defaultdict(lambda: np.zeros(len(matrix)))
    columns[""] = columns[""] + matrix[:, 0]
    for index, character in enumerate(CHARACTERS):
        if index and (target := taken_for(character, alphabet)):
            columns[target] = columns[target] + matrix[:, index]
    total = np.sum(list(columns.values()), axis=0)
    texts: dict[str, float] = defaultdict(float)
    for path in itertools.product(columns, repeat=len(matrix)):
        spelt = "".join(key for key, _ in itertools.groupby(path))
        texts[spelt] += math.prod(columns[key][step] / total[step] for step, key in enumerate(path))
    return texts


def matrix_of(*steps: dict[str, float]) -> Matrix:
    """Steps given by character; what is left of 1 belongs to the blank."""
    made = np.zeros((len(steps), len(CHARACTERS)), np.float32)
    for row, step in zip(made, steps, strict=True):
        for character, probability in step.items():
            row[CHARACTERS.index(character)] = probability
        row[0] = 1 - sum(step.values())
    return made


@settings(deadline=None)
@given(matrices(), alphabets)
def test_the_text_is_the_most_probable_one_of_all(matrix: Matrix, alphabet: frozenset[str]) -> None:
    texts = counted(matrix, alphabet)
    found = decode(matrix, CHARACTERS, alphabet, beam=EVERYTHING)
    assert texts[found.text] >= max(texts.values()) * 0.99


@settings(deadline=None)
@given(matrices(), alphabets)
def test_the_runner_up_is_the_next_and_the_margin_how_far_behind_it_is(
    matrix: Matrix, alphabet: frozenset[str]
) -> None:
    texts = counted(matrix, alphabet)
    found = decode(matrix, CHARACTERS, alphabet, beam=EVERYTHING)
    if len(matrix):
        others = {text: probability for text, probability in texts.items() if text != found.text}
        assert others[found.runner_up] >= max(others.values()) * 0.97
        assert found.margin == pytest.approx(math.log(texts[found.text] / texts[found.runner_up]), abs=0.05)


@settings(deadline=None)
@given(matrices(most_steps=12), st.one_of(st.none(), alphabets))
def test_a_narrow_beam_keeps_to_the_rules(matrix: Matrix, alphabet: frozenset[str] | None) -> None:
    found = decode(matrix, CHARACTERS, alphabet)
    assert alphabet is None or set(found.text + found.runner_up) <= alphabet
    assert found.margin >= 0
    assert "".join(each.text for each in found.characters) == found.text
    assert found.runner_up != found.text or not found.text
    for each in found.characters:
        assert 0 <= each.probability <= 1
        assert 0 <= each.second_probability <= 1
        assert each.second != each.text
        assert alphabet is None or each.second in alphabet | {""}


@settings(deadline=None)
@given(matrices(most_steps=12))
def test_the_free_reading_is_the_best_class_of_each_step(matrix: Matrix) -> None:
    spelt = [key for key, _ in itertools.groupby(matrix.argmax(axis=1).tolist())]
    assert decode(matrix, CHARACTERS, frozenset("0")).free == "".join(CHARACTERS[each] for each in spelt)


def test_no_steps_read_as_nothing_with_certainty() -> None:
    assert decode(np.zeros((0, 9), np.float32), CHARACTERS, frozenset("01")) == Reading("", margin=50.0)


def test_an_alphabet_that_the_recogniser_cannot_write_reads_as_nothing() -> None:
    found = decode(matrix_of({"0": 0.9}, {"1": 0.9}), CHARACTERS, frozenset("ゑ"))
    assert (found.text, found.free, found.margin) == ("", "01", 50.0)


def test_probability_spread_over_alignments_counts_together() -> None:
    # Step by step the blank is the best; over both steps "0" is, by three alignments.
    found = decode(matrix_of({"0": 0.4}, {"0": 0.4}), CHARACTERS, frozenset("0"))
    assert found.text == "0"
    assert found.margin == pytest.approx(math.log(0.64 / 0.36))
    assert found.free == ""


def test_a_character_twice_needs_a_blank_between() -> None:
    sharp = {"1": 0.99}
    assert decode(matrix_of(sharp, sharp), CHARACTERS, frozenset("1")).text == "1"
    assert decode(matrix_of(sharp, {}, sharp), CHARACTERS, frozenset("1")).text == "11"


def test_a_full_width_digit_counts_for_its_digit() -> None:
    found = decode(matrix_of({"０": 0.5, "0": 0.25, "O": 0.2}), CHARACTERS, frozenset("0123456789"))
    assert found.text == "0"
    assert found.free == "０"
    assert found.least == pytest.approx(0.95)


def test_a_look_alike_that_may_stand_there_is_left_alone() -> None:
    found = decode(matrix_of({"O": 0.6, "0": 0.3}), CHARACTERS, frozenset("0O"))
    assert [(each.text, each.second) for each in found.characters] == [("O", "0")]
    assert found.characters[0].probability == pytest.approx(0.6)


def test_where_something_else_was_seen_the_probability_is_small() -> None:
    found = decode(matrix_of({"X": 0.97, "1": 0.02}), CHARACTERS, frozenset("01"))
    assert found.text == "1"
    assert found.least == pytest.approx(0.02)


def test_each_character_has_the_probability_of_the_step_where_it_stands_out() -> None:
    found = decode(matrix_of({"0": 0.7}, {"0": 0.95}, {"1": 0.8, "0": 0.1}), CHARACTERS, frozenset("01"))
    assert [(each.text, round(each.probability, 3)) for each in found.characters] == [("0", 0.95), ("1", 0.8)]


def test_a_long_line_of_doubt_does_not_run_out_of_numbers() -> None:
    flat = np.full((4000, len(CHARACTERS)), 1 / len(CHARACTERS), np.float32)
    found = decode(flat, CHARACTERS, frozenset("01"))
    assert math.isfinite(found.margin)
    assert found.margin >= 0


def test_another_recogniser_with_the_same_alphabet_is_told_apart() -> None:
    matrix = matrix_of({"0": 0.99})
    for characters in (CHARACTERS, ("", "1", "0", *CHARACTERS[3:])):
        assert decode(matrix, characters, frozenset("01")).text == characters[1]


# --- look-alikes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "alphabet", "taken"),
    [
        ("０", "0123456789", "0"),
        ("O", "0123456789", "0"),
        ("○", "0123456789", "0"),
        ("l", "0123456789", "1"),
        ("|", "0123456789", "1"),
        ("q", "0123456789", "9"),
        ("ー", "0123456789-", "-"),
        ("一", "アイウー", "ー"),
        ("-", "アイウー", "ー"),
        ("－", "0123456789-", "-"),
        (".", "0123456789,¥", ","),
        ("￥", "0123456789,¥", "¥"),
        ("力", "カキク", "カ"),
        ("二", "ニヌネ", "ニ"),
        ("り", "ラリル", "リ"),
        ("ッ", "アイツ", "ツ"),
        ("ｶ", "カキク", "カ"),
        ("a", "ABC", "A"),
        ("A", "ＡＢＣ", "Ａ"),
        ("\u3000", "アイ ", " "),
        ("ー", "0123456789", ""),
        ("山", "0123456789", ""),
        ("ツ", "アイウッ", ""),
    ],
)
def test_what_a_character_is_taken_for(seen: str, alphabet: str, taken: str) -> None:
    assert taken_for(seen, frozenset(alphabet)) == taken


@given(st.characters(), st.frozensets(st.characters(), min_size=1, max_size=20))
def test_a_character_is_taken_for_itself_for_an_allowed_one_or_for_none(seen: str, alphabet: frozenset[str]) -> None:
    assert taken_for(seen, alphabet) in alphabet | {""}
    if seen in alphabet:
        assert taken_for(seen, alphabet) == seen
    assert seen not in candidates(seen)


def test_folding_a_text_keeps_what_stands_for_nothing() -> None:
    assert fold("０9O年", frozenset("0123456789")) == "090年"
