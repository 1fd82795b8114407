"""Log mel energies as Kaldi computes them: what speaker networks were trained on, whoever trained them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcribe.stretch import RATE

Features = NDArray[np.float32]

_FRAME, _SHIFT, _FFT = 400, 160, 512  # 25 ms every 10 ms
_PRE_EMPHASIS = 0.97
_LOWEST_HZ = 20.0
_FLOOR = np.float32(np.finfo(np.float32).eps)

WINDOWS = ("hamming", "povey", "hanning")
NORMALISATIONS = ("mean", "mean-deviation", "none")


@dataclass(frozen=True)
class FeatureForm:
    """How a network wants its input; the defaults are those of wespeaker's exports."""

    mels: int = 80
    window: str = "hamming"
    scale: float = 32768.0
    """What full loudness is: 32768 for 16-bit samples as they are, 1 for -1 … 1."""
    normalise: str = "mean"
    """Over the window's time: `mean` is taken off each mel, `mean-deviation` also divides, `none` leaves them."""


class Fbank:
    """Features of one form; what does not depend on the sound is computed once."""

    def __init__(self, form: FeatureForm) -> None:
        self._form = form
        self._window = _window(form.window)
        self._mels = _mel_weights(form.mels)

    def __call__(self, samples: NDArray[np.int16]) -> Features:
        """Frames × mels of at least 25 ms of sound."""
        sound = samples.astype(np.float32) * np.float32(self._form.scale / 32768.0)
        frames = np.lib.stride_tricks.sliding_window_view(sound, _FRAME)[::_SHIFT]
        frames = frames - frames.mean(axis=1, keepdims=True)
        before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
        spectrum = np.fft.rfft((frames - np.float32(_PRE_EMPHASIS) * before) * self._window, _FFT)[:, : _FFT // 2]
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        return self._normalised(np.log(np.maximum(power @ self._mels, _FLOOR)))

    def _normalised(self, features: Features) -> Features:
        if self._form.normalise == "none":
            return features
        centred: Features = features - features.mean(axis=0)
        if self._form.normalise == "mean":
            return centred
        scaled: Features = centred / (centred.std(axis=0) + np.float32(1e-5))
        return scaled


def frames_in(samples: int) -> int:
    """How many frames that many samples give."""
    return max(0, 1 + (samples - _FRAME) // _SHIFT)


def _window(name: str) -> Features:
    if name == "hamming":
        return np.hamming(_FRAME).astype(np.float32)
    hann = np.hanning(_FRAME)
    return (hann**0.85 if name == "povey" else hann).astype(np.float32)


def _mel_weights(mels: int) -> Features:
    """Triangles, evenly spaced and straight-sided in mel."""
    edges = np.linspace(_mel(_LOWEST_HZ), _mel(RATE / 2), mels + 2)
    bins = _mel(np.arange(_FFT // 2) * RATE / _FFT)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


def _mel(hertz: float | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log1p(np.asarray(hertz) / 700.0))
