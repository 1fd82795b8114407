"""A model folder: its files, the decoding defaults it carries, and the device it runs on."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from transcribe.errors import ModelBrokenError, ModelMissingError

# tokenizer.json is demanded because faster-whisper would otherwise fetch one from the internet.
_NEEDED = ("model.bin", "config.json", "tokenizer.json")
WINDOW_SECONDS = 30.0


@dataclass(frozen=True)
class Decoding:
    """How a model wants to be read; `decoding.json` in its folder may say otherwise."""

    window_seconds: float = WINDOW_SECONDS
    beam_size: int = 5
    language: str = "ja"
    temperature: float = 0.0
    without_timestamps: bool = False
    hotwords: bool = True
    """False for a model that text before the clip confuses: then a glossary's terms are only counted."""
    doubtful: float = 0.6
    """Mean probability of its words below which a sentence is doubtful; a small model is sure of itself and asks for more."""
    second_pass: bool = True
    """False for a model whose text means nothing and which would be read twice throughout: one that time is measured with."""


@dataclass(frozen=True)
class Model:
    """A checked model folder."""

    folder: Path
    name: str
    decoding: Decoding


@dataclass(frozen=True)
class Device:
    """Where the model computes: `cuda` or `cpu`, the number format, and which of several cards."""

    name: str
    compute_type: str
    index: int = 0


def open_model(folder: Path) -> Model:
    """The model in `folder`. Raises ModelMissingError or ModelBrokenError."""
    for name in _NEEDED:
        if not (folder / name).is_file():
            raise ModelMissingError(path=str(folder / name))
    return Model(folder, folder.resolve().name, _decoding(folder / "decoding.json"))


def _decoding(file: Path) -> Decoding:
    if not file.is_file():
        return Decoding()
    try:
        stated: dict[str, Any] = json.loads(file.read_text("utf-8"))
        known = {field.name: field.type for field in fields(Decoding)}
        wrong = [key for key, value in stated.items() if key in known and not _is(value, known[key])]
        decoding = Decoding(**{key: value for key, value in stated.items() if key in known})
    except (OSError, ValueError, AttributeError) as error:
        raise ModelBrokenError(path=str(file), reason=str(error)) from error
    if wrong:
        raise ModelBrokenError(path=str(file), reason=f"{', '.join(wrong)}: not of the right type")
    if not (
        1 <= decoding.window_seconds <= WINDOW_SECONDS
        and decoding.beam_size >= 1
        and 0 <= decoding.temperature <= 1
        and 0 <= decoding.doubtful <= 1
    ):
        raise ModelBrokenError(path=str(file), reason="window_seconds, beam_size, temperature or doubtful out of range")
    return decoding


def _is(value: object, kind: object) -> bool:
    """JSON writes whole numbers as integers; true and false are no numbers."""
    return type(value) is kind or (kind is float and type(value) is int)
