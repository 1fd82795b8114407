"""Many channels to one voice: dead channels and the subwoofer are left out, opposite polarity does not cancel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_DEAD = 0.01  # of the loudest channel's peak so far (-40 dB)
_CANCELLED = 0.1  # mixed energy against the loudest channel's (power)


class Mixer:
    """Mixes blocks of one layout; remembers the loudest peak of each channel."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._voice = np.array([not name.startswith("LFE") for name in names] or [True])
        if not self._voice.any():
            self._voice[:] = True
        self._peaks = np.zeros(len(self._voice), np.float32)

    def mono(self, block: NDArray[Any]) -> NDArray[np.int16]:
        """int16 mono of a block shaped (channels, samples): int16 when there is one channel, else float32."""
        if block.dtype == np.int16:
            return np.asarray(block[0], np.int16)
        sound = np.nan_to_num(block[self._voice].astype(np.float32, copy=False))
        peaks = self._peaks[self._voice]
        peaks = np.maximum(peaks, np.abs(sound).max(axis=1, initial=0.0))
        self._peaks[self._voice] = peaks
        live = sound[peaks >= _DEAD * peaks.max()]
        mixed = live.mean(axis=0)
        power = np.square(live, dtype=np.float32).mean(axis=1)
        if np.square(mixed).mean() < _CANCELLED * power.max() / len(live) ** 2:
            mixed = live[int(power.argmax())]
        return np.asarray(np.clip(np.rint(mixed * 32768.0), -32768, 32767), np.int16)
