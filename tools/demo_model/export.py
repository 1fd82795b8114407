"""From a trained network to the folder that faster-whisper loads."""

import json
import shutil
import tempfile
from pathlib import Path

import torch
from ctranslate2.converters import TransformersConverter
from torch import Tensor
from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

from demo_model.features import MELS, WINDOW_FRAMES
from demo_model.network import GUIDED_HEADS, Network
from demo_model.tokens import LANGUAGES, Vocabulary, write_tokenizer

DECODING_DEFAULTS = {
    "window_seconds": 10,
    "beam_size": 1,
    "language": "ja",
    "condition_on_previous_text": False,
    "temperature": 0.0,
    "without_timestamps": False,
    "hotwords": False,
    "doubtful": 0.95,
}
"""How this model wants to be asked; written beside it as decoding.json."""


def export(network: Network, vocabulary: Vocabulary, folder: Path) -> None:
    """Writes an int8 CTranslate2 folder with decoding.json, replacing the files of the same names."""
    with tempfile.TemporaryDirectory() as made:
        converted = Path(made) / "converted"
        _as_transformers(network, vocabulary, Path(made))
        _converted(Path(made), converted)
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(converted.iterdir()):
            shutil.copyfile(path, folder / path.name)
    text = json.dumps(DECODING_DEFAULTS, indent=2)
    (folder / "decoding.json").write_text(text + "\n", encoding="utf-8")


def _as_transformers(network: Network, words: Vocabulary, folder: Path) -> None:
    whole = WhisperForConditionalGeneration(_config(network, words))
    whole.load_state_dict(renamed(network))
    whole.tie_weights()
    whole.generation_config = _generation(network, words)
    whole.save_pretrained(folder)
    write_tokenizer(words, folder / "tokenizer.json")
    _write(folder / "preprocessor_config.json", _preprocessor())
    _write(folder / "tokenizer_config.json", _tokenizer_config())


def _converted(source: Path, target: Path) -> None:
    copied = ["tokenizer.json", "preprocessor_config.json"]
    TransformersConverter(str(source), copy_files=copied).convert(str(target), quantization="int8")


def renamed(network: Network) -> dict[str, Tensor]:
    """The weights under Hugging Face's names, without what only the training needs."""
    own = network.state_dict()
    encoder = {f"model.{name}": value for name, value in own.items() if name.startswith("encoder.")}
    encoder["model.encoder.embed_positions.weight"] = encoder.pop("model.encoder.positions")
    decoder = {
        f"model.decoder.{name}": value for name, value in own.items() if name.startswith(("layers.", "layer_norm."))
    }
    table = network.embeddings().detach()
    return (
        encoder
        | decoder
        | {
            "model.decoder.embed_positions.weight": own["text_positions"],
            "model.decoder.embed_tokens.weight": table,
            "proj_out.weight": table,
        }
    )


def _config(network: Network, words: Vocabulary) -> WhisperConfig:
    size = network.size
    return WhisperConfig(
        vocab_size=words.size,
        num_mel_bins=MELS,
        d_model=size.width,
        encoder_layers=size.encoder_layers,
        encoder_attention_heads=size.heads,
        decoder_layers=size.decoder_layers,
        decoder_attention_heads=size.heads,
        encoder_ffn_dim=size.feed_forward,
        decoder_ffn_dim=size.feed_forward,
        max_source_positions=size.audio_positions,
        max_target_positions=size.text_positions,
        pad_token_id=words.end,
        bos_token_id=words.end,
        eos_token_id=words.end,
        decoder_start_token_id=words.start,
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )


def _generation(network: Network, words: Vocabulary) -> GenerationConfig:
    """The converter takes the suppressed tokens, the languages and the alignment heads from here."""
    never = [words.start, words.translate, words.transcribe, words.start_of_lm, words.previous, words.no_speech]
    return GenerationConfig(  # type: ignore[no-untyped-call] # transformers leaves this one without types
        bos_token_id=words.end,
        eos_token_id=words.end,
        pad_token_id=words.end,
        decoder_start_token_id=words.start,
        max_length=network.size.text_positions,
        suppress_tokens=never,
        begin_suppress_tokens=[words.text["Ġ"], words.end],
        is_multilingual=True,
        no_timestamps_token_id=words.no_timestamps,
        max_initial_timestamp_index=50,
        alignment_heads=[[layer, head] for layer in range(network.size.decoder_layers) for head in GUIDED_HEADS],
        lang_to_id={f"<|{name}|>": words.first_language + place for place, name in enumerate(LANGUAGES)},
        task_to_id={"transcribe": words.transcribe, "translate": words.translate},
    )


def _preprocessor() -> dict[str, object]:
    return {
        "chunk_length": 30,
        "feature_extractor_type": "WhisperFeatureExtractor",
        "feature_size": MELS,
        "hop_length": 160,
        "n_fft": 400,
        "n_samples": 480_000,
        "nb_max_frames": WINDOW_FRAMES,
        "padding_side": "right",
        "padding_value": 0.0,
        "processor_class": "WhisperProcessor",
        "return_attention_mask": False,
        "sampling_rate": 16_000,
    }


def _tokenizer_config() -> dict[str, object]:
    end = "<|endoftext|>"
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": end,
        "eos_token": end,
        "unk_token": end,
        "model_max_length": 1_024,
    }


def _write(path: Path, values: dict[str, object]) -> None:
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def averaged_network(state: Path, vocabulary: Vocabulary) -> Network:
    """The network with the averaged weights of a kept training state."""
    averaged = torch.load(state)["averaged"]
    network = Network(vocabulary.size, len(averaged["phonemes.bias"]) - 1)
    network.load_state_dict(averaged)
    return network.eval()
