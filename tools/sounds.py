"""Sounds in which nobody speaks, made by code and the same every time: silence, room noise, applause, music, tones.

    python tools/sounds.py OUT.wav KIND --seconds 60 [--seed 1] [--db -30]

KIND is silence, room_noise, applause, music, tones or chime. All are 16 kHz mono int16; `db` is the loudness (RMS) under
full scale.
"""

import argparse
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 16_000

Samples = NDArray[np.int16]
_Wave = NDArray[np.float64]

_BLOCK = 1 << 16
_KERNEL = 1 << 12
_PEOPLE = 60  # who clap
_CLAPS_PER_SECOND = 3.6
_BEAT = 0.56  # seconds: an andante
_CHORDS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))  # half-tones above the key: I vi IV V
_SCALE = (0, 2, 4, 7, 9, 12, 14, 16)
_CHIME = (659.3, 523.3, 587.3, 392.0)  # the four notes before a building's announcement


def silence(seconds: float) -> Samples:
    """Digital silence."""
    return np.zeros(_count(seconds), np.int16)


def room_noise(seconds: float, seed: int = 1, db: float = -50.0) -> Samples:
    """Air conditioning, the hum of the mains and now and then a rustle of paper."""
    rng = np.random.default_rng(seed)
    count = _count(seconds)
    air = _convolved(rng.standard_normal(count), _coloured(lambda hertz: 1.0 / np.maximum(hertz, 60.0)))
    at = np.arange(count) / RATE
    hum = sum(level * np.sin(2 * np.pi * 50 * part * at) for part, level in ((1, 0.5), (2, 0.3), (3, 0.15)))
    paper = _convolved(rng.standard_normal(count), _coloured(_band(1500, 6000))) * _bursts(count, rng, 12.0, 0.35)
    return _levelled(_unit(air) + 0.3 * hum + 0.7 * _unit(paper), db)


def applause(seconds: float, seed: int = 1, db: float = -20.0) -> Samples:
    """Sixty people clap; each clap is a short burst with a colour of its own, and the room answers."""
    rng = np.random.default_rng(seed)
    count = _count(seconds)
    sound = np.zeros(count)
    for centre in (900.0, 1300.0, 1800.0, 2500.0):
        hits = np.zeros(count)
        for _ in range(_PEOPLE // 4):
            pace = _CLAPS_PER_SECOND * rng.uniform(0.8, 1.2)
            waits = rng.normal(1.0 / pace, 0.03, int(seconds * pace * 1.2) + 8).clip(0.08)
            places = ((rng.uniform(0, 1.0 / pace) + waits.cumsum()) * RATE).astype(np.int64)
            places = places[places < count]
            np.add.at(hits, places, rng.uniform(0.4, 1.0, len(places)))
        sound += _convolved(hits, _clap(rng, centre))
    tail = rng.standard_normal(_KERNEL) * np.exp(-np.arange(_KERNEL) / (0.12 * RATE))
    tail[0] = 8.0  # the clap itself before its echo
    return _levelled(_convolved(sound, tail), db)


def music(seconds: float, seed: int = 1, db: float = -22.0) -> Samples:
    """Held chords, a bass, and a melody that is plucked in one phrase and bowed with vibrato in the next."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(_count(seconds) + 8 * RATE)
    key = float(rng.choice([174.6, 196.0, 220.0, 246.9]))
    for bar in range(int(seconds / (4 * _BEAT)) + 1):
        begin = bar * 4 * _BEAT
        chord = _CHORDS[bar % 4]
        for step in chord:
            _add(sound, begin, _note(_pitch(key, step), 4 * _BEAT, (1.0, 0.5, 0.33, 0.2, 0.12), 0.25, 0.15))
        _add(sound, begin, 1.5 * _note(_pitch(key, chord[0] - 12), 4 * _BEAT, (1.0, 0.6, 0.2), 0.02, 1.2))
        bowed = bar // 4 % 2 == 1
        for beat in range(4 if bowed else 8):
            length = _BEAT * (1.0 if bowed else 0.5)
            pitch = _pitch(key, int(rng.choice(_SCALE)) + 12)
            parts = (1.0, 0.7, 0.55, 0.4, 0.3, 0.2, 0.15) if bowed else (1.0, 0.5, 0.25, 0.1)
            note = _note(pitch, length, parts, 0.08 if bowed else 0.005, 0.1 if bowed else 3.5, vibrato=bowed)
            _add(sound, begin + beat * length, 1.6 * note)
    return _levelled(sound[: _count(seconds)], db)


def tones(seconds: float, hertz: Sequence[float] = (440.0, 1000.0, 400.0), db: float = -14.0) -> Samples:
    """Pure tones one after the other, two seconds each with a second between: recorders' beeps, telephones, test tones."""
    at = np.arange(_count(seconds)) / RATE
    which = (at // 3.0).astype(int) % len(hertz)
    sounding = at % 3.0 < 2.0
    return _levelled(np.sin(2 * np.pi * np.asarray(hertz)[which] * (at % 3.0)) * sounding, db)


def chime(seconds: float, db: float = -20.0) -> Samples:
    """The four notes that open an announcement, every six seconds."""
    sound = np.zeros(_count(seconds) + 8 * RATE)
    for turn in range(int(seconds / 6.0) + 1):
        for number, pitch in enumerate(_CHIME):
            _add(sound, turn * 6.0 + number * 0.6, _note(pitch, 2.0, (1.0, 0.3, 0.15, 0.05), 0.004, 2.2))
    return _levelled(sound[: _count(seconds)], db)


def louder(samples: Samples, db: float) -> Samples:
    """The same sound `db` decibels louder (softer, if negative), clipped where it does not fit."""
    return _rounded(samples.astype(np.float64) * 10 ** (db / 20))


def added(samples: Samples, other: Samples) -> Samples:
    """Both at once; the longer one's length."""
    whole = np.zeros(max(len(samples), len(other)))
    whole[: len(samples)] += samples
    whole[: len(other)] += other
    return _rounded(whole)


def _count(seconds: float) -> int:
    return round(seconds * RATE)


def _pitch(key: float, half_tones: int) -> float:
    return float(key * 2 ** (half_tones / 12))


def _note(
    hertz: float, seconds: float, parts: Sequence[float], attack: float, decay: float, vibrato: bool = False
) -> _Wave:
    """Harmonics of the given strengths; `decay` is how fast it dies (per second), and it always ends softly."""
    at = np.arange(_count(seconds)) / RATE
    phase = 2 * np.pi * hertz * at
    if vibrato:
        phase = phase + 0.012 * hertz / 5.5 * np.sin(2 * np.pi * 5.5 * at)
    sound = sum(level * np.sin(part * phase) for part, level in enumerate(parts, 1) if part * hertz < RATE / 2)
    shape = np.minimum(1.0, at / attack) * np.exp(-decay * at) * np.minimum(1.0, (seconds - at) / 0.04)
    return np.asarray(sound * shape)


def _add(sound: _Wave, seconds: float, note: _Wave) -> None:
    begin = _count(seconds)
    piece = note[: len(sound) - begin]
    sound[begin : begin + len(piece)] += piece


def _clap(rng: np.random.Generator, centre: float) -> _Wave:
    """Twelve milliseconds of noise around `centre` hertz."""
    at = np.arange(_count(0.04)) / RATE
    body = rng.standard_normal(len(at)) * 0.5 + np.sin(2 * np.pi * centre * at)
    return np.asarray(body * np.exp(-at / 0.006))


def _bursts(count: int, rng: np.random.Generator, every: float, length: float) -> _Wave:
    """A slow loudness: mostly 0, at random about once per `every` seconds a bump of `length` seconds."""
    hits = np.zeros(count)
    hits[rng.random(count) < 1.0 / (every * RATE)] = 1.0
    return _convolved(hits, np.hanning(_count(length)))


def _coloured(strength: Callable[[_Wave], _Wave]) -> _Wave:
    """A filter whose gain over frequency is `strength`."""
    hertz = np.asarray(np.fft.rfftfreq(_KERNEL, 1 / RATE), np.float64)
    return np.asarray(np.roll(np.fft.irfft(strength(hertz)), _KERNEL // 2) * np.hanning(_KERNEL))


def _band(low: float, high: float) -> Callable[[_Wave], _Wave]:
    return lambda hertz: ((hertz > low) & (hertz < high)).astype(np.float64)


def _convolved(sound: _Wave, kernel: _Wave) -> _Wave:
    """`sound` through a filter, block by block, with the length of `sound`."""
    size = _BLOCK + _KERNEL * 2
    bent = np.fft.rfft(kernel, size)
    out = np.zeros(len(sound) + size)
    for begin in range(0, len(sound), _BLOCK):
        out[begin : begin + size] += np.fft.irfft(np.fft.rfft(sound[begin : begin + _BLOCK], size) * bent, size)
    return out[: len(sound)]


def _unit(sound: _Wave) -> _Wave:
    power = float(np.sqrt(np.square(sound).mean())) if len(sound) else 0.0
    return sound / power if power else sound


def _levelled(sound: _Wave, db: float) -> Samples:
    return _rounded(_unit(sound) * 32768.0 * 10 ** (db / 20))


def _rounded(sound: _Wave) -> Samples:
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


KINDS = ("silence", "room_noise", "applause", "music", "tones", "chime")


def made(kind: str, seconds: float, seed: int = 1, db: float | None = None) -> Samples:
    """The sound of that name; `db` None leaves it as loud as it comes."""
    makers: dict[str, Callable[..., Samples]] = {
        "silence": lambda: silence(seconds),
        "room_noise": lambda **loud: room_noise(seconds, seed, **loud),
        "applause": lambda **loud: applause(seconds, seed, **loud),
        "music": lambda **loud: music(seconds, seed, **loud),
        "tones": lambda **loud: tones(seconds, **loud),
        "chime": lambda **loud: chime(seconds, **loud),
    }
    return makers[kind]() if db is None or kind == "silence" else makers[kind](db=db)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Make a sound in which nobody speaks.")
    parser.add_argument("out", type=Path)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--db", type=float)
    arguments = parser.parse_args()
    with wave.open(str(arguments.out), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(made(arguments.kind, arguments.seconds, arguments.seed, arguments.db).astype("<i2").tobytes())


if __name__ == "__main__":
    main()
