"""Which recogniser reads: by name, with its model."""

from pathlib import Path

from ocr.engine.contract import Recogniser
from ocr.errors import EngineUnknownError

RECOGNISERS = ("rapidocr",)


def open_recogniser(name: str = "rapidocr", model: Path | None = None, threads: int = 1) -> Recogniser:
    """The recogniser `name`, not yet loaded: enter it. `rapidocr` takes an ONNX file or its own.

    Raises ModelMissingError, ModelBrokenError (on entry) or EngineUnknownError.
    """
    if name == "rapidocr":
        from ocr.engine.rapid import RapidRecogniser

        return RapidRecogniser(model, threads)
    raise EngineUnknownError(name=name, known=", ".join(RECOGNISERS))
