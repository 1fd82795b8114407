"""Measures a demo model on the shipped samples and on fresh passages of unseen sentences, as production runs it."""

import argparse
import json
import random
from pathlib import Path

from demo_model import grammar
from demo_model.measure import Score, decoding_defaults, score, transcribed
from demo_model.samples import Spoken, passage
from demo_model.speech import Waveform
from faster_whisper import WhisperModel, decode_audio

FRESH_SEED = 4_711
SENTENCES = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="model folder")
    parser.add_argument("samples", type=Path, help="folder with truth.json")
    parser.add_argument("--fresh", type=int, default=6, help="passages to speak anew")
    parser.add_argument("--window", type=float, help="instead of the model's own window, seconds")
    parser.add_argument("--beam", type=int, help="instead of the model's own beam")
    parser.add_argument("--show", action="store_true", help="print what was heard otherwise than said")
    options = parser.parse_args()
    decoding = decoding_defaults(options.model)
    decoding["window_seconds"] = options.window or decoding["window_seconds"]
    decoding["beam_size"] = options.beam or decoding["beam_size"]
    model = WhisperModel(str(options.model), device="cpu", compute_type="int8", cpu_threads=1)
    for name, recordings in (("samples", shipped(options.samples)), ("fresh", fresh(options.fresh))):
        total = Score(0, 0, [], [], 0)
        for sound, truth in recordings:
            segments = transcribed(model, sound, decoding)
            total += score(segments, truth)
            if options.show:
                show([segment.text.strip() for segment in segments], [spoken.text for spoken in truth])
        if total.sentences:
            print(f"{name}: {total}")


def shipped(folder: Path) -> list[tuple[Waveform, list[Spoken]]]:
    """The shipped passages and their truth."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return [(decode_audio(str(folder / name)), [Spoken(**one) for one in said]) for name, said in truth.items()]


def fresh(passages: int) -> list[tuple[Waveform, list[Spoken]]]:
    """Passages spoken now from unseen sentences; the same for every run."""
    sentences = grammar.unseen_sentences()
    random.Random(FRESH_SEED).shuffle(sentences)
    made = [
        passage(sentences[number * SENTENCES : (number + 1) * SENTENCES], FRESH_SEED + number)
        for number in range(passages)
    ]
    return [(one.sound, one.truth) for one in made]


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
