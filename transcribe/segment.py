"""Words and utterances. Times are seconds from the start of the recording."""

from dataclasses import dataclass, replace


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
    temperature: float = 0.0
    again: bool = False
    """Decoded a second time."""
    speaker: str = ""
    """A label such as `S1`; empty before speakers were separated."""

    def shifted(self, offset: float) -> "Segment":
        """The same segment `offset` seconds later."""
        words = tuple(replace(word, start=ms(word.start + offset), end=ms(word.end + offset)) for word in self.words)
        return replace(self, start=ms(self.start + offset), end=ms(self.end + offset), words=words)


def ms(seconds: float) -> float:
    """Whole milliseconds, as every time in a record."""
    return round(seconds, 3)
