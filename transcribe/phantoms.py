"""Takes out the sentences that the model gave and nobody said, each with its time and the reason.

Only what speaks against a sentence takes it out, never a list alone: no sound, no voice, a voice far too short for so much
text, or (for the sentences that models are known to write into silence) no voice and certainty that both support it.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transcribe.certificate import Removed
from transcribe.coverage.doubts import probability
from transcribe.coverage.intervals import seconds, within
from transcribe.packing import PADDING
from transcribe.phrases import Sort, bare, sort_of
from transcribe.segment import Segment, Word
from transcribe.stretch import RATE, Span
from transcribe.voice import WINDOW
from transcribe.voicing import silent, voice

SILENCE, NO_VOICE, TOO_MUCH, PHRASE, SOUND, UNSURE = "silence", "no-voice", "too-much-text", "phrase", "sound", "unsure"

_REACH = 0.5  # seconds: time marks are off by that much, and voice detection by 0.1
_ASTRAY = _REACH + PADDING  # … where marks leave the text no time: drawn back to their clip's end, behind the voice
_LEAST_ROOM = 0.3  # seconds: in less, what is off by that much says nothing
_SURE = 0.85  # mean probability of its words from which a sentence that fits its voice is looked at no further
_SUPPORTS = 0.6  # … that speaks for a sentence of the list
_NOBODY = 0.09  # seconds of likely speech: below that nobody speaks there; a rustle of paper reaches 0.06
_SPEAKING = 0.5
_FASTEST = 16.0  # morae a second; announcers reach 10
_LETTERS = 0.4  # of a mora: one letter of an alphabet
_FAR_TOO_MUCH = 0.5  # share of the shortest time that must at least be voice: detection misses soft endings
_ENOUGH_TEXT = 6.0  # morae; shorter text has no rate
_SILENT, _UNLIKELY = 0.6, -1.0  # the model's own two figures for "nobody speaks here" (Whisper's authors)
_ENDS, _SIGNS = "。．！？!?", "♪♫♬"
_OPENING, _CLOSING = "（(［[【〔", "）)］]】〕"
_SENTENCES = re.compile(
    rf"[{_SIGNS}]+[{_ENDS}〜～]*"
    rf"|[{re.escape(_OPENING)}][^{re.escape(_CLOSING)}]*[{re.escape(_CLOSING)}][{_ENDS}]*"
    rf"|[^{_ENDS}{_SIGNS}{re.escape(_OPENING)}]+[{_ENDS}]*"
    rf"|."
)


@dataclass(frozen=True)
class _Sound:
    """What is on record around the sentences."""

    samples: NDArray[np.int16]
    spans: Sequence[Span]
    offset: float
    sure: float

    def around(self, piece: Segment, before: float, after: float) -> tuple[float, float]:
        """Where a sentence may have been said: as far as its neighbours' text, unless that leaves it no room."""
        start = min(max(piece.start - _REACH, before), piece.start)
        end = max(min(piece.end + _REACH, after), piece.end)
        room = min(end, self.offset + len(self.samples) / RATE) - max(start, self.offset)
        least = shortest(piece.text)
        if sort_of(piece.text) is Sort.FOREIGN:  # a neighbour's voice is no support for what nobody says in an office
            return start, end
        if piece.end - piece.start < least:
            return piece.start - _ASTRAY, piece.end + _ASTRAY
        if room < max(least, _LEAST_ROOM):
            return piece.start - _REACH, piece.end + _REACH
        return start, end

    def speech(self, start: float, end: float) -> float:
        """Seconds of speech by voice detection over the whole stretch."""
        return seconds(within(self.spans, start, end))

    def silent(self, start: float, end: float) -> bool:
        return silent(self.samples, start - self.offset, end - self.offset)

    def voice(self, start: float, end: float) -> float:
        """Seconds of likely speech, listened to once more."""
        heard = voice(self.samples, start - self.offset, end - self.offset)
        return float((heard >= _SPEAKING).sum()) * WINDOW / RATE


def sift(
    segments: Sequence[Segment],
    samples: NDArray[np.int16],
    spans: Sequence[Span],
    offset: float = 0.0,
    *,
    doubtful: float = 0.0,
) -> tuple[list[Segment], list[Removed]]:
    """What was said, and what was taken out. `samples` begin `offset` seconds into the recording; all times are the recording's.

    `doubtful` is the model's own: the mean probability of its words below which its sentences are doubtful.
    """
    sound = _Sound(samples, spans, offset, max(_SURE, doubtful))
    pieces = [(segment, piece) for segment in segments for piece in _apart(segment)]
    kept: list[Segment] = []
    removed: list[Removed] = []
    open_for: Segment | None = None  # the segment whose last piece was kept
    for index, (segment, piece) in enumerate(pieces):
        before = pieces[index - 1][1].end if index else -math.inf
        after = pieces[index + 1][1].start if index + 1 < len(pieces) else math.inf
        if reason := _reason(piece, sound, *sound.around(piece, before, after)):
            removed.append(Removed(round(piece.start, 3), round(piece.end, 3), piece.text, reason))
            open_for = None
        elif open_for is segment:
            kept[-1] = _joined(kept[-1], piece)
        else:
            kept.append(piece)
            open_for = segment
    return kept, removed


def listed(before: Sequence[Removed], after: Sequence[Removed], kept: Sequence[Segment]) -> list[Removed]:
    """What was taken out `before` and `after` its place was read again, once each, and not what the second reading proved."""
    stands = [(one.start, one.end, one.text) for one in after] + [(one.start, one.end, one.text) for one in kept]
    gone = [one for one in before if not _stands(one, stands)]
    return sorted([*gone, *after], key=lambda one: (one.start, one.end))


def _stands(one: Removed, others: Sequence[tuple[float, float, str]]) -> bool:
    said = bare(one.text) or one.text
    near = (text for start, end, text in others if start - _REACH <= one.end and one.start <= end + _REACH)
    return any(said in (bare(text) or text) for text in near)


def shortest(text: str) -> float:
    """Seconds that the text takes at least, by a rough count of its morae (a kanji has one or more)."""
    return _morae(text) / _FASTEST


def _reason(piece: Segment, sound: _Sound, start: float, end: float) -> str | None:
    """Why nobody can have said it between these times, or None."""
    sort = sort_of(piece.text)
    if sort is Sort.SOUND:
        return SOUND
    speech, least, certain = sound.speech(start, end), shortest(piece.text), math.exp(probability(piece))
    if sort is None and certain >= sound.sure and speech >= least:
        return None
    if sound.silent(start, end):
        return SILENCE
    heard = sound.voice(start, end)
    if heard < _NOBODY:
        return NO_VOICE
    if piece.no_speech_probability > _SILENT and piece.log_probability < _UNLIKELY:
        return UNSURE
    speech = max(speech, heard)
    if sort is not None:
        supported = speech >= least and (sort is Sort.OFFICE or certain >= _SUPPORTS)
        return None if supported else PHRASE
    return TOO_MUCH if speech < _FAR_TOO_MUCH * least and _morae(piece.text) >= _ENOUGH_TEXT else None


def _morae(text: str) -> float:
    plain = bare(text)
    return sum(_LETTERS if one.isascii() and one.isalpha() else 1.0 for one in plain)


def _apart(segment: Segment) -> list[Segment]:
    """The segment, or its sentences where one of them is on the lists and word times tell where it stands."""
    sentences = [one for one in _SENTENCES.findall(segment.text) if one.strip()]
    if len(sentences) < 2 or not any(map(sort_of, sentences)) or sort_of(segment.text):
        return [segment]
    shares = list(_shared(sentences, segment.words))
    if len(shares) != len(sentences) or not all(shares):
        return [segment]
    found = []
    for sentence, words in zip(sentences, shares, strict=True):
        found.append(replace(segment, start=words[0].start, end=words[-1].end, text=sentence, words=tuple(words)))
    found[0] = replace(found[0], start=min(segment.start, found[0].start))
    found[-1] = replace(found[-1], end=max(segment.end, found[-1].end))
    return found


def _shared(sentences: Sequence[str], words: Sequence[Word]) -> Iterator[list[Word]]:
    """The words of each sentence; ends early where words and text do not agree."""
    at = 0
    for sentence in sentences:
        wanted, mine = re.sub(r"\s", "", sentence), []
        while wanted and at < len(words) and wanted.startswith(text := re.sub(r"\s", "", words[at].text)):
            wanted = wanted[len(text) :]
            mine.append(words[at])
            at += 1
        if wanted:
            return
        yield mine


def _joined(one: Segment, other: Segment) -> Segment:
    return replace(one, end=other.end, text=one.text + other.text, words=one.words + other.words)
