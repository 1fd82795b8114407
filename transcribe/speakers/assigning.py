"""Puts speakers to words by time. A segment in which the speaker changes becomes several, cut between two words."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from transcribe.segment import Flow, Segment, Word
from transcribe.speakers.turns import Turn
from transcribe.transcript import Transcript

# Seconds: words of another voice for less than this, with one voice on both sides, are an error of time.
_SHORTEST = 0.6
_NEAR = 0.6  # how far a change of voice may move …
_PAUSE = 0.15  # … to a pause between words of at least this, or to the end of a sentence
_ENDS = ("。", "．", ".", "？", "?", "！", "!")


def assigned(transcript: Transcript, turns: Sequence[Turn]) -> Transcript:
    """The same words with `speaker` filled in; text, times of words and certificate stay as they were.

    What an earlier separation cut is put together first, so that it leaves no trace.
    """
    segments, voices = transcript.segments, _Voices(turns) if turns else None

    def pieces() -> Iterator[Segment]:
        for segment in _whole(segments):
            if voices:
                yield from _split(segment, voices)
            else:
                yield segment

    return replace(transcript, segments=Flow(pieces) if isinstance(segments, Flow) else tuple(pieces()))


def _whole(segments: Iterable[Segment]) -> Iterator[Segment]:
    """As they were before any speakers were told apart."""
    held: Segment | None = None
    for segment in segments:
        if held and segment.continued:
            words = held.words + segment.words
            held = replace(held, end=segment.end, words=words, text=_text(words))
            continue
        if held:
            yield held
        held = replace(segment, speaker="", continued=False)
    if held:
        yield held


def _text(words: Iterable[Word]) -> str:
    return "".join(word.text for word in words).strip()


class _Voices:
    """Looks up who speaks in a time. Turns are in order and do not overlap."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = turns
        self._ends = [one.end for one in turns]

    def between(self, start: float, end: float) -> str:
        """Who speaks most of the time; where nobody does, whose turn is nearest."""
        at = bisect_left(self._ends, start)
        shares: dict[str, float] = {}
        for one in self._turns[at:]:
            if one.start >= end:
                break
            shares[one.speaker] = shares.get(one.speaker, 0.0) + min(end, one.end) - max(start, one.start)
        if shares and max(shares.values()) > 0:
            return max(shares, key=lambda speaker: shares[speaker])
        around = self._turns[max(0, at - 1) : at + 2]
        return min(around, key=lambda one: max(one.start - end, start - one.end, 0.0)).speaker


def _split(segment: Segment, voices: _Voices) -> Iterator[Segment]:
    words = segment.words
    # Only a text that is its words end to end can be cut at a word.
    if not words or _text(words) != segment.text.strip():
        yield replace(segment, speaker=voices.between(segment.start, segment.end))
        return
    speakers = _moved(words, _steady(words, [voices.between(word.start, word.end) for word in words]))
    begin = 0
    for speaker, run in groupby(speakers):
        end = begin + len(list(run))
        yield replace(
            segment,
            start=segment.start if begin == 0 else words[begin].start,
            end=segment.end if end == len(words) else words[end - 1].end,
            text=segment.text if end - begin == len(words) else _text(words[begin:end]),
            words=words[begin:end],
            speaker=speaker,
            continued=begin > 0,
        )
        begin = end


def _steady(words: Sequence[Word], speakers: list[str]) -> list[str]:
    """Without the short runs of words that differ from equal neighbours."""
    steady = list(speakers)
    begin = 0
    for speaker, run in groupby(speakers):
        end = begin + len(list(run))
        inside = begin > 0 and end < len(words) and steady[begin - 1] == speakers[end] != speaker
        if inside and words[end - 1].end - words[begin].start < _SHORTEST:
            steady[begin:end] = [steady[begin - 1]] * (end - begin)
        begin = end
    return steady


def _moved(words: Sequence[Word], speakers: list[str]) -> list[str]:
    """Changes moved to the end of a sentence or to a pause, if one is near: that is where people take turns."""
    moved = list(speakers)
    changes = [at for at in range(1, len(words)) if speakers[at] != speakers[at - 1]]
    place = 0
    for number, at in enumerate(changes):
        low = place + 1  # a run between two changes keeps a word at least
        high = changes[number + 1] if number + 1 < len(changes) else len(words)
        places = [one for one in range(low, high) if abs(words[one].start - words[at].start) <= _NEAR]
        better = [(_fitness(words, one), -abs(words[one].start - words[at].start), one) for one in places]
        fitness, _, place = max(better, default=(0, 0.0, at))
        if fitness > 0 and place < at:
            moved[place:at] = [speakers[at]] * (at - place)
        elif fitness > 0:
            moved[at:place] = [speakers[at - 1]] * (place - at)
    return moved


def _fitness(words: Sequence[Word], at: int) -> int:
    """How well a turn begins with this word: 2 after a sentence, 1 after a pause, 0 in the flow of words."""
    if words[at - 1].text.rstrip().endswith(_ENDS):
        return 2
    return 1 if words[at].start - words[at - 1].end >= _PAUSE else 0
