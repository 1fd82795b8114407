"""python -m transcribe.machine: what the speech model would compute with here, as JSON, for people who look after the machine.

Loads no model. A card's lock is tried and let go at once.
"""

import argparse
import ctypes
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2

from transcribe.cards import Card, Turn, cards
from transcribe.errors import CardTakenError, ModelError
from transcribe.memory import Size, free_memory, model_size
from transcribe.model import Decoding, open_model
from transcribe.place import Place
from transcribe.ways import Demand

LIBRARIES = ("libcublas.so.12",)
"""What CTranslate2 loads when a card computes and does not bring along."""

_NO_MODEL = Size(0, 64, 64, 1, 1, 1)
"""Fits everywhere: without a model the device is told, and not the batch."""


def facts(demand: Demand, turns: Path, folder: Path | None, found: Sequence[Card]) -> dict[str, Any]:
    """Device, number format, batch, cards, memory; `instead` names why it is not what was wanted."""
    size, decoding = _model(folder)
    place = Place(size or _NO_MODEL, decoding, demand, lambda: found, turns)
    told: dict[str, Any] = {
        "cards": [_card(card, turns) for card in found],
        "missing": [name for name in LIBRARIES if found and not _loads(name)],
        "free": free_memory(),
        "model": size.weights("int8") if size else None,
        "library": f"ctranslate2 {ctranslate2.__version__}",
    }
    try:
        way = place.way
    except CardTakenError:
        return {**told, "taken": True}
    finally:
        place.leave()
    return {
        **told,
        "taken": False,
        "device": way.device.name,
        "card": way.card.name or way.card.identity if way.card else "",
        "compute_type": way.device.compute_type,
        "batch_size": way.batch_size if size else None,
        "model": size.weights(way.device.compute_type) if size else None,
        "instead": [note.code for note in place.instead],
    }


def _model(folder: Path | None) -> tuple[Size | None, Decoding]:
    try:
        if folder is not None:
            return model_size(folder / "model.bin"), open_model(folder).decoding
    except ModelError:
        pass  # told where models are looked at, not here
    return None, Decoding()


def _card(card: Card, turns: Path) -> dict[str, Any]:
    turn = Turn.take(turns, card)
    trusted = turn is None or turn.trusted
    if turn is not None:
        turn.give_back()
    return {
        "name": card.name or card.identity,
        "total": card.total,
        "free": card.free,
        "taken": turn is None,
        "trusted": trusted,
    }


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints one line."""
    parser = argparse.ArgumentParser(prog="transcribe.machine", description=__doc__)
    parser.add_argument("--turns", type=Path, required=True, help="folder of the cards' locks")
    parser.add_argument("--model", type=Path, help="model folder")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--compute-type", default="auto")
    parser.add_argument("--batch-size", type=int, default=0)
    parser.add_argument("--sharers", type=int, default=1)
    call = parser.parse_args(arguments)
    demand = Demand(call.device, call.compute_type, call.batch_size, call.sharers)
    print(json.dumps(facts(demand, call.turns, call.model, cards())))


if __name__ == "__main__":
    main()
