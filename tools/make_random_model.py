"""A model folder with random weights in the dimensions of Whisper small, for measuring time: its text means nothing.

    python tools/make_random_model.py OUT [--like models/demo]

Needs no training library: the weights are drawn by NumPy into CTranslate2's own specification and kept as int8. The tokenizer is that of
the demo model with its vocabulary filled up to the size of the real one, on which the time of a step depends.
"""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs.common_spec import LayerNormSpec, LinearSpec
from ctranslate2.specs.whisper_spec import WhisperSpec
from numpy.typing import NDArray

WIDTH, LAYERS, HEADS, INNER, MELS, VOCABULARY = 768, 12, 12, 3072, 80, 51865
POSITIONS, TOKENS = 1500, 448
FIRST_SPECIAL = ""
"""Whisper's order: text, the empty token, special tokens, time marks. What is filled in goes between the text and this one."""

Array = NDArray[np.float32]


class Draw:
    """Seeded random weights."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)

    def array(self, *shape: int) -> Array:
        """Normal, of the size that keeps activations from growing."""
        return (self._random.standard_normal(shape, dtype=np.float32) * (shape[-1] ** -0.5)).astype(np.float32)

    def linear(self, spec: LinearSpec, outputs: int, inputs: int, *, bias: bool = True) -> None:
        """A dense layer."""
        spec.weight = self.array(outputs, inputs)
        if bias:
            spec.bias = np.zeros(outputs, np.float32)

    def norm(self, spec: LayerNormSpec) -> None:
        """A layer norm that changes nothing."""
        spec.gamma, spec.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def block(self, layer: Any, *, cross: bool) -> None:
        """A transformer layer."""
        self.linear(layer.self_attention.linear[0], 3 * WIDTH, WIDTH)
        self.linear(layer.self_attention.linear[1], WIDTH, WIDTH)
        self.norm(layer.self_attention.layer_norm)
        if cross:
            self.linear(layer.attention.linear[0], WIDTH, WIDTH)
            self.linear(layer.attention.linear[1], 2 * WIDTH, WIDTH)
            self.linear(layer.attention.linear[2], WIDTH, WIDTH)
            self.norm(layer.attention.layer_norm)
        self.norm(layer.ffn.layer_norm)
        self.linear(layer.ffn.linear_0, INNER, WIDTH)
        self.linear(layer.ffn.linear_1, WIDTH, INNER)


def random_spec() -> WhisperSpec:
    """Whisper small with nothing learnt."""
    draw = Draw()
    spec = WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    for conv, inputs in ((spec.encoder.conv1, MELS), (spec.encoder.conv2, WIDTH)):
        conv.weight, conv.bias = draw.array(WIDTH, inputs, 3), np.zeros(WIDTH, np.float32)
    spec.encoder.position_encodings.encodings = draw.array(POSITIONS, WIDTH)
    spec.decoder.position_encodings.encodings = draw.array(TOKENS, WIDTH)
    spec.decoder.embeddings.weight = draw.array(VOCABULARY, WIDTH)
    draw.norm(spec.encoder.layer_norm)
    draw.norm(spec.decoder.layer_norm)
    for layer in spec.encoder.layer:
        draw.block(layer, cross=False)
    for layer in spec.decoder.layer:
        draw.block(layer, cross=True)
    draw.linear(spec.decoder.projection, VOCABULARY, WIDTH, bias=False)
    return spec


def filled(tokenizer: dict[str, Any]) -> tuple[dict[str, Any], list[str], int]:
    """The tokenizer with its text vocabulary filled up, all tokens in order, and by how much the special ones moved."""
    vocabulary: dict[str, int] = tokenizer["model"]["vocab"]
    first = vocabulary[FIRST_SPECIAL]
    moved = VOCABULARY - len(vocabulary)
    fresh = {token: number if number < first else number + moved for token, number in vocabulary.items()}
    fresh.update({f"<|fill-{number}|>": first + number for number in range(moved)})
    tokenizer["model"]["vocab"] = fresh
    for added in tokenizer["added_tokens"]:
        added["id"] = fresh[added["content"]]
    return tokenizer, sorted(fresh, key=fresh.__getitem__), moved


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Make a model folder with random weights.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--like", type=Path, default=Path("models/demo"))
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    tokenizer, tokens, moved = filled(json.loads((arguments.like / "tokenizer.json").read_text(encoding="utf-8")))
    config = json.loads((arguments.like / "config.json").read_text(encoding="utf-8"))
    spec = random_spec()
    spec.register_vocabulary(tokens)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.config.suppress_ids = [number + moved for number in config["suppress_ids"]]
    spec.config.suppress_ids_begin = [number + moved for number in config["suppress_ids_begin"] if number > 255]
    spec.config.lang_ids = [number + moved for number in config["lang_ids"]]
    spec.config.alignment_heads = [[LAYERS - 1, 0]]
    spec.save(str(out))
    (out / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    shutil.copy(arguments.like / "preprocessor_config.json", out)
    decoding = {
        "window_seconds": 30.0,
        "beam_size": 1,
        "language": "ja",
        "temperature": 0.0,
        "without_timestamps": False,
        "second_pass": False,
    }
    (out / "decoding.json").write_text(json.dumps(decoding), encoding="utf-8")


if __name__ == "__main__":
    main()
