"""Joins the shipped speech samples to a meeting recording of any length, with its truth.

    python tools/make_meeting.py OUT.m4a --minutes 10 [--lively [--seed 1]] [--truth OUT.json] [--samples samples/speech]

The samples follow each other in order, again and again, with a pause between them; the ending of OUT chooses the container.
With `--lively` single sentences follow each other as in a hall: room noise, a loud and a quiet side of the table, people who
fall into each other's words, applause, half a minute in which nobody speaks.
"""

import argparse
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import sounds
from numpy.typing import NDArray

RATE = 16_000
PAUSE = 1.2
CODECS = {".wav": "pcm_s16le", ".flac": "flac", ".m4a": "aac", ".mp3": "libmp3lame", ".ogg": "libopus"}

EDGE = 0.1
"""Seconds of a sample kept around a sentence."""
QUIET = {"B": -12.0, "D": -12.0}
"""The voices on the far side of the table, in decibels."""
NOISE_DB = -52.0
SCENE_SECONDS = 75.0
"""A lively meeting is made of scenes, each with applause or a silence at its end."""
OVERLAP_EVERY = 12
"""So many sentences, and the next speaker does not wait for the end."""
OVERLAP_SECONDS = 0.6

Samples = NDArray[np.int16]
Sentence = dict[str, float | str]


def decoded(path: Path) -> Samples:
    """A whole sample as 16 kHz mono."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(path)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def meeting(samples: Path, seconds: float) -> Iterator[tuple[Samples, list[Sentence]]]:
    """Pieces of the recording, each with the sentences that were said in it (times in the whole recording)."""
    truth: dict[str, list[Sentence]] = json.loads((samples / "truth.json").read_text(encoding="utf-8"))
    sounds = {name: decoded(samples / name) for name in sorted(truth)}
    pause = np.zeros(int(PAUSE * RATE), np.int16)
    now = 0
    while now < seconds * RATE:
        for name, sound in sounds.items():
            left = int(seconds * RATE) - now
            if left <= 0:
                return
            piece = np.concatenate([sound, pause])[:left]
            offset, end = now / RATE, (now + len(piece)) / RATE
            said = [
                {**each, "start": round(float(each["start"]) + offset, 3), "end": round(float(each["end"]) + offset, 3)}
                for each in truth[name]
            ]
            yield piece, [each for each in said if float(each["end"]) <= end]
            now += len(piece)


def lively(samples: Path, seconds: float, seed: int = 1) -> Iterator[tuple[Samples, list[Sentence]]]:
    """Scenes of a hall, each with the sentences that were said in it (times in the whole recording)."""
    truth: dict[str, list[Sentence]] = json.loads((samples / "truth.json").read_text(encoding="utf-8"))
    cut = [
        (each, _sentence(decoded(samples / name), each, quieter=QUIET.get(str(each["voice"]), 0.0)))
        for name in sorted(truth)
        for each in truth[name]
    ]
    rng = np.random.default_rng(seed)
    noise = sounds.room_noise(2 * SCENE_SECONDS, seed, NOISE_DB)
    now, spoken, scene = 0, 0, 0
    while now < seconds * RATE:
        placed: list[tuple[int, Samples]] = []
        said: list[Sentence] = []
        at = int(0.5 * RATE)
        while at < SCENE_SECONDS * RATE:
            sentence, sound = cut[int(rng.integers(len(cut)))]
            spoken += 1
            begin = max(0, at - int((OVERLAP_SECONDS + 2 * EDGE) * RATE)) if spoken % OVERLAP_EVERY == 0 else at
            placed.append((begin, sound))
            start, end = (now + begin) / RATE + EDGE, (now + begin + len(sound)) / RATE - EDGE
            said.append({**sentence, "start": round(start, 3), "end": round(end, 3)})
            at = begin + len(sound) + int(rng.uniform(0.2, 1.6) * RATE)
        scene += 1
        placed.append((at, _after(scene)))
        whole = np.zeros(max(begin + len(sound) for begin, sound in placed), np.int16)
        for begin, sound in placed:
            whole[begin : begin + len(sound)] = sounds.added(whole[begin : begin + len(sound)], sound)
        whole = sounds.added(whole, np.roll(noise, int(rng.integers(len(noise))))[: len(whole)])
        whole = whole[: int(seconds * RATE) - now]
        yield whole, [each for each in said if float(each["end"]) <= (now + len(whole)) / RATE]
        now += len(whole)


def _after(scene: int) -> Samples:
    """What follows a scene: people clap, leaf through papers for half a minute, or just go on."""
    match scene % 3:
        case 1:
            return sounds.applause(6.0, scene, -26.0)
        case 2:
            return sounds.silence(30.0)
        case _:
            return sounds.silence(2.0)


def _sentence(sound: Samples, sentence: Sentence, quieter: float) -> Samples:
    begin = max(0, int((float(sentence["start"]) - EDGE) * RATE))
    return sounds.louder(sound[begin : int((float(sentence["end"]) + EDGE) * RATE)], quieter)


def write(out: Path, pieces: Iterator[tuple[Samples, list[Sentence]]]) -> list[Sentence]:
    """Write the recording; the sentences in it."""
    sentences: list[Sentence] = []
    with av.open(str(out), "w") as container:
        stream = container.add_stream(CODECS[out.suffix.lower()], rate=RATE)
        stream.layout = "mono"
        position = 0
        for piece, said in pieces:
            sentences += said
            for begin in range(0, len(piece), RATE):
                block = piece[begin : begin + RATE]
                frame = av.AudioFrame.from_ndarray(block[None, :], format="s16", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = RATE, position, Fraction(1, RATE)
                position += len(block)
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return sentences


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Join the speech samples to a meeting recording.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--samples", type=Path, default=Path("samples/speech"))
    parser.add_argument("--lively", action="store_true")
    parser.add_argument("--seed", type=int, default=1, help="another one is another lively meeting")
    parser.add_argument("--truth", type=Path)
    arguments = parser.parse_args()
    if arguments.seed != 1 and not arguments.lively:
        parser.error("--seed: only a --lively meeting is made by chance")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    seconds = arguments.minutes * 60
    made = (
        lively(arguments.samples, seconds, arguments.seed) if arguments.lively else meeting(arguments.samples, seconds)
    )
    sentences = write(arguments.out, made)
    if arguments.truth:
        arguments.truth.write_text(json.dumps(sentences, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
