"""The default recogniser: PP-OCRv6 small from the rapidocr package, by onnxruntime directly.

Of rapidocr only the model file is used, never its code: that would pull in detection and 130 MB more, and download what it misses.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ocr.engine.contract import Picture
from ocr.engine.picture import HEIGHT, to_input
from ocr.errors import ModelBrokenError, ModelMissingError

_FILE = "PP-OCRv6_rec_small.onnx"


def shipped_model() -> Path:
    """The model inside the installed rapidocr package, found without importing it. Raises ModelMissingError."""
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ModelMissingError(path=f"rapidocr/models/{_FILE}")
    return Path(spec.origin).with_name("models") / _FILE


class RapidRecogniser:
    """An ONNX file that carries its dictionary in the metadata key `character`. A context manager."""

    characters: Sequence[str] = ()

    def __init__(self, model: Path | None = None, threads: int = 1) -> None:
        self._file = model or shipped_model()
        self._threads = threads
        self._session: Any = None
        self.name = f"rapidocr {self._file.stem}"

    def __enter__(self) -> Self:
        if not self._file.is_file():
            raise ModelMissingError(path=str(self._file))
        try:
            self._session = onnxruntime.InferenceSession(
                str(self._file), session_options(self._threads), providers=["CPUExecutionProvider"]
            )
            self.characters = ("", *self._session.get_modelmeta().custom_metadata_map["character"].split("\n"), " ")
            self._input = self._session.get_inputs()[0].name
            columns = self.probabilities(np.full((HEIGHT, HEIGHT, 3), 255, np.uint8)).shape[1]
        # onnxruntime's own errors share no base class but Exception.
        except Exception as error:
            self._session = None
            raise ModelBrokenError(path=str(self._file), reason=str(error)) from error
        if columns != len(self.characters):
            self._session = None
            reason = f"{columns} classes, {len(self.characters)} characters"
            raise ModelBrokenError(path=str(self._file), reason=reason)
        return self

    def __exit__(self, *exception: object) -> None:
        self._session = None

    def probabilities(self, crop: Picture) -> NDArray[np.float32]:
        """Softmax over `characters` per step of 8 input pixels, T × C; no steps for a crop without pixels."""
        if crop.size == 0:
            return np.zeros((0, len(self.characters)), np.float32)
        made: NDArray[np.float32] = self._session.run(None, {self._input: to_input(crop, HEIGHT)})[0][0]
        return made


def session_options(threads: int) -> Any:
    """Few threads that sleep when idle, and no arena: it keeps the widest crop's memory for ever."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return options
