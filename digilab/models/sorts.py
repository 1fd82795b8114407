"""What sorts of models there are, and how a folder of each is known."""

from enum import StrEnum
from pathlib import Path


class Sort(StrEnum):
    """What a model is for; its value stands in manifests."""

    TRANSCRIPTION = "transcription"
    """Speech to text, in the form of CTranslate2."""
    SPEAKERS = "speakers"
    """Who speaks when."""
    FORMS = "forms"
    """Characters on paper forms."""


NEEDED = {
    Sort.TRANSCRIPTION: "model.bin",
    Sort.SPEAKERS: "speakers.json",
    Sort.FORMS: "inference.yml",
}
"""A folder that holds this file is a model of that sort, unless its manifest says otherwise."""

DEMANDED = {
    # Without a tokenizer.json of its own faster-whisper would look for one on a hub.
    Sort.TRANSCRIPTION: ("model.bin", "config.json", "tokenizer.json"),
    Sort.SPEAKERS: ("speakers.json", "embedding.onnx"),
    Sort.FORMS: ("inference.yml",),
}
"""A folder that lacks one of these is not brought in."""


def seen(folder: Path) -> Sort | None:
    """The sort that a folder's files tell."""
    return next((sort for sort, needed in NEEDED.items() if (folder / needed).is_file()), None)
