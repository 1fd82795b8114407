"""The vocabulary: bytes, whole characters, then Whisper's special tokens and timestamps in Whisper's own order.

Readers derive the languages' number and the timestamps' range from that order.
"""

import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from demo_model import grammar

LANGUAGES = grammar.listed(
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml "
    "cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am "
    "yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su"
)
TIMESTAMPS = 1_501
SECONDS_PER_TIMESTAMP = 0.02


def byte_signs() -> dict[int, str]:
    """The printable sign that byte-level BPE writes for each byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    signs = {byte: chr(byte) for byte in printable}
    hidden = (byte for byte in range(256) if byte not in signs)
    return signs | {byte: chr(256 + place) for place, byte in enumerate(hidden)}


class Vocabulary:
    """Token ids. Every character of the world is one token, by merges written by hand."""

    def __init__(self, characters: list[str]) -> None:
        signs = byte_signs()
        self.text = {signs[byte]: byte for byte in range(256)}
        self.merges: list[tuple[str, str]] = []
        self.of_character: dict[str, int] = {}
        for character in characters:
            self.of_character[character] = self._merge([signs[b] for b in character.encode()])
        # CTranslate2 calls a model multilingual only when the vocabulary holds the empty text.
        self.empty = len(self.text)
        self.end = self.empty + 1
        self.start = self.end + 1
        self.first_language = self.start + 1
        self.japanese = self.first_language + LANGUAGES.index("ja")
        self.translate = self.first_language + len(LANGUAGES)
        self.transcribe, self.start_of_lm, self.previous, self.no_speech, self.no_timestamps = range(
            self.translate + 1, self.translate + 6
        )
        self.first_timestamp = self.no_timestamps + 1
        self.size = self.first_timestamp + TIMESTAMPS

    def _merge(self, signs: list[str]) -> int:
        so_far = signs[0]
        for sign in signs[1:]:
            if so_far + sign not in self.text:
                self.merges.append((so_far, sign))
                self.text[so_far + sign] = len(self.text)
            so_far += sign
        return self.text[so_far]

    def encode(self, text: str) -> list[int]:
        """Token ids of a text of the world; KeyError for a character outside it."""
        return [self.of_character[character] for character in text]

    def special(self) -> list[str]:
        """The special tokens' names, from `end` on."""
        languages = [f"<|{language}|>" for language in LANGUAGES]
        return [
            "<|endoftext|>",
            "<|startoftranscript|>",
            *languages,
            *("<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>"),
            *("<|nospeech|>", "<|notimestamps|>"),
        ]

    def timestamps(self) -> list[str]:
        """The timestamps' names, from `first_timestamp` on."""
        return [f"<|{place * SECONDS_PER_TIMESTAMP:.2f}|>" for place in range(TIMESTAMPS)]


def world() -> Vocabulary:
    """The vocabulary of the demo model's world."""
    return Vocabulary(grammar.characters())


def write_tokenizer(vocabulary: Vocabulary, path: Path) -> None:
    """Writes tokenizer.json with exactly `vocabulary.size` ids."""
    ids = dict(vocabulary.text)
    ids[""] = vocabulary.empty
    # Added tokens that are missing from the BPE vocabulary are renumbered by tokenizers.
    ids |= {name: vocabulary.end + place for place, name in enumerate(vocabulary.special())}
    ids |= {name: vocabulary.first_timestamp + place for place, name in enumerate(vocabulary.timestamps())}
    tokenizer = Tokenizer(models.BPE(vocab=ids, merges=vocabulary.merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    written = json.loads(tokenizer.to_str())
    added = [(name, True) for name in vocabulary.special()] + [(name, False) for name in vocabulary.timestamps()]
    written["added_tokens"] = [
        {
            "id": ids[name],
            "content": name,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": special,
        }
        for name, special in added
    ]
    path.write_text(json.dumps(written, ensure_ascii=False), encoding="utf-8")
