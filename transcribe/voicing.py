"""Is there a voice in it? What voice detection takes for speech now and then: the onset of a tone, a ringing telephone, a hum.

Sound that keeps its spectrum for tenths of a second is no speech: no one holds pitch and mouth that still. But somebody may
speak beside it. So steady lines are taken away, and voice detection is asked about the rest.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from transcribe.stretch import RATE, Span
from transcribe.voice import WINDOW, VoiceProbability, VoiceRules

Floats = NDArray[np.float32]

_FRAME = 1024  # 64 ms: long enough to see one harmonic of a low voice apart from the next
_AROUND = 0.5  # seconds on both sides, because false alarms are often only the first tenth of a long sound
_STEADY = 0.995  # likeness of neighbouring frames; real speech stays below 0.7, also over loud music, a drawled vowel below 0.993
_LOUD = 0.06  # of the loudest frame's amplitude (-25 dB): quieter frames say nothing
_LINE = 1.5  # a bin whose louder half differs less than that is a line; noise differs by 1.8, speech by 3 and more
_LEAST_VOICE = 0.1  # seconds that have to be left for a span to stay
_CONTEXT = 2.0  # seconds the network hears before it is believed
_QUIET, _GAIN = 1000.0, 10.0
_SILENT = 2.0  # root mean square of int16 samples (-84 dB under full scale): less is the converter's own noise


def spoken(spans: Sequence[Span], samples: NDArray[np.int16], offset: float = 0.0) -> list[Span]:
    """The spans that hold a voice; when in doubt a span stays. `samples` begin `offset` seconds into the recording."""
    return [span for span in spans if _may_hold_voice(span, samples, offset)]


def voice(samples: NDArray[np.int16], start: float, end: float) -> Floats:
    """Probabilities of speech in each 32 ms between two times (seconds from the first sample), the network warm before.

    What is quiet is listened to amplified too: the network notices a far voice only when it is louder.
    """
    begin, stop = _places(start, end, len(samples))
    lead = min(begin, round(_CONTEXT * RATE)) // WINDOW * WINDOW
    sound = samples[begin - lead : stop]
    if begin == stop:
        return np.empty(0, np.float32)
    heard = VoiceProbability()(sound)
    if _level(samples[begin:stop]) < _QUIET:
        amplified = np.clip(sound.astype(np.float32) * _GAIN, -32768, 32767).astype(np.int16)
        heard = np.maximum(heard, VoiceProbability()(amplified))
    return heard[lead // WINDOW :]


def silent(samples: NDArray[np.int16], start: float, end: float) -> bool:
    """Nothing is on record between two times but the converter's own noise. A place without samples says nothing: it is not silent."""
    begin, stop = _places(start, end, len(samples))
    return begin < stop and _level(samples[begin:stop]) < _SILENT


def _level(samples: NDArray[np.int16]) -> float:
    return float(np.sqrt(np.square(samples.astype(np.float32)).mean())) if len(samples) else 0.0


def _may_hold_voice(span: Span, samples: NDArray[np.int16], offset: float) -> bool:
    start, end = span.start - offset, span.end - offset
    begin, stop = _places(start - _AROUND, end + _AROUND, len(samples))
    sound = samples[begin:stop].astype(np.float32)
    if _steadiness(sound) < _STEADY:
        return True
    begin, stop = _places(start - _CONTEXT, end + _AROUND, len(samples))
    rest = np.rint(_without_lines(samples[begin:stop].astype(np.float32))).clip(-32768, 32767).astype(np.int16)
    rules = VoiceRules()
    heard = voice(rest, start - begin / RATE - _AROUND, end - begin / RATE + _AROUND) >= rules.begin
    return float(heard.sum()) * WINDOW / RATE >= _LEAST_VOICE


def _steadiness(sound: Floats) -> float:
    """How alike frames are to the next, 0–1: the median over frames that are loud enough."""
    whole = len(sound) // _FRAME * _FRAME
    if whole < 2 * _FRAME:
        return 0.0
    spectra = _spectra(sound[:whole].reshape(-1, _FRAME))
    power = np.sqrt(np.square(spectra).sum(axis=1))
    if not power.max():
        return 0.0
    loud = power >= _LOUD * power.max()
    both = loud[1:] & loud[:-1]
    if not both.any():
        return 0.0
    alike = (spectra[1:] * spectra[:-1]).sum(axis=1)[both] / (power[1:] * power[:-1])[both]
    return float(np.median(alike))


def _spectra(frames: Floats) -> Floats:
    """Magnitudes without what lies below speech."""
    return np.abs(np.fft.rfft(frames * np.hanning(_FRAME).astype(np.float32)))[:, 4:].astype(np.float32)


def _without_lines(sound: Floats) -> Floats:
    """The sound less the frequencies at which it holds still."""
    step = _FRAME // 2
    padded = np.pad(sound, (step, step + -len(sound) % step))
    window = np.sqrt(np.hanning(_FRAME + 1)[:-1]).astype(np.float32)  # applied twice, halves that overlap add up to one
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::step]
    spectra = np.fft.rfft(frames * window)
    strength = np.abs(spectra)
    loud = strength.max(axis=1) >= _LOUD * strength.max()
    middle, high = np.percentile(strength[loud], (50, 90), axis=0)
    line = high < _LINE * middle
    line = line | np.roll(line, 1) | np.roll(line, -1)  # a line leaks into the bins beside it
    pieces = np.fft.irfft(np.where(line, 0, spectra), _FRAME) * window
    rest = np.zeros(len(padded), np.float32)
    for index, piece in enumerate(pieces):
        rest[index * step : index * step + _FRAME] += piece
    return rest[step : step + len(sound)]


def _places(start: float, end: float, length: int) -> tuple[int, int]:
    """Two times as samples, inside the sound."""
    begin = min(max(round(start * RATE), 0), length)
    return begin, min(max(round(end * RATE), begin), length)
