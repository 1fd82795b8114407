"""A stretch: a few minutes of a recording, cut where nobody speaks; the unit that one worker transcribes."""

import io
import json
import wave
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcribe.transcript import Damage

RATE = 16_000


@dataclass(frozen=True)
class Span:
    """Speech from `start` to `end`, seconds of the recording, without padding."""

    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Stretch:
    """Samples from `start` to `end` (seconds of the recording) and the speech in them."""

    index: int
    start: float
    end: float
    spans: tuple[Span, ...]
    samples: NDArray[np.int16]
    damage: tuple[Damage, ...] = ()

    @property
    def speech(self) -> float:
        """Seconds of speech."""
        return round(sum(span.end - span.start for span in self.spans), 3)

    def to_json(self) -> str:
        """Everything but the samples, as stable text."""
        record = {
            "index": self.index,
            "start": self.start,
            "end": self.end,
            "spans": [[span.start, span.end] for span in self.spans],
            "damage": [asdict(one) for one in self.damage],
        }
        return json.dumps(record, sort_keys=True) + "\n"

    def to_wav(self) -> bytes:
        """The samples as a 16-bit mono WAV file."""
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(self.samples.astype("<i2", copy=False).tobytes())
        return buffer.getvalue()

    @classmethod
    def read(cls, record: str | bytes, wav: bytes) -> "Stretch":
        """The stretch that `to_json` and `to_wav` wrote."""
        fields: dict[str, Any] = json.loads(record)
        with wave.open(io.BytesIO(wav), "rb") as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return cls(
            fields["index"],
            fields["start"],
            fields["end"],
            tuple(Span(start, end) for start, end in fields["spans"]),
            samples,
            tuple(Damage(**one) for one in fields["damage"]),
        )
