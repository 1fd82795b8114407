"""Utterances as subtitle cues: short enough to read, never overlapping."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from transcribe.segment import Segment, Word
from transcribe.words.places import places

MOST_CHARACTERS = 40  # two lines of twenty full-width characters
LINE_CHARACTERS = 20
LEAST_SECONDS = 0.8
_PAUSES = "。、！？!?.,"


@dataclass(frozen=True)
class Cue:
    """One subtitle."""

    start: float
    end: float
    text: str
    speaker: str = ""


def cues(segments: Iterable[Segment]) -> list[Cue]:
    """The cues in order of time; a very short one stays on the screen a little longer."""
    found = [replace(cue, speaker=segment.speaker) for segment in segments for cue in _split(segment)]
    held = [
        replace(cue, end=max(cue.end, min(cue.start + LEAST_SECONDS, after.start))) for cue, after in pairwise(found)
    ]
    whole = held + [replace(cue, end=max(cue.end, cue.start + LEAST_SECONDS)) for cue in found[-1:]]
    return [replace(cue, end=min(cue.end, max(after.start, cue.start))) for cue, after in pairwise(whole)] + whole[-1:]


def lines(text: str) -> list[str]:
    """At most two lines, broken after punctuation where one is near the middle."""
    if len(text) <= LINE_CHARACTERS:
        return [text]
    middle = len(text) / 2
    breaks = [at for at, sign in enumerate(text[:-1], 1) if sign in _PAUSES or sign == " "]
    near = [at for at in breaks if max(at, len(text) - at) <= LINE_CHARACTERS + 4]
    at = min(near, key=lambda place: abs(place - middle)) if near else round(middle)
    return [text[:at].rstrip(), text[at:].lstrip()]


def _split(segment: Segment) -> Iterator[Cue]:
    words = _spaced(segment) or tuple(_guessed(segment))
    rest = list(words)
    while sum(len(word.text) for word in rest) > MOST_CHARACTERS:
        count = _break(rest)
        yield _cue(rest[:count])
        rest = rest[count:]
    if rest:
        whole = _cue(rest)
        # Words may lie tighter than the utterance's own marks.
        first = whole.start if len(rest) < len(words) else segment.start
        yield replace(whole, start=first, end=max(segment.end, first), text=whole.text)


def _break(words: list[Word]) -> int:
    """How many words the next cue takes: up to the last pause that fits, else as many as fit."""
    length, fit, pause = 0, 0, 0
    for count, word in enumerate(words, 1):
        length += len(word.text)
        if length > MOST_CHARACTERS:
            break
        fit = count
        if word.text.rstrip()[-1:] in _PAUSES:
            pause = count
    return pause or max(fit, 1)


def _cue(words: list[Word]) -> Cue:
    return Cue(words[0].start, words[-1].end, "".join(word.text for word in words).strip())


def _spaced(segment: Segment) -> tuple[Word, ...]:
    """The words with the blanks that stand behind them in the text: words of an alphabet are written apart."""
    begins = [begin for begin, _ in places(segment)]
    ends = [*begins[1:], len(segment.text)]
    if not begins:
        return segment.words
    return tuple(
        replace(word, text=segment.text[begin:end])
        for word, begin, end in zip(segment.words, begins, ends, strict=True)
    )


def _guessed(segment: Segment) -> Iterator[Word]:
    """Characters evenly spread over the utterance, where no word times are known."""
    share = (segment.end - segment.start) / max(len(segment.text), 1)
    for at, sign in enumerate(segment.text):
        begin = segment.start + at * share
        yield Word(round(begin, 3), round(begin + share, 3), sign, 0.0)
