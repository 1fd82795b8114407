"""Cells that were left out are blanks of the kana in them."""

import pytest

from ocr.cells import spaced
from ocr.records import Character, Reading


def reading(text: str) -> Reading:
    return Reading(text, tuple(Character(each, 0.9) for each in text), free=text)


def used(cells: str) -> list[bool]:
    return [cell == "x" for cell in cells]


@pytest.mark.parametrize(
    ("read", "cells", "meant"),
    [
        ("タナカハナコ", "xxx_xxx____", "タナカ ハナコ"),
        ("タナカ ハナコ", "xxx_xxx____", "タナカ ハナコ"),
        ("タナカハナコ", "__xxx__xxx_", "タナカ ハナコ"),
        ("アイウ", "x_x_x", "ア イ ウ"),
        ("タナカハナ", "xxx_xxx____", "タナカ ハナ"),
        ("タナカ", "xxx________", "タナカ"),
        ("タナカハナコ", "xxxxxx", "タナカハナコ"),
    ],
)
def test_a_run_of_empty_cells_between_filled_ones_is_one_blank(read: str, cells: str, meant: str) -> None:
    found = spaced(reading(read), used(cells))
    assert found.text == meant
    assert "".join(each.text for each in found.characters) == found.text


def test_where_more_than_two_characters_are_missing_no_blank_is_guessed() -> None:
    assert spaced(reading("タナカハ"), used("xxx_xxxx____")).text == "タナカハ"


def test_with_a_character_lost_the_blank_is_counted_from_the_nearer_end() -> None:
    """Which is wrong when the lost one stood on that side; `cells_differ` sends both to a person."""
    assert spaced(reading("キタハナ"), used("xx_xxx__")).text == "キタ ハナ"
    assert spaced(reading("ワタベハナ"), used("xxxx_xx__")).text == "ワタベ ハナ"
