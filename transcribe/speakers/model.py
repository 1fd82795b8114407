"""A speaker model's folder: `speakers.json` says what `embedding.onnx` wants to hear and how to read its answers."""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from transcribe.errors import SpeakerModelBrokenError, SpeakerModelMissingError
from transcribe.speakers.features import NORMALISATIONS, WINDOWS, FeatureForm, Features, frames_in
from transcribe.stretch import RATE

SETTINGS, NETWORK = "speakers.json", "embedding.onnx"

LAYOUTS = ("time-mel", "mel-time")


@dataclass(frozen=True)
class SpeakerModel:
    """A checked folder. Only `dimension` and `threshold` must be stated; the rest is as wespeaker's exports have it."""

    folder: Path
    dimension: int
    """Numbers in one embedding."""
    threshold: float
    """Cosine above which two groups of windows are taken for one voice, where the number of voices is not given."""
    features: FeatureForm = field(default_factory=FeatureForm)
    layout: str = "time-mel"
    window_seconds: float = 1.5
    step_seconds: float = 0.75
    least_seconds: float = 3.0
    """A voice that speaks less than this in the whole recording is counted to the one it resembles most."""

    @property
    def name(self) -> str:
        """The folder's name, as it stands in records."""
        return self.folder.resolve().name


def read_model(folder: Path) -> SpeakerModel:
    """What the folder says of itself. Raises SpeakerModelMissingError or SpeakerModelBrokenError."""
    for name in (SETTINGS, NETWORK):
        if not (folder / name).is_file():
            raise SpeakerModelMissingError(path=str(folder / name))
    file = folder / SETTINGS
    try:
        stated = json.loads(file.read_text("utf-8"))
        features = FeatureForm(**_known(FeatureForm, stated.pop("features", {})))
        stated.pop("folder", None)
        model = SpeakerModel(folder=folder, **{**_known(SpeakerModel, stated), "features": features})
        wrong = _wrong(model)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise SpeakerModelBrokenError(path=str(file), reason=str(error)) from error
    if wrong:
        raise SpeakerModelBrokenError(path=str(file), reason=f"{wrong} out of range")
    return model


class Network:
    """The network itself, on the CPU; several threads may call it, each of which computes alone.

    Raises SpeakerModelBrokenError if it is none, or not as the folder says.
    """

    def __init__(self, model: SpeakerModel) -> None:
        self._model = model
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        file = model.folder / NETWORK
        try:
            self._session = onnxruntime.InferenceSession(
                str(file), providers=["CPUExecutionProvider"], sess_options=options
            )
            self._sound, self._length = _inputs(self._session)
            self._answer = _output(self._session, model.dimension)
            self.batches = not isinstance(self._session.get_inputs()[0].shape[0], int)
            frames = frames_in(round(model.window_seconds * RATE))
            self(np.zeros((1, frames, model.features.mels), np.float32))
        except Exception as error:  # onnxruntime's errors have no common base of their own
            raise SpeakerModelBrokenError(path=str(file), reason=str(error)) from error

    def __call__(self, features: Features) -> Features:
        """Embeddings of length 1 for windows × frames × mels."""
        feed: dict[str, Any] = {
            self._sound: features if self._model.layout == "time-mel" else np.swapaxes(features, 1, 2).copy()
        }
        if self._length:
            feed[self._length] = np.full(len(features), features.shape[1], np.int64)
        answer = np.asarray(self._session.run([self._answer], feed)[0], np.float32)
        if answer.shape != (len(features), self._model.dimension):
            raise ValueError(f"embeddings of {answer.shape}, not of {self._model.dimension} numbers each")
        lengths = np.linalg.norm(answer, axis=1, keepdims=True)
        return np.asarray(np.nan_to_num(answer) / np.maximum(np.nan_to_num(lengths), 1e-6), np.float32)


def _inputs(session: Any) -> tuple[str, str | None]:
    """The names of the features' input and of the one for their length, which some exports have."""
    given = session.get_inputs()
    sounds = [one.name for one in given if len(one.shape) == 3]
    lengths = [one.name for one in given if len(one.shape) == 1 and one.type == "tensor(int64)"]
    if len(sounds) != 1 or len(sounds) + len(lengths) != len(given) or len(lengths) > 1:
        raise ValueError(f"inputs are {[(one.name, one.shape) for one in given]}")
    return sounds[0], lengths[0] if lengths else None


def _output(session: Any, dimension: int) -> str:
    """The output with embeddings: some exports give the training's classes beside them."""
    given = session.get_outputs()
    fitting = [one.name for one in given if len(one.shape) == 2 and one.shape[1] == dimension]
    name: str = (fitting or [one.name for one in given])[0]
    return name


def _known(record: type, stated: dict[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(record)}
    return {key: value for key, value in stated.items() if key in names}


def _wrong(model: SpeakerModel) -> str | None:
    """The first setting that cannot be meant."""
    features = model.features
    right = {
        "dimension": 1 < model.dimension <= 4096,
        "threshold": -1.0 < model.threshold < 1.0,
        "layout": model.layout in LAYOUTS,
        "window_seconds": 0.2 <= model.window_seconds <= 10.0,
        "step_seconds": 0.1 <= model.step_seconds <= model.window_seconds,
        "least_seconds": 0.0 <= model.least_seconds <= 60.0,
        "features.mels": 1 < features.mels <= 128,
        "features.window": features.window in WINDOWS,
        "features.scale": features.scale > 0,
        "features.normalise": features.normalise in NORMALISATIONS,
    }
    return next((name for name, is_right in right.items() if not is_right), None)
