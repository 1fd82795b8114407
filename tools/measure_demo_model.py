"""Measures a demo model on the shipped samples and on fresh passages of unseen sentences, as production runs it."""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import soundfile
from demo_model import grammar
from demo_model.measure import Score, score, transcribed
from demo_model.samples import Spoken, passage
from demo_model.speech import RATE

from transcribe.engine import Transcriber

FRESH_SEED = 4_711
SENTENCES = 12

Recording = tuple[Path, list[Spoken]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="model folder")
    parser.add_argument("samples", type=Path, help="folder with truth.json")
    parser.add_argument("--fresh", type=int, default=6, help="passages to speak anew")
    parser.add_argument("--show", action="store_true", help="print what was heard otherwise than said")
    options = parser.parse_args()
    with (
        Transcriber(options.model, device="cpu", words=False) as transcriber,
        tempfile.TemporaryDirectory() as folder,
    ):
        for name, recordings in (("samples", shipped(options.samples)), ("fresh", fresh(options.fresh, Path(folder)))):
            total = Score(0, 0, [], [], 0)
            for recording, truth in recordings:
                segments = transcribed(transcriber, recording)
                total += score(segments, truth)
                if options.show:
                    show([segment.text for segment in segments], [spoken.text for spoken in truth])
            if total.sentences:
                print(f"{name}: {total}")


def shipped(folder: Path) -> Iterator[Recording]:
    """The shipped passages and their truth."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for name, said in truth.items():
        yield folder / name, [Spoken(**one) for one in said]


def fresh(passages: int, folder: Path) -> Iterator[Recording]:
    """Passages spoken now from unseen sentences; the same for every run."""
    sentences = grammar.unseen_sentences()
    random.Random(FRESH_SEED).shuffle(sentences)
    for number in range(passages):
        made = passage(sentences[number * SENTENCES : (number + 1) * SENTENCES], FRESH_SEED + number)
        recording = folder / f"{number}.wav"
        soundfile.write(recording, made.sound, RATE, subtype="PCM_16")
        yield recording, made.truth


def show(heard: list[str], said: list[str]) -> None:
    """Prints the sentences that differ."""
    for text in heard:
        if text not in said:
            print(f"  heard  {text}")
    for text in said:
        if text not in heard:
            print(f"  said   {text}")


if __name__ == "__main__":
    main()
