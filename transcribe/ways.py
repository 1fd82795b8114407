"""Which ways there are to compute on this machine, the best first: a card in one number format or another, and the CPU."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import ctranslate2

from transcribe.cards import Card
from transcribe.memory import Size, free_memory
from transcribe.model import Decoding, Device

MOST_CLIPS = 16
"""More at a time make nothing faster and wait longer for the slowest."""

_UNTOLD_CLIPS = 8
"""On a card that does not say how much memory is free."""

_CONTEXT = 600 << 20
"""What CUDA and its libraries take on a card before a model is there."""

_SHARE = {"cuda": 0.85, "cpu": 0.7}
"""Of the free memory that is counted on. A card that says no is gone on with, more slowly; a machine out of memory kills the process."""

_ON_CARD = (("float16", "int8_float16"), ("int8_float32",), ("float32",))
_ON_CPU = (("int8",), ("float32",))
"""The first of these that the device knows any of; within it each takes less memory than the one before."""


@dataclass(frozen=True)
class Way:
    """A device, and how many clips at a time."""

    device: Device
    batch_size: int
    card: Card | None = None


@dataclass(frozen=True)
class Demand:
    """What is wanted: `device` auto, cuda or cpu; `compute_type` auto or one of CTranslate2's; `batch_size` 0 for as many as fit.

    `sharers` processes like this one share the machine's memory.
    """

    device: str = "auto"
    compute_type: str = "auto"
    batch_size: int = 0
    sharers: int = 1


def ways_on(card: Card, size: Size, decoding: Decoding, demand: Demand) -> list[Way]:
    """Number formats that the card knows and that leave room for a clip, the finest first. None: the card is too small."""
    found = []
    for compute_type in _formats(demand.compute_type, _ON_CARD, card.compute_types):
        clip = size.clip(compute_type, decoding.window_seconds, decoding.beam_size, encoded_together=True)
        room = None if card.free is None else int(card.free * _SHARE["cuda"]) - _CONTEXT - size.weights(compute_type)
        fit = _UNTOLD_CLIPS if room is None else _fitting(room, clip)
        if fit >= 1:
            found.append(Way(Device("cuda", compute_type, card.index), demand.batch_size or fit, card))
    return found


def way_on_cpu(size: Size, decoding: Decoding, demand: Demand) -> Way:
    """The CPU. There is nothing below it, so one clip is tried however little memory there is."""
    can = ctranslate2.get_supported_compute_types("cpu")
    compute_type = next(iter(_formats(demand.compute_type, _ON_CPU, can)), "default")
    clip = size.clip(compute_type, decoding.window_seconds, decoding.beam_size, encoded_together=False)
    free = free_memory()
    fit = _UNTOLD_CLIPS
    if free is not None:
        fit = _fitting(int(free * _SHARE["cpu"] / demand.sharers) - size.weights(compute_type), clip)
    return Way(Device("cpu", compute_type), demand.batch_size or max(1, fit))


def _fitting(room: int, clip: int) -> int:
    """The largest power of two of clips, 0 when not even one fits."""
    clips = min(MOST_CLIPS, room // clip) if room > 0 else 0
    return 1 << (clips.bit_length() - 1) if clips >= 1 else 0


def _formats(wanted: str, families: Sequence[Sequence[str]], can: Collection[str]) -> list[str]:
    """A format that was asked for and is not known there gives way to the usual ones: the text matters more."""
    known = ([one for one in family if one in can] for family in families)
    return [wanted] if wanted in can else next((family for family in known if family), [])
