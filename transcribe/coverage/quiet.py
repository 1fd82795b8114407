"""Speech that voice detection did not notice: the network hears a far voice only when it is louder, and after a long silence it has
grown deaf (Silero carries its state along: after half a minute of room noise a whole loud sentence went unheard).

So what stands out of the background, and is no speech yet, is listened to three times more, afresh: windows begin elsewhere, and what is
neither loud nor very soft is louder each time.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from transcribe.coverage.intervals import fused, seconds, within, without
from transcribe.stretch import RATE, Span
from transcribe.voice import WINDOW, SpanFinder, VoiceProbability

_GAIN = 10.0  # at most; nothing is made quieter
_HEARINGS = ((0, 2000.0), (WINDOW // 3, 4000.0), (2 * WINDOW // 3, 8000.0))
"""Where the windows begin, and the root mean square of int16 samples that the loudest part of a place is brought to.

What one hearing finds of a voice hangs on both: in 185 minutes of made meetings (make_meeting.py --lively, seeds 1 and 11 to 13) one missed
11.3 s of 7,043, all together miss 4.1 s, and they hear no more where nobody speaks."""
_STANDS_OUT = 2.0  # times the background
_SILENT = 8.0
_LEAST = 0.25  # seconds that stand out, and seconds of speech that are then added
_TOGETHER = 0.5  # seconds between sounds that are listened to in one go
_CONTEXT = 1.0  # seconds the network hears before and after


def with_quiet_speech(spans: Sequence[Span], samples: NDArray[np.int16]) -> list[Span]:
    """The spans of speech and those that went unnoticed, seconds from the first sample."""
    known = fused(spans)
    heard = [one for place in _standing_out(spans, samples) for one in without(_listened(place, samples), known)]
    # The unnoticed beginning of a sentence is one with the rest of it: cut there, the sentence might come in two clips.
    return fused([*spans, *(one for one in heard if one.end - one.start >= _LEAST)])


def _standing_out(spans: Sequence[Span], samples: NDArray[np.int16]) -> Iterator[Span]:
    """Sound between the spans that is louder than the background."""
    windows = samples[: len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW).astype(np.float32)
    if not len(windows):
        return
    level = np.sqrt(np.square(windows).mean(axis=1))
    floor = max(_SILENT, float(np.percentile(level, 10)))
    candidate = level > _STANDS_OUT * floor
    for span in spans:
        candidate[int(span.start * RATE / WINDOW) : int(np.ceil(span.end * RATE / WINDOW))] = False
    ticks = np.flatnonzero(np.diff(np.concatenate([[False], candidate, [False]]).astype(np.int8)))
    runs = [Span(begin * WINDOW / RATE, end * WINDOW / RATE) for begin, end in ticks.reshape(-1, 2).tolist()]
    for place in fused(runs, _TOGETHER):
        if seconds(within(runs, place.start, place.end)) >= _LEAST:
            yield place


def _listened(place: Span, samples: NDArray[np.int16]) -> list[Span]:
    """Speech in the sound. What one hearing alone takes for speech is not: of a melody each takes another tone for a voice."""
    hearings = [_heard(place, samples, shift, level) for shift, level in _HEARINGS]
    found: list[Span] = []
    for mine in hearings:
        others = [one for hearing in hearings if hearing is not mine for one in hearing]
        found += [one for one in mine if any(one.start < each.end and each.start < one.end for each in others)]
    return fused(found)


def _heard(place: Span, samples: NDArray[np.int16], shift: int, level: float) -> list[Span]:
    """Speech in the sound at one loudness, windows beginning `shift` samples later."""
    own = samples[round(place.start * RATE) : round(place.end * RATE)].astype(np.float32)
    loudest = float(np.sqrt(np.square(own[: len(own) // WINDOW * WINDOW].reshape(-1, WINDOW)).mean(axis=1)).max())
    first = max(0, round((place.start - _CONTEXT) * RATE)) + shift
    sound = samples[first : round((place.end + _CONTEXT) * RATE)].astype(np.float32)
    sound *= min(_GAIN, max(1.0, level / loudest))
    finder = SpanFinder()
    probabilities = VoiceProbability()(np.clip(sound, -32768, 32767).astype(np.int16)).tolist()
    edges = [edge for one in probabilities for edge in finder.step(one)] + list(finder.finish(len(sound)))
    times = [(first + edge.at) / RATE for edge in edges]
    return [Span(start, end) for start, end in zip(times[::2], times[1::2], strict=True)]
