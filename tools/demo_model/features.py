"""Log-mel features exactly as faster-whisper computes them, but before they are normalised, so that they can be mixed."""

import numpy as np
import numpy.typing as npt
from faster_whisper.feature_extractor import FeatureExtractor

from demo_model.speech import RATE, Waveform

MELS = 80
FRAMES_PER_SECOND = 100
WINDOW_FRAMES = 3_000
FLOOR = -10.0
"""log10 of the least power."""

Mel = npt.NDArray[np.float32]


class MelPower:
    """log10 mel power of a sound, (frames, 80)."""

    def __init__(self) -> None:
        self._extractor = FeatureExtractor(feature_size=MELS, sampling_rate=RATE)
        self._hann = np.hanning(401)[:-1].astype(np.float32)

    def __call__(self, sound: Waveform) -> Mel:
        padded = np.pad(sound.astype(np.float32), (0, 160))
        spectrum = self._extractor.stft(padded, 400, 160, window=self._hann, return_complex=True)
        power = self._extractor.mel_filters @ (np.abs(spectrum[..., :-1].astype(np.complex64)) ** 2)
        log_power: Mel = np.log10(np.maximum(power, 1e-10)).T.astype(np.float32)
        return log_power


def normalised(log_power: Mel) -> Mel:
    """Whisper's normalisation of a whole window: 8 decades below the loudest, moved to about [-1, 1]."""
    clamped = np.maximum(log_power, FLOOR)
    moved: Mel = (np.maximum(clamped, clamped.max() - 8.0) + 4.0) / 4.0
    return moved
