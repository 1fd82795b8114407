"""What size and place of a character's ink tell, on drawn crops and probabilities set by hand."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.engine.contract import Picture
from ocr.engine.decode import decode
from ocr.glyphs import by_size, unread
from ocr.variants import Evened

CHARACTERS = ["", "ツ", "ッ", "マ", "ダ", "高", "髙"]


def crop(heights: list[int]) -> Picture:
    """Blocks of these heights on one base line, one every 48 pixels."""
    picture = np.full((48, 48 * len(heights), 3), 255, np.uint8)
    for place, height in enumerate(heights):
        cv2.rectangle(
            picture, (48 * place + 24 - height // 2, 44 - height), (48 * place + 24 + height // 2, 44), (0, 0, 0), -1
        )
    return picture


def steps(labels: list[int], width: int, sure: float = 0.9) -> NDArray[np.float32]:
    """One step to 8 pixels; the labels stand in the middle of equal shares."""
    made = np.full((width // 8, len(CHARACTERS)), 1e-4, np.float32)
    made[:, 0] = 1.0
    for place, label in enumerate(labels):
        step = int((place + 0.5) * len(made) / len(labels))
        made[step] = (1 - sure) / len(CHARACTERS)
        made[step, label] = sure
    return made


@pytest.mark.parametrize(
    ("seen", "height", "meant"), [("ッ", 36, "ツ"), ("ツ", 22, "ッ"), ("ッ", 22, "ッ"), ("ツ", 36, "ツ")]
)
def test_small_and_large_kana_are_told_by_their_size(seen: str, height: int, meant: str) -> None:
    picture = crop([36, height, 36])
    probabilities = steps([CHARACTERS.index(each) for each in ("マ", seen, "ダ")], picture.shape[1])
    read = by_size(decode(probabilities, CHARACTERS, None), picture, probabilities, CHARACTERS)
    assert read.text == f"マ{meant}ダ"
    assert read.least < 0.2 if seen != meant else read.least == pytest.approx(0.9)


def test_a_field_of_large_kana_only_keeps_them() -> None:
    picture = crop([36, 22, 36])
    probabilities = steps([3, 1, 4], picture.shape[1])
    large = frozenset("マツダ")
    assert by_size(decode(probabilities, CHARACTERS, large), picture, probabilities, CHARACTERS, large).text == "マツダ"


def test_ink_that_no_character_was_read_from_is_told() -> None:
    picture = crop([36, 36, 36, 36])
    assert unread(picture, steps([3, 1, 4, 3], picture.shape[1]), CHARACTERS) == 0
    passed_over = steps([3, 1, 4, 3], picture.shape[1])
    passed_over[: len(passed_over) // 4] = steps([0], 8)
    assert unread(picture, passed_over, CHARACTERS) == 1


def test_a_form_that_the_recogniser_shuns_is_weighed_alike() -> None:
    probabilities = np.array([[0.0, 0, 0, 0, 0, 0.97, 0.02], [0.0, 0, 0, 0, 0, 0.98, 0.0001]], np.float32)
    evened = Evened("rapidocr PP-OCRv6_rec_small", CHARACTERS)(probabilities)
    assert [CHARACTERS[each] for each in evened.argmax(axis=1)] == ["髙", "高"]
    assert evened.sum(axis=1) == pytest.approx(probabilities.sum(axis=1), abs=1e-6)
    assert np.array_equal(Evened("another", CHARACTERS)(probabilities), probabilities)
