"""Two fields that hold the same name in kana: where one was read with doubt and the other clearly, the clear one tells.

Small and large kana have one shape; so have シ and ツ in many hands. Two readings of one name by one hand settle it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ocr.records import Character
from ocr.values.kana import alike, katakana, large

_CLEAR = 0.9
_APART = 0.3
"""How much less probable the doubtful character has to be."""


@dataclass(frozen=True)
class Spoken:
    """A kana field as parsed, with its characters as read."""

    value: str
    characters: Sequence[Character]
    bank: bool
    """The transfer format has no small kana: the field says nothing of sizes."""


def repaired(one: Spoken, other: Spoken) -> tuple[str, str]:
    """Both values, with each other's clear character where the own one was doubtful. Names that truly differ stay as they are."""
    mine, theirs = _aligned(one), _aligned(other)
    if mine is None or theirs is None or len(mine) != len(theirs):
        return one.value, other.value
    sizes = not (one.bank or other.bank)
    pairs = list(zip(mine, theirs, strict=True))
    if not all(_same(a, b) or alike(a, b) for (a, _), (b, _) in pairs):
        return one.value, other.value
    settled = [_settled(a, b, sizes) for a, b in pairs]
    return _spelt(one, [first for first, _ in settled]), _spelt(other, [second for _, second in settled])


def _aligned(spoken: Spoken) -> list[tuple[str, float]] | None:
    """The value's characters without blanks, the long mark as ー, each with its probability; None where they cannot be told apart."""
    read = [each for each in spoken.characters if each.text.strip()]
    bare = "".join(spoken.value.split())
    if len(read) != len(bare):
        return None
    return [(katakana(kana), each.probability) for kana, each in zip(bare, read, strict=True)]


def _same(one: str, other: str) -> bool:
    return large(one) == large(other)


def _settled(one: tuple[str, float], other: tuple[str, float], sizes: bool) -> tuple[str, str]:
    """What each of the two becomes."""
    (mine, sure), (theirs, sure_too) = one, other
    if mine == theirs or (_same(mine, theirs) and not sizes):
        return mine, theirs
    if sure >= _CLEAR and sure - sure_too >= _APART:
        return mine, mine
    if sure_too >= _CLEAR and sure_too - sure >= _APART:
        return theirs, theirs
    return mine, theirs


def _spelt(spoken: Spoken, kana: list[str]) -> str:
    """The value with its blanks, in the field's own spelling."""
    following = iter(kana)
    spelt = [each if each == " " else _own_spelling(each, next(following), spoken.bank) for each in spoken.value]
    return "".join(spelt)


def _own_spelling(written: str, settled: str, bank: bool) -> str:
    if katakana(written) == settled:
        return written
    return large(settled).replace("ー", "-") if bank else settled
