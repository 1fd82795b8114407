"""Words and utterances. Times are seconds from the start of the recording."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import overload


@dataclass(frozen=True)
class Word:
    """One word (in Japanese: one or few characters) with its model probability 0–1."""

    start: float
    end: float
    text: str
    probability: float
    filler: bool = False
    """えー, あのー and the like: kept, and hidden where that is asked for."""


@dataclass(frozen=True)
class Segment:
    """One utterance as the model marked it; `log_probability` is the mean per token of its clip."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    log_probability: float = 0.0
    no_speech_probability: float = 0.0
    again: bool = False
    """Decoded a second time."""
    speaker: str = ""
    """A label such as `S1`; empty before speakers were separated."""
    continued: bool = False
    """The rest of the segment before it, which was cut where the speaker changes."""

    def shifted(self, offset: float) -> "Segment":
        """The same segment `offset` seconds later."""
        words = tuple(replace(word, start=ms(word.start + offset), end=ms(word.end + offset)) for word in self.words)
        return replace(self, start=ms(self.start + offset), end=ms(self.end + offset), words=words)


class Flow(Sequence[Segment]):
    """Segments that are made anew each time somebody goes through them, so that a whole day of them is never in memory at once."""

    def __init__(self, again: Callable[[], Iterable[Segment]]) -> None:
        self._again = again

    def __iter__(self) -> Iterator[Segment]:
        return iter(self._again())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, index: int) -> Segment: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Segment, ...]: ...

    def __getitem__(self, index: int | slice) -> Segment | tuple[Segment, ...]:
        if isinstance(index, slice) or index < 0:
            return tuple(self)[index]
        for one in islice(self, index, None):
            return one
        raise IndexError(index)


def changed(segments: Sequence[Segment], change: Callable[[Segment], Iterable[Segment]]) -> Sequence[Segment]:
    """What becomes of the segments when each is changed into some, one or none; a flow stays one."""
    if isinstance(segments, Flow):
        return Flow(lambda: (new for one in segments for new in change(one)))
    return tuple(new for one in segments for new in change(one))


def ms(seconds: float) -> float:
    """Whole milliseconds, as every time in a record."""
    return round(seconds, 3)
