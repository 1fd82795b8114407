"""The engine: windows of speech → embeddings → voices → turns. Overlapping speech is given to one voice only.

Threads share out whole batches and each computes alone: sums in another order would give other last digits, and the turns of
a recording may not depend on the machine's number of cores.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from transcribe.speakers import timeline
from transcribe.speakers.clustering import Wanted, voices
from transcribe.speakers.features import Fbank
from transcribe.speakers.model import Network, SpeakerModel, read_model
from transcribe.speakers.turns import MOST_SPEAKERS, Progress, Turn
from transcribe.speakers.windows import SpeechWindows, Spoken, Window
from transcribe.stretch import RATE

_BATCH = 16
_LEAST = round(0.3 * RATE)  # shorter speech says too little of its voice; it goes with its neighbours


def open_separator(folder: Path, threads: int = 1) -> "EmbeddingSeparator":
    """The `Separator` of a model folder. Raises SpeakerModelMissingError or, here or on entering, SpeakerModelBrokenError."""
    return EmbeddingSeparator(read_model(folder), threads)


def no_progress(_: float) -> None:
    """Takes the seconds heard and does nothing with them."""


@dataclass(frozen=True, eq=False)
class Heard:
    """Speech, the begin and end of each window (in samples), and its embedding, of length 1."""

    spoken: list[Spoken]
    places: NDArray[np.int64]
    embeddings: NDArray[np.float16]

    def likeness(self, found: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosine of each window to each voice."""
        return np.concatenate([some.astype(np.float32) @ found.T for some in np.array_split(self.embeddings, 64)])


class EmbeddingSeparator:
    """See `Separator`. What it keeps of a recording is one embedding for each window."""

    def __init__(self, model: SpeakerModel, threads: int) -> None:
        self.model, self._threads = model, max(1, threads)
        self._fbank = Fbank(model.features)
        self._length, self._step = round(model.window_seconds * RATE), round(model.step_seconds * RATE)
        self._network: Network | None = None

    def __enter__(self) -> Self:
        self._network = Network(self.model)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._network = None

    def turns(
        self,
        blocks: Iterable[NDArray[np.int16]],
        *,
        speakers: int | None = None,
        least: int = 1,
        most: int = MOST_SPEAKERS,
        progress: Progress = no_progress,
    ) -> list[Turn]:
        """See `Separator.turns`. No turns where nobody speaks."""
        low, high = (least, most) if speakers is None else (speakers, speakers)
        if not 1 <= low <= high:
            raise ValueError("the number of speakers begins at 1, and the least cannot be above the most")
        heard = self.heard(blocks, progress)
        if not heard.spoken:
            return []
        if not len(heard.places):  # a word or two, too short to be told apart
            return timeline.turns(heard.spoken, heard.places, np.zeros((0, 1), np.float32))
        return timeline.turns(heard.spoken, heard.places, heard.likeness(self.voices(heard, low, high)))

    def heard(self, blocks: Iterable[NDArray[np.int16]], progress: Progress = no_progress) -> Heard:
        """The first half of the work: what each window sounds like."""
        if self._network is None:
            raise RuntimeError("a Separator works inside its `with` block")
        windows = SpeechWindows(self._length, self._step, _LEAST)
        places, embeddings = self._embedded(self._network, windows, blocks, progress)
        progress(windows.heard / RATE)
        return Heard(windows.spoken, places, embeddings)

    def voices(self, heard: Heard, least: int, most: int) -> NDArray[np.float32]:
        """One direction for each voice; there must be a window."""
        weights = _weights(heard.places, self._length)
        # In short recordings a voice may be as short as an eighth of the whole.
        shortest = min(self.model.least_seconds / self.model.step_seconds, float(weights.sum()) / 8)
        return voices(heard.embeddings, weights, Wanted(least, most, self.model.threshold, shortest))

    def _embedded(
        self, network: Network, windows: SpeechWindows, blocks: Iterable[NDArray[np.int16]], progress: Progress
    ) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        """Begin and end of each window, and its embedding."""
        places: list[tuple[int, int]] = []
        embeddings = [np.zeros((0, self.model.dimension), np.float16)]
        size = _BATCH if network.batches else 1

        def embed(batch: Sequence[Window]) -> NDArray[np.float16]:
            features = np.stack([self._fbank(self._filled(one.sound)) for one in batch])
            return network(features).astype(np.float16)

        with ThreadPoolExecutor(self._threads) as pool:
            for some in _batches(windows.over(blocks), size * self._threads):
                batches = [some[begin : begin + size] for begin in range(0, len(some), size)]
                embeddings += pool.map(embed, batches)
                places += [(one.begin, one.end) for one in some]
                progress(some[-1].end / RATE)
        return np.array(places, np.int64).reshape(-1, 2), np.concatenate(embeddings)

    def _filled(self, sound: NDArray[np.int16]) -> NDArray[np.int16]:
        """Short speech again and again until the window is full: networks were trained on full windows."""
        return sound if len(sound) == self._length else np.resize(sound, self._length)


def _weights(places: NDArray[np.int64], length: int) -> NDArray[np.float32]:
    return ((places[:, 1] - places[:, 0]) / length).astype(np.float32)


def _batches(windows: Iterable[Window], size: int) -> Iterator[list[Window]]:
    batch: list[Window] = []
    for one in windows:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
