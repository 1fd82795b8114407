"""Where each character of a reading stands in its crop, and what its size tells: ッ and ツ have one shape."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engine.contract import Picture
from ocr.records import Character, Reading

_SMALL = "ァィゥェォッャュョヮぁぃぅぇぉっゃゅょゎ"
_LARGE = "アイウエオツヤユヨワあいうえおつやゆよわ"
_TWIN = dict(zip(_SMALL + _LARGE, _LARGE + _SMALL, strict=True))
_NO_MEASURE = frozenset("ー-－一・.,、。･'\"()（） \u3000") | frozenset(_TWIN)

_DARK = 115
_LEAST_AREA = 6
# Size − 1.5 × how much lower it begins, both in sizes of the field's other characters: 0.95 ± 0.12 for large, 0.2 ± 0.12 for small
# ones, over 543 of made forms. Between the bounds the recogniser decides.
_LOWER = 1.5
_SURELY_SMALL, _SURELY_LARGE = 0.45, 0.75
_MOST = 1.6
_BESIDE, _AWAY = 0.6, 1.1


def by_size(
    read: Reading,
    crop: Picture,
    probabilities: NDArray[np.float32],
    characters: Sequence[str],
    alphabet: frozenset[str] | None = None,
) -> Reading:
    """The reading with small and large kana as their size says. A changed one keeps the probability that the recogniser gave it."""
    places = [place for place, each in enumerate(read.characters) if each.text.strip()]
    if not any(read.characters[place].text in _TWIN for place in places):
        return read
    boxes = _boxes(crop, _centres(crop, probabilities, characters), len(places))
    found = [box for box, place in zip(boxes, places, strict=False) if read.characters[place].text not in _NO_MEASURE]
    measure = [each for each in found if each is not None]
    if len(measure) < 2:
        return read
    usual = float(np.median([max(wide, high) for _, _, wide, high in measure]))
    top = float(np.median([each[1] for each in measure]))
    decided = list(read.characters)
    for number, place in enumerate(places):
        box, each = boxes[number], read.characters[place]
        twin = _TWIN.get(each.text)
        if (
            box is None
            or twin is None
            or max(box[2:]) > _MOST * usual
            or (alphabet is not None and twin not in alphabet)
        ):
            continue
        score = max(box[2:]) / usual - _LOWER * (box[1] - top) / usual
        if (each.text in _SMALL and score > _SURELY_LARGE) or (each.text in _LARGE and score < _SURELY_SMALL):
            decided[place] = _twin(each)
    text = "".join(each.text for each in decided)
    return replace(read, text=text, characters=tuple(decided))


def unread(crop: Picture, probabilities: NDArray[np.float32], characters: Sequence[str]) -> float:
    """0 when every stroke is near a character of the best path, 1 when one is a whole character away: something was passed over."""
    columns = np.flatnonzero((crop[..., 0] < 255 - _DARK).any(axis=0))
    centres = np.asarray(_centres(crop, probabilities, characters))
    if not columns.size or not centres.size:
        return float(columns.size > 0)
    after = np.clip(np.searchsorted(centres, columns), 1, max(1, len(centres) - 1))
    nearest = np.abs(columns - centres[np.minimum(after, len(centres) - 1)])
    nearest = np.minimum(nearest, np.abs(columns - centres[after - 1]))
    return float(np.clip((nearest.max() / crop.shape[0] - _BESIDE) / (_AWAY - _BESIDE), 0.0, 1.0))


def _twin(character: Character) -> Character:
    other = _TWIN[character.text]
    own = character.second_probability if character.second == other else 0.0
    return Character(other, own, character.text, character.probability)


def _centres(crop: Picture, probabilities: NDArray[np.float32], characters: Sequence[str]) -> list[float]:
    """Middle of each character that is no blank, in the crop's pixels: where CTC's best path has it."""
    best = probabilities.argmax(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=0))
    step = max(96.0, crop.shape[1] * 48 / crop.shape[0]) / max(1, len(best)) * crop.shape[0] / 48
    return [(float(start) + 0.5) * step for start in starts if characters[best[start]].strip()]


def _boxes(crop: Picture, centres: Sequence[float], count: int) -> list[tuple[int, int, int, int] | None]:
    """Left, top, width and height of each character's ink; nothing when the best path has another number of characters."""
    if len(centres) != count or not count:
        return []
    ink = (crop[..., 0] < 255 - _DARK).astype(np.uint8)
    number, _, stats, middles = cv2.connectedComponentsWithStats(ink, connectivity=8)
    boxes: list[tuple[int, int, int, int] | None] = [None] * count
    for label in range(1, number):
        left, top, wide, high, area = (int(each) for each in stats[label])
        if area < _LEAST_AREA:
            continue
        nearest = int(np.argmin(np.abs(np.asarray(centres) - middles[label][0])))
        boxes[nearest] = _around(boxes[nearest], (left, top, wide, high))
    return boxes


def _around(one: tuple[int, int, int, int] | None, other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    if one is None:
        return other
    left, top = min(one[0], other[0]), min(one[1], other[1])
    right, bottom = max(one[0] + one[2], other[0] + other[2]), max(one[1] + one[3], other[1] + other[3])
    return left, top, right - left, bottom - top
