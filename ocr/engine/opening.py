"""Which recogniser reads: by name, with its model."""

from pathlib import Path

from ocr.engine.contract import Recogniser
from ocr.errors import EngineUnknownError

RECOGNISERS = ("rapidocr", "paddleocr")


def open_recogniser(name: str = "rapidocr", model: Path | None = None, threads: int = 1) -> Recogniser:
    """The recogniser `name`, not yet loaded: enter it.

    `model` is a folder as PaddleOCR exports it; `rapidocr` also takes an ONNX file that carries its dictionary, and has one of its own.
    Raises EngineUnknownError; on entry ModelMissingError, ModelBrokenError or EngineMissingError.
    """
    if name == "rapidocr":
        # Imported here: neither environment has the other's packages.
        from ocr.engine.rapid import RapidRecogniser

        return RapidRecogniser(model, threads)
    if name == "paddleocr":
        # Imported here for the same reason.
        from ocr.engine.paddle import PaddleRecogniser

        return PaddleRecogniser(model, threads)
    raise EngineUnknownError(name=name, known=", ".join(RECOGNISERS))
