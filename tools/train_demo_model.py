"""Makes the demo model from nothing: speaks the sentences, trains, exports a folder for faster-whisper."""

import argparse
from pathlib import Path

import numpy as np
import torch
from demo_model import tokens
from demo_model.batches import Batches
from demo_model.corpus import corpus
from demo_model.export import averaged_network, export
from demo_model.network import Network
from demo_model.training import Plan, Run
from demo_model.windows import Composer, noise_bank


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path, help="folder for the spoken sentences and the state of the training")
    parser.add_argument("model", type=Path, help="model folder to write at the end")
    parser.add_argument("--steps", type=int, default=4_500)
    parser.add_argument("--frames", type=int, default=10_000, help="frames (10 ms) of sound in a step")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--renditions", type=int, default=3, help="how often each sentence is spoken")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    words = tokens.world()
    spoken = corpus(options.work, words, options.renditions, options.threads)
    network = Network(words.size, len(spoken.phonemes))
    print(f"{len(spoken.spoken)} utterances, {spoken.hours:.1f} h, {len(spoken.phonemes)} phonemes", flush=True)
    print(f"{sum(p.numel() for p in network.parameters()):,} parameters, {words.size} tokens", flush=True)
    composer = Composer(spoken.spoken, noise_bank(np.random.default_rng(options.seed)))
    run = Run(network, words.first_timestamp, Plan(options.steps, options.rate, options.seed))
    kept = options.work / "state.pt"
    if kept.exists():
        run.resume(kept)
    run.train(Batches(spoken, words, composer, options.seed, options.frames), kept)
    export(averaged_network(kept, words), words, options.model)


if __name__ == "__main__":
    main()
