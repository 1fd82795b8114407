"""The recogniser for GPU machines and large models: any PP-OCR recognition model by paddleocr, in an environment of its own.

Docs: docs/decisions/0008-paddle-has-its-own-environment.md.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import yaml
from numpy.typing import NDArray

from ocr.engine.contract import Picture
from ocr.engine.picture import to_input
from ocr.errors import EngineMissingError, ModelBrokenError, ModelMissingError

_DESCRIPTION = "inference.yml"
_ONNX = "inference.onnx"
_NATIVE = ("inference.json", "inference.pdmodel")


class PaddleRecogniser:
    """A folder as PaddleOCR exports it: `inference.yml` beside `inference.onnx`, or beside the native graph and `.pdiparams`.

    A context manager. Uses a GPU where the installed onnxruntime or paddlepaddle can.
    """

    characters: Sequence[str] = ()

    def __init__(self, model: Path | None, threads: int = 1) -> None:
        self._folder = model
        self._threads = threads
        self._runner: Any = None
        self._height = 0
        self.name = f"paddleocr {model.resolve().name if model else ''}"

    def __enter__(self) -> Self:
        # With no folder given paddleocr would download one.
        if self._folder is None or not self._folder.is_dir():
            raise ModelMissingError(path=str(self._folder or "model"))
        name, self._height, characters = _description(self._folder / _DESCRIPTION)
        engine = _engine(self._folder)
        if importlib.util.find_spec("paddleocr") is None:
            raise EngineMissingError(name="paddleocr")
        from paddleocr import TextRecognition

        try:
            recognition = TextRecognition(
                model_name=name,
                model_dir=str(self._folder),
                engine=engine,
                engine_config=_settings(engine, self._threads),
                device=_device(engine),
            )
            # Below its post-processing, which keeps only the best class of each step.
            self._runner = recognition.paddlex_predictor.runner
            self.characters = ("", *characters, " ")
            columns = self.probabilities(np.full((self._height, self._height, 3), 255, np.uint8)).shape[1]
        # Of many makes: onnxruntime, paddle's C++ core, pydantic, paddlex itself.
        except Exception as error:
            self._runner = None
            raise ModelBrokenError(path=str(self._folder), reason=str(error)) from error
        if columns != len(self.characters):
            self._runner = None
            reason = f"{columns} classes, {len(self.characters)} characters"
            raise ModelBrokenError(path=str(self._folder / _DESCRIPTION), reason=reason)
        self.name = f"paddleocr {name}"
        return self

    def __exit__(self, *exception: object) -> None:
        self._runner = None

    def probabilities(self, crop: Picture) -> NDArray[np.float32]:
        """Softmax over `characters` per time step, T × C; no steps for a crop without pixels."""
        if crop.size == 0:
            return np.zeros((0, len(self.characters)), np.float32)
        made: NDArray[np.float32] = self._runner([to_input(crop, self._height)])[0][0]
        return made


def _description(file: Path) -> tuple[str, int, list[str]]:
    """Model name, input height in pixels, characters. Raises ModelMissingError or ModelBrokenError."""
    if not file.is_file():
        raise ModelMissingError(path=str(file))
    try:
        stated = yaml.safe_load(file.read_text("utf-8"))
        operations = stated["PreProcess"]["transform_ops"]
        height = next(each["RecResizeImg"]["image_shape"][1] for each in operations if "RecResizeImg" in each)
        characters = [str(each) for each in stated["PostProcess"]["character_dict"]]
        return str(stated["Global"]["model_name"]), int(height), characters
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError, IndexError, StopIteration) as error:
        raise ModelBrokenError(path=str(file), reason=repr(error)) from error


def _engine(folder: Path) -> str:
    if (folder / _ONNX).is_file():
        return "onnxruntime"
    if any((folder / name).is_file() for name in _NATIVE):
        return "paddle_static"
    raise ModelMissingError(path=str(folder / _ONNX))


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
        import onnxruntime

        return "gpu" if "CUDAExecutionProvider" in onnxruntime.get_available_providers() else "cpu"
    import paddle

    return "gpu" if paddle.device.cuda.device_count() > 0 else "cpu"
