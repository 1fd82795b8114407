"""The recogniser for GPU machines and large models: any PP-OCR recognition model by paddleocr, in an environment of its own.

See docs/decisions/0008-paddle-has-its-own-environment.md.
"""

import importlib.util
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ocr.engine.contract import Picture
from ocr.engine.folder import DESCRIPTION, ONNX, description, has_as_many
from ocr.engine.picture import blank, to_input
from ocr.errors import EngineMissingError, ModelBrokenError, ModelMissingError

_NATIVE = ("inference.json", "inference.pdmodel")


class PaddleRecogniser:
    """A folder with `inference.yml` beside `inference.onnx`, or beside the native graph and `.pdiparams`. A context manager.

    Uses a GPU where the installed onnxruntime or paddlepaddle can.
    """

    def __init__(self, model: Path | None, threads: int = 1) -> None:
        self._folder = model
        self._threads = threads
        self._runner: Any = None
        self._height = 0
        self.characters: Sequence[str] = ()
        self.name = f"paddleocr {model.name}" if model else "paddleocr"

    def __enter__(self) -> Self:
        # With no folder given paddleocr would download one.
        if self._folder is None:
            raise ModelMissingError(path="-")
        described = description(self._folder)
        engine = _engine(self._folder)
        if importlib.util.find_spec("paddleocr") is None:
            raise EngineMissingError(name="paddleocr")
        os.environ.setdefault("PADDLE_PDX_CACHE_HOME", _scratch().name)
        # Imported here: seconds of loading, and nothing of it for a folder that is not there.
        from paddleocr import TextRecognition

        try:
            recognition = TextRecognition(
                model_name=described.name,
                model_dir=str(self._folder),
                engine=engine,
                engine_config=_settings(engine, self._threads),
                device=_device(engine),
            )
            # Below its post-processing, which keeps only the best class of each step.
            runner = recognition.paddlex_predictor.runner
            columns = runner([to_input(blank(described.height), described.height)])[0].shape[2]
        # Of many makes: onnxruntime, paddle's C++ core, pydantic, paddlex itself.
        except Exception as error:
            raise ModelBrokenError(path=str(self._folder), reason=str(error)) from error
        has_as_many(columns, described.characters, self._folder / DESCRIPTION)
        self._runner, self._height = runner, described.height
        self.characters = described.characters
        self.name = f"paddleocr {described.name}"
        return self

    def __exit__(self, *exception: object) -> None:
        self._runner = None

    def probabilities(self, crop: Picture) -> NDArray[np.float32]:
        """Softmax over `characters` per time step, T × C; no steps for a crop without pixels."""
        if crop.size == 0:
            return np.zeros((0, len(self.characters)), np.float32)
        made: NDArray[np.float32] = self._runner([to_input(crop, self._height)])[0][0]
        return made


@cache
def _scratch() -> TemporaryDirectory[str]:
    """paddlex demands a folder that it may write to, else makes one in the home; workers have none. Goes with the process."""
    return TemporaryDirectory(prefix="paddlex-")


def _engine(folder: Path) -> str:
    if (folder / ONNX).is_file():
        return "onnxruntime"
    if any((folder / name).is_file() for name in _NATIVE):
        return "paddle_static"
    raise ModelMissingError(path=str(folder / ONNX))


def _settings(engine: str, threads: int) -> dict[str, Any]:
    if engine == "onnxruntime":
        return {
            "intra_op_num_threads": threads,
            "inter_op_num_threads": 1,
            "enable_cpu_mem_arena": False,
            "enable_mem_pattern": False,
            "log_severity_level": 3,
        }
    return {"cpu_threads": threads}


def _device(engine: str) -> str:
    if engine == "onnxruntime":
        # Imported here: only one of the two runs.
        import onnxruntime

        return "gpu" if "CUDAExecutionProvider" in onnxruntime.get_available_providers() else "cpu"
    # Imported here for the same reason.
    import paddle

    return "gpu" if paddle.device.cuda.device_count() > 0 else "cpu"
