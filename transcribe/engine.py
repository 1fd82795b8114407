"""A warm model that turns stretches of samples into transcripts."""

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from transcribe.decoding import BatchDecoder, Reading, Settings
from transcribe.errors import ModelBrokenError
from transcribe.model import choose_device, open_model
from transcribe.packing import Clip, pack
from transcribe.stretch import RATE, Span
from transcribe.transcript import Damage, Segment, Transcript, Word

Progress = Callable[[float], None]

_SILENT = 0.6  # no-speech probability above which a clip with …
_UNSURE = -1.0  # … a mean log probability below this gives no text

log = logging.getLogger(__name__)


def no_progress(_: float) -> None:
    """Takes the seconds done and does nothing with them."""


class Transcriber:
    """Loads the model on entering and frees it on leaving; in between any number of stretches.

    Raises ModelMissingError or ModelBrokenError. `threads` is for the CPU; `device` and `compute_type` may be `auto`.
    """

    def __init__(
        self,
        model: Path,
        *,
        threads: int = 1,
        device: str = "auto",
        compute_type: str = "auto",
        batch_size: int = 8,
        language: str | None = None,
        words: bool = True,
    ) -> None:
        self.model = open_model(model)
        self.device = choose_device(device, compute_type)
        self.language = language or self.model.decoding.language
        self._threads, self._batch_size, self._words = threads, batch_size, words
        self._decoder: BatchDecoder | None = None

    def __enter__(self) -> Self:
        try:
            whisper = WhisperModel(
                str(self.model.folder),
                device=self.device.name,
                compute_type=self.device.compute_type,
                cpu_threads=self._threads,
                local_files_only=True,
            )
            self._decoder = BatchDecoder(whisper, self.language)
        except Exception as error:
            raise ModelBrokenError(path=str(self.model.folder), reason=str(error)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._decoder = None

    def transcribe(
        self,
        samples: NDArray[np.int16],
        spans: Sequence[Span],
        offset: float = 0.0,
        *,
        damage: tuple[Damage, ...] = (),
        lead: float = 0.0,
        tail: float = 0.0,
        progress: Progress = no_progress,
    ) -> Transcript:
        """The text of samples that begin `offset` seconds into the recording.

        Their first `lead` and last `tail` seconds are read too, but belong to the neighbouring stretches: they count for nothing.
        `samples` are 16 kHz mono; `spans` and the result's times are seconds of the recording. `progress`
        gets the seconds of the stretch that are done, after each batch; what it raises ends the work.
        """
        if self._decoder is None:
            raise RuntimeError("a Transcriber works inside its `with` block")
        clips = pack([Span(one.start - offset, one.end - offset) for one in spans], samples, self._window)
        segments: list[Segment] = []
        for batch, readings in self._batches(self._decoder, clips, samples):
            for clip, reading in zip(batch, readings, strict=True):
                segments.extend(one.shifted(offset) for one in _segments(clip, reading))
            progress(batch[-1].pieces[-1].end / RATE)
        progress(len(samples) / RATE)
        start, end = round(offset + lead, 3), round(offset + len(samples) / RATE - tail, 3)
        return Transcript(
            segments=tuple(segments),
            language=self.language,
            duration=round(end - start, 3),
            speech=round(sum(max(0.0, min(one.end, end) - max(one.start, start)) for one in spans), 3),
            model=self.model.name,
            damage=damage,
            start=start,
            lead=lead,
            tail=tail,
        )

    @property
    def _settings(self) -> Settings:
        decoding = self.model.decoding
        return Settings(
            decoding.beam_size,
            decoding.temperature,
            decoding.window_seconds,
            not decoding.without_timestamps,
            self._words,
        )

    @property
    def _window(self) -> float:
        return self.model.decoding.window_seconds

    def _batches(
        self, decoder: BatchDecoder, clips: list[Clip], samples: NDArray[np.int16]
    ) -> Iterator[tuple[list[Clip], list[Reading]]]:
        for begin in range(0, len(clips), self._batch_size):
            batch = clips[begin : begin + self._batch_size]
            yield batch, decoder.read([clip.sound(samples) for clip in batch], self._settings)


def _segments(clip: Clip, reading: Reading) -> Iterator[Segment]:
    if reading.no_speech_probability > _SILENT and reading.log_probability < _UNSURE:
        return
    for one in reading.utterances:
        yield Segment(
            start=round(clip.place(one.start), 3),
            end=round(clip.place(one.end, is_end=True), 3),
            text=one.text,
            words=tuple(_placed(clip, word) for word in one.words),
            log_probability=round(reading.log_probability, 3),
            no_speech_probability=round(reading.no_speech_probability, 3),
        )


def _placed(clip: Clip, word: Word) -> Word:
    start, end = clip.place(word.start), clip.place(word.end, is_end=True)
    return Word(round(start, 3), round(max(start, end), 3), word.text, round(word.probability, 3))
