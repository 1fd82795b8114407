"""A model folder as PaddleOCR exports it: `inference.yml` beside the model's own files."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from ocr.errors import ModelBrokenError, ModelMissingError

DESCRIPTION = "inference.yml"
ONNX = "inference.onnx"


@dataclass(frozen=True)
class Description:
    """What `inference.yml` says of a recognition model."""

    name: str
    height: int
    """Of its input, in pixels."""
    characters: tuple[str, ...]
    """Class index → character, as the contract has it: the blank first, a space last."""


def description(folder: Path) -> Description:
    """Raises ModelMissingError or ModelBrokenError."""
    file = folder / DESCRIPTION
    if not folder.is_dir() or not file.is_file():
        raise ModelMissingError(path=str(file if folder.is_dir() else folder))
    try:
        # Every scalar as written: YAML would make None of a ~ and a number of a digit.
        stated = yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - builds strings only
        operations = stated["PreProcess"]["transform_ops"]
        height = next(each["RecResizeImg"]["image_shape"][1] for each in operations if "RecResizeImg" in each)
        listed = list(map(str, stated["PostProcess"]["character_dict"]))
        if "" in listed:
            raise ValueError(f"character {listed.index('')} is empty")
        return Description(str(stated["Global"]["model_name"]), int(height), ("", *listed, " "))
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError, IndexError, StopIteration) as error:
        raise ModelBrokenError(path=str(file), reason=repr(error)) from error


def has_as_many(columns: int, characters: tuple[str, ...], path: Path) -> None:
    """Raises ModelBrokenError when the model tells apart another number of classes than its dictionary has."""
    if columns != len(characters):
        raise ModelBrokenError(path=str(path), reason=f"{columns} classes, {len(characters)} characters")
