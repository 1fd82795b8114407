"""Where somebody speaks: Silero VAD over a stream, one probability per 32 ms, then spans of speech."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

WINDOW = 512  # samples per probability at 16 kHz
_CONTEXT = 64  # samples of the window before, which the network also sees


def vad_file() -> Path:
    """The network that faster-whisper ships; found without importing faster-whisper and its model code."""
    spec = find_spec("faster_whisper")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("faster-whisper is not installed")
    return sorted(Path(spec.origin).with_name("assets").glob("silero_vad*.onnx"))[-1]


@cache
def _network(file: Path) -> onnxruntime.InferenceSession:
    """Loaded once: short places are listened to again and again."""
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"], sess_options=options)


class VoiceProbability:
    """Speech probabilities of consecutive blocks; state is carried from block to block, one thread."""

    def __init__(self, file: Path | None = None) -> None:
        self._session = _network(file or vad_file())
        self._hidden = self._cell = np.zeros((1, 1, 128), np.float32)
        self._tail = np.zeros(_CONTEXT, np.float32)

    def __call__(self, samples: NDArray[np.int16]) -> NDArray[np.float32]:
        """One probability per window; the last window is filled up with silence, so only the last block may
        have a length that is no multiple of WINDOW."""
        sound = np.zeros(-(-len(samples) // WINDOW) * WINDOW, np.float32)
        np.divide(samples, 32768.0, out=sound[: len(samples)], casting="unsafe")
        windows = sound.reshape(-1, WINDOW)
        context = np.concatenate([self._tail[None], windows[:-1, -_CONTEXT:]])
        self._tail = windows[-1, -_CONTEXT:].copy()
        probabilities, self._hidden, self._cell = self._session.run(
            None, {"input": np.concatenate([context, windows], 1), "h": self._hidden, "c": self._cell}
        )
        flat: NDArray[np.float32] = probabilities.reshape(-1)
        return flat


@dataclass(frozen=True)
class VoiceRules:
    """When speech begins and ends: probabilities, and seconds of quiet that end a span."""

    begin: float = 0.5
    stay: float = 0.35
    quiet_seconds: float = 0.16
    least_seconds: float = 0.096


@dataclass(frozen=True)
class Edge:
    """Speech begins or ends at sample `at`."""

    begins: bool
    at: int


class SpanFinder:
    """Turns probabilities into edges, one window at a time, so that blocking cannot matter.

    A beginning is told once the span is long enough to count, an end once the quiet is.
    """

    def __init__(self, rules: VoiceRules | None = None) -> None:
        rules = rules or VoiceRules()
        self._begin, self._stay = rules.begin, rules.stay
        self._quiet = round(rules.quiet_seconds * 16_000)
        self._least = round(rules.least_seconds * 16_000)
        self._now = 0
        self._open: int | None = None
        self._told = False
        self._maybe_end: int | None = None

    def step(self, probability: float) -> tuple[Edge, ...]:
        """The edges that become known with the next window."""
        here, self._now = self._now, self._now + WINDOW
        if probability >= self._begin:
            self._maybe_end = None
            if self._open is None:
                self._open, self._told = here, False
        elif self._open is not None and probability < self._stay and self._maybe_end is None:
            self._maybe_end = here
        if self._open is None:
            return ()
        return (*self._beginning(self._open), *self._ending())

    def finish(self, end: int) -> tuple[Edge, ...]:
        """The end of the recording closes what is still open."""
        if self._open is None or not self._told:
            return ()
        last = end if self._maybe_end is None else self._maybe_end
        self._open = None
        return (Edge(False, min(last, end)),)

    def _beginning(self, start: int) -> tuple[Edge, ...]:
        reached = self._now if self._maybe_end is None else self._maybe_end
        if self._told or reached - start < self._least:
            return ()
        self._told = True
        return (Edge(True, start),)

    def _ending(self) -> tuple[Edge, ...]:
        if self._maybe_end is None or self._now - self._maybe_end < self._quiet:
            return ()
        self._open = None
        return (Edge(False, self._maybe_end),) if self._told else ()
