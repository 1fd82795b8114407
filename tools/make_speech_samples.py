"""Makes samples/speech: passages of made meetings from sentences the demo model was not trained on."""

import argparse
import json
import random
from pathlib import Path

import soundfile
from demo_model import grammar
from demo_model.samples import passage
from demo_model.speech import RATE

SEED = 20_261_121
PASSAGES = 8
SENTENCES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--avoid", type=Path, help="text file of further sentences not to use, one a line")
    options = parser.parse_args()
    avoided = set(options.avoid.read_text(encoding="utf-8").split("\n")) if options.avoid else set()
    in_meeting_order = grammar.unseen_sentences()
    sentences = [s for s in in_meeting_order if s not in avoided]
    random.Random(SEED).shuffle(sentences)
    options.folder.mkdir(parents=True, exist_ok=True)
    truth = {}
    for number in range(PASSAGES):
        chosen = sentences[number * SENTENCES : (number + 1) * SENTENCES]
        made = passage(sorted(chosen, key=in_meeting_order.index), SEED + number)
        name = f"meeting-{number + 1}.ogg"
        soundfile.write(options.folder / name, made.sound, RATE, format="OGG", subtype="OPUS")
        truth[name] = made.truth_as_json()
        print(f"{name}: {len(made.truth)} sentences, {len(made.sound) / RATE:.1f} s")
    text = json.dumps(truth, ensure_ascii=False, indent=1)
    (options.folder / "truth.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
