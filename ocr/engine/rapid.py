"""The default recogniser: PP-OCRv6 small from the rapidocr package, by onnxruntime directly.

Of rapidocr only the model file is used, never its code: that would pull in detection and download what it misses.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ocr.engine.contract import Picture
from ocr.engine.folder import ONNX, Description, description, has_as_many
from ocr.engine.picture import HEIGHT, blank, to_input
from ocr.errors import ModelBrokenError, ModelError, ModelMissingError

_SHIPPED = "PP-OCRv6_rec_small.onnx"
_DICTIONARY = "character"
"""Metadata key of files that carry their own dictionary, newline-separated."""


def shipped_model() -> Path:
    """The model inside the installed rapidocr package, found without importing it. Raises ModelMissingError."""
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ModelMissingError(path=f"rapidocr/models/{_SHIPPED}")
    return Path(spec.origin).with_name("models") / _SHIPPED


class RapidRecogniser:
    """An ONNX file that carries its dictionary, or a PaddleOCR folder with `inference.onnx`. A context manager."""

    def __init__(self, model: Path | None = None, threads: int = 1) -> None:
        self._model = model
        self._threads = threads
        self._session: Any = None
        self._height = HEIGHT
        self.characters: Sequence[str] = ()
        self.name = f"rapidocr {(model or Path(_SHIPPED)).stem}"

    def __enter__(self) -> Self:
        model = self._model or shipped_model()
        file = model / ONNX if model.is_dir() else model
        if not file.is_file():
            raise ModelMissingError(path=str(file))
        try:
            session = onnxruntime.InferenceSession(
                str(file), _session_options(self._threads), providers=["CPUExecutionProvider"]
            )
            described = _described(session, model)
            columns = _run(session, blank(described.height), described.height).shape[1]
        except ModelError:
            raise
        # onnxruntime's own errors share no base class but Exception.
        except Exception as error:
            raise ModelBrokenError(path=str(file), reason=str(error)) from error
        has_as_many(columns, described.characters, model)
        self._session, self._height, self.characters = session, described.height, described.characters
        self.name = f"rapidocr {described.name}"
        return self

    def __exit__(self, *exception: object) -> None:
        self._session = None

    def probabilities(self, crop: Picture) -> NDArray[np.float32]:
        """Softmax over `characters` per step of 8 input pixels, T × C; no steps for a crop without pixels."""
        if crop.size == 0:
            return np.zeros((0, len(self.characters)), np.float32)
        return _run(self._session, crop, self._height)


def _run(session: Any, crop: Picture, height: int) -> NDArray[np.float32]:
    made: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: to_input(crop, height)})[0][0]
    return made


def _described(session: Any, model: Path) -> Description:
    listed = session.get_modelmeta().custom_metadata_map.get(_DICTIONARY)
    if listed is not None:
        return Description(model.stem, HEIGHT, ("", *listed.split("\n"), " "))
    if model.is_dir():
        return description(model)
    raise ModelBrokenError(path=str(model), reason=f"no metadata {_DICTIONARY!r}")


def _session_options(threads: int) -> Any:
    """Few threads that sleep when idle, and no arena: it keeps the widest crop's memory for ever."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return options
