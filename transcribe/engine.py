"""A warm model that turns stretches of samples into transcripts that say how complete they are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from transcribe.certificate import Note
from transcribe.conditions import conditions
from transcribe.coverage.intervals import seconds, within
from transcribe.coverage.measure import measured
from transcribe.coverage.quiet import with_quiet_speech
from transcribe.coverage.second_pass import Completed, Read, SecondPass
from transcribe.decoding import Reading, Settings
from transcribe.packing import Clip, pack, seams
from transcribe.phantoms import listed, sift
from transcribe.seams import sewn
from transcribe.stretch import RATE, Span
from transcribe.transcript import Damage, Segment, Transcript, Word
from transcribe.voicing import spoken
from transcribe.warm import WarmModel
from transcribe.words import Term, glossary_notes, hits, hotwords, marked, prompt_room

Progress = Callable[[float], None]

_SECOND_BEAM = 5


def no_progress(_: float) -> None:
    """Takes the seconds done and does nothing with them."""


class Transcriber:
    """Loads the model on entering and frees it on leaving; in between any number of stretches.

    Raises ModelMissingError or ModelBrokenError. `threads` is for the CPU; `device` and `compute_type` may be `auto`,
    `batch_size` None is chosen by the free memory; `sharers`, `turns` and `beside_card` are `WarmModel`'s.
    """

    def __init__(
        self,
        model: Path,
        *,
        threads: int = 1,
        device: str = "auto",
        compute_type: str = "auto",
        batch_size: int | None = None,
        language: str | None = None,
        words: bool = True,
        sharers: int = 1,
        turns: Path | None = None,
        beside_card: bool = False,
    ) -> None:
        self._warm = WarmModel(
            model,
            threads,
            device,
            compute_type,
            batch_size,
            language=language,
            sharers=sharers,
            turns=turns,
            beside_card=beside_card,
        )
        self.model, self.language = self._warm.model, self._warm.language
        self._words = words
        self._tokenizer: Tokenizer | None = None

    def __enter__(self) -> Self:
        self._warm.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._warm.__exit__(kind, error, trace)

    def transcribe(
        self,
        samples: NDArray[np.int16],
        spans: Sequence[Span],
        offset: float = 0.0,
        *,
        damage: tuple[Damage, ...] = (),
        lead: float = 0.0,
        tail: float = 0.0,
        terms: Sequence[Term] = (),
        progress: Progress = no_progress,
    ) -> Transcript:
        """The text of samples that begin `offset` seconds into the recording, with its certificate.

        Their first `lead` and last `tail` seconds are read too, but belong to the neighbouring stretches: they count for nothing.
        `samples` are 16 kHz mono; `spans` and the result's times are seconds of the recording. `progress`
        gets the seconds of the stretch that are done, after each batch; what it raises ends the work.
        """
        self._warm.notes()  # of a stretch that was stopped
        length = len(samples) / RATE
        settings = self._settings(terms)
        detected = [Span(one.start - offset, one.end - offset) for one in spans]
        speech = spoken(with_quiet_speech(detected, samples), samples)
        first = list(self._first(samples, speech, settings, progress))

        def again(settings: Settings) -> Read:
            def read(clip: Clip, sound: NDArray[np.int16]) -> list[Segment]:
                progress(length)  # the place to stop at, when the work is to be stopped
                (reading,) = self._warm.read([clip.sound(sound)], settings)
                return list(_segments(clip, reading))

            return read

        reads = [again(one) for one in _second_settings(settings)]
        doubtful = self.model.decoding.doubtful
        # Sifted before the second pass, so that speech under a sentence that nobody said is a gap in time to be read again.
        first, gone = sift(first, samples, speech, doubtful=doubtful)
        second = (
            SecondPass(samples, speech, self._window, *reads).complete(first)
            if self.model.decoding.second_pass
            else Completed(first, [])
        )
        kept, removed = sift(second.segments, samples, speech, doubtful=doubtful)
        removed = listed(gone, removed, kept)
        progress(length)
        own = within(speech, lead, length - tail)
        heard = conditions(kept, samples, own, doubtful=doubtful)
        where = self._where() if speech else ()
        limited = (Note("again-limited"),) if second.limited else ()
        notes = (*where, *heard, *limited, *self._warm.notes(), *glossary_notes(terms, settings.hotwords))
        mine = [one for one in removed if lead <= (one.start + one.end) / 2 <= length - tail]
        certificate = measured(kept, own, second.heard, mine, notes)
        segments = marked((one.shifted(offset) for one in kept), self.language)
        return Transcript(
            segments=segments,
            language=self.language,
            duration=round(length - lead - tail, 3),
            speech=round(seconds(own), 3),
            model=self.model.name,
            damage=damage,
            certificate=certificate.shifted(offset),
            hits=hits(segments, terms),
            start=round(offset + lead, 3),
            lead=lead,
            tail=tail,
        )

    def _where(self) -> tuple[Note, ...]:
        """What the text was made on, for the certificate."""
        device = self._warm.device
        name = {"cuda": "GPU", "cpu": "CPU"}.get(device.name, device.name)
        return (Note("device", (("device", name), ("compute_type", device.compute_type))),)

    @property
    def _window(self) -> float:
        return self.model.decoding.window_seconds

    def _settings(self, terms: Sequence[Term]) -> Settings:
        decoding = self.model.decoding
        return Settings(
            decoding.beam_size,
            decoding.temperature,
            decoding.window_seconds,
            not decoding.without_timestamps,
            self._words,
            hotwords(terms, prompt_room(decoding.window_seconds), self._tokens) if terms and decoding.hotwords else "",
        )

    def _tokens(self, text: str) -> int:
        if self._tokenizer is None:
            self._tokenizer = Tokenizer.from_file(str(self.model.folder / "tokenizer.json"))
        return len(self._tokenizer.encode(f" {text}", add_special_tokens=False).ids)

    def _first(
        self, samples: NDArray[np.int16], speech: Sequence[Span], settings: Settings, progress: Progress
    ) -> Iterator[Segment]:
        """Everything, in batches; what two clips both heard stands once."""
        clips = pack(speech, samples, self._window)
        for piece in sewn(self._told(clips, samples, settings, progress), seams(clips)):
            yield from piece

    def _told(
        self, clips: Sequence[Clip], samples: NDArray[np.int16], settings: Settings, progress: Progress
    ) -> Iterator[tuple[Segment, ...]]:
        size = self._warm.batch_size
        for begin in range(0, len(clips), size):
            batch = clips[begin : begin + size]
            readings = self._warm.read([clip.sound(samples) for clip in batch], settings)
            for clip, reading in zip(batch, readings, strict=True):
                yield tuple(_segments(clip, reading))
            progress(batch[-1].pieces[-1].end / RATE)


def _second_settings(first: Settings) -> list[Settings]:
    """A wider search and time marks; where words stood before the clip also without them, as they lead some models astray."""
    wider = replace(first, beam_size=max(_SECOND_BEAM, first.beam_size), marks=True)
    return [wider, replace(wider, hotwords="")] if first.hotwords else [wider]


def _segments(clip: Clip, reading: Reading) -> Iterator[Segment]:
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
