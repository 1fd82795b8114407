"""Exports the kept state of a training, also one still under way, to a folder for faster-whisper."""

import argparse
from pathlib import Path

from demo_model import tokens
from demo_model.export import averaged_network, export


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", type=Path, help="state.pt of the training")
    parser.add_argument("folder", type=Path, help="model folder to write")
    options = parser.parse_args()
    words = tokens.world()
    export(averaged_network(options.state, words), words, options.folder)


if __name__ == "__main__":
    main()
