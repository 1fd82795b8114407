"""What a speaker separation gives, and what one must be able to do."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[float], None]

MOST_SPEAKERS = 8
"""How many voices are told apart at most where nobody says how many there are."""


@dataclass(frozen=True)
class Turn:
    """One voice speaks from `start` to `end`, seconds of the recording. `speaker` is `S1`, `S2` … in order of first speaking."""

    start: float
    end: float
    speaker: str


class Separator(Protocol):
    """Tells voices apart. A context manager: the model is loaded on entering and freed on leaving."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def turns(
        self,
        blocks: Iterable[NDArray[np.int16]],
        *,
        speakers: int | None = None,
        least: int = 1,
        most: int = MOST_SPEAKERS,
        progress: Progress = ...,
    ) -> list[Turn]:
        """The turns of a recording in order, none of them overlapping another.

        `blocks` are its 16 kHz mono samples, in pieces of any length. `speakers` fixes the number of voices; without it
        the number is found between `least` and `most`. `progress` gets the seconds heard; what it raises ends the work.
        """
        ...
