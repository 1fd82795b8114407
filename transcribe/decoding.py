"""Clips to tokens to utterances: one batch through a Whisper model, nothing that it said is dropped.

faster-whisper's own batched pipeline throws away the text after the last time mark of a clip and always
computes 30 seconds; here an open end is kept, and a model that was trained for it gets a shorter window.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens
from numpy.typing import NDArray

from transcribe.transcript import Word

_TOKENS_PER_SECOND = 15  # no one speaks more; a model that runs in circles is stopped there
_SPARE_TOKENS = 16
_MARK_SECONDS = 0.02
_CLOSING = frozenset("、。，．,.!?！？:：；;”’」』）)]}")


@dataclass(frozen=True)
class Utterance:
    """Text between two time marks of a clip, in seconds of the clip."""

    start: float
    end: float
    text: str
    tokens: tuple[int, ...]
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What the model said about one clip."""

    utterances: tuple[Utterance, ...]
    log_probability: float
    no_speech_probability: float


@dataclass(frozen=True)
class Settings:
    """How a batch is decoded."""

    beam_size: int
    temperature: float
    window_seconds: float
    marks: bool
    words: bool
    hotwords: str = ""
    """Words that are likely to be said, as text before the clip (faster-whisper's `hotwords`); cut to what the prompt holds."""


class BatchDecoder:
    """Reads batches of clips with one warm model."""

    def __init__(self, whisper: WhisperModel, language: str) -> None:
        self._whisper = whisper
        self._tokenizer = Tokenizer(
            whisper.hf_tokenizer,
            whisper.model.is_multilingual,
            task="transcribe",
            language=language if whisper.model.is_multilingual else "en",
        )
        self._suppressed = list(get_suppressed_tokens(self._tokenizer, [-1]))

    def read(self, sounds: Sequence[NDArray[np.float32]], settings: Settings) -> list[Reading]:
        """One reading per clip of float32 sound."""
        prompt = self._whisper.get_prompt(
            self._tokenizer, [], without_timestamps=not settings.marks, hotwords=settings.hotwords or None
        )
        encoded = self._encoded(self._features(sounds, settings.window_seconds))
        seconds = [len(sound) / 16_000 for sound in sounds]
        # Of the window, not of the longest clip here: what a clip may say shall not depend on which others it is read with.
        room = int(settings.window_seconds * _TOKENS_PER_SECOND) + _SPARE_TOKENS
        results = self._whisper.model.generate(
            encoded,
            [list(prompt)] * len(sounds),
            beam_size=settings.beam_size if settings.temperature == 0 else 1,
            max_length=min(self._whisper.max_length, len(prompt) + room),
            suppress_blank=True,
            suppress_tokens=self._suppressed,
            return_scores=True,
            return_no_speech_prob=True,
            sampling_temperature=settings.temperature,
            max_initial_timestamp_index=50,
        )
        readings = [self._reading(result, length) for result, length in zip(results, seconds, strict=True)]
        return self._with_words(readings, encoded, seconds) if settings.words else readings

    def _with_words(self, readings: list[Reading], encoded: Any, seconds: list[float]) -> list[Reading]:
        tokens = [[token for one in reading.utterances for token in one.tokens] for reading in readings]
        frames = [int(length * self._whisper.frames_per_second) for length in seconds]
        aligned = self._whisper.find_alignment(self._tokenizer, tokens, encoded, frames)
        return [
            replace(reading, utterances=tuple(_worded(reading.utterances, words)))
            for reading, words in zip(readings, aligned, strict=True)
        ]

    def _encoded(self, features: NDArray[np.float32]) -> ctranslate2.StorageView:
        """On a CPU clip by clip: a fifth faster than as one batch, whose attention leaves the caches."""
        if self._whisper.model.device != "cpu":
            return self._whisper.encode(features)
        clips = [np.asarray(self._whisper.encode(clip)) for clip in features]
        return ctranslate2.StorageView.from_array(np.concatenate(clips))

    def _features(self, sounds: Sequence[NDArray[np.float32]], window_seconds: float) -> NDArray[np.float32]:
        extractor = self._whisper.feature_extractor
        frames = int(window_seconds * self._whisper.frames_per_second)
        batch = np.zeros((len(sounds), len(extractor.mel_filters), frames), np.float32)
        for row, sound in zip(batch, sounds, strict=True):
            mel = extractor(sound)[:, :frames]
            row[:, : mel.shape[1]] = mel
        return batch

    def _reading(self, result: Any, seconds: float) -> Reading:
        tokens: list[int] = result.sequences_ids[0]
        score = result.scores[0] * len(tokens) / (len(tokens) + 1)
        utterances = tuple(self._utterances(tokens, seconds))
        return Reading(utterances, float(score), float(result.no_speech_prob))

    def _utterances(self, tokens: list[int], seconds: float) -> list[Utterance]:
        """Splits at time marks. Text without a closing mark ends with the clip."""
        first_mark, end_of_text = self._tokenizer.timestamp_begin, self._tokenizer.eot
        found: list[Utterance] = []
        start, words = 0.0, []
        for token in tokens:
            if token < first_mark:
                if token < end_of_text:
                    words.append(token)
                continue
            mark = min((token - first_mark) * _MARK_SECONDS, seconds)
            self._add(found, start, mark, words)
            start, words = mark, []
        self._add(found, start, seconds, words)
        return found

    def _add(self, found: list[Utterance], start: float, end: float, words: list[int]) -> None:
        text = self._tokenizer.decode(words).strip() if words else ""
        if text:
            found.append(Utterance(start, max(start, end), text, tuple(words)))


def _worded(utterances: Sequence[Utterance], aligned: list[dict[str, Any]]) -> Iterator[Utterance]:
    """Deals the aligned words out to the utterances that their tokens belong to.

    Time marks are the better witnesses of where an utterance lies, so words are held inside them.
    """
    words = iter(aligned)
    for one in utterances:
        mine: list[Word] = []
        taken, at = 0, one.start
        while taken < len(one.tokens) and (word := next(words, None)) is not None:
            taken += len(word["tokens"])
            start = min(max(float(word["start"]), at), one.end)
            at = min(max(float(word["end"]), start), one.end)
            if text := word["word"].strip():
                _append(mine, Word(start, at, text, float(word["probability"])))
        yield replace(one, words=tuple(mine))


def _append(words: list[Word], word: Word) -> None:
    """Punctuation belongs to the word before it."""
    if words and word.text in _CLOSING:
        words[-1] = replace(words[-1], text=words[-1].text + word.text, end=word.end)
    else:
        words.append(word)
