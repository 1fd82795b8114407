"""One warm model: loaded on first use, freed when it is told to, and reading on when the machine is smaller than hoped."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from transcribe.certificate import Note
from transcribe.decoding import BatchDecoder, Reading, Settings
from transcribe.errors import ModelBrokenError
from transcribe.model import Device, choose_device, open_model

BATCH = 8


class WarmModel:
    """Reads clips of sound with a model that stays in memory between calls.

    Raises ModelMissingError or ModelBrokenError. `threads` is for the CPU; `device` and `compute_type` may be `auto`;
    `batch_size` None is chosen by the free memory.
    """

    def __init__(
        self,
        folder: Path,
        threads: int = 1,
        device: str = "auto",
        compute_type: str = "auto",
        batch_size: int | None = None,
        *,
        language: str | None = None,
    ) -> None:
        self.model = open_model(folder)
        self.device: Device = choose_device(device, compute_type)
        self.language = language or self.model.decoding.language
        self._threads = threads
        self._batch_size = batch_size or BATCH
        self._notes: list[Note] = []
        self._decoder: BatchDecoder | None = None

    def __enter__(self) -> Self:
        self._load()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unload()

    @property
    def loaded(self) -> bool:
        """Is the model in memory now?"""
        return self._decoder is not None

    @property
    def batch_size(self) -> int:
        """How many clips are read at once, at most; `read` takes any number."""
        return self._batch_size

    def read(self, sounds: Sequence[NDArray[np.float32]], settings: Settings) -> list[Reading]:
        """One reading per clip, in order. Loads the model when it is not in memory."""
        readings: list[Reading] = []
        while len(readings) < len(sounds):
            begin = len(readings)
            readings.extend(self._load().read(sounds[begin : begin + self._batch_size], settings))
        return readings

    def notes(self) -> tuple[Note, ...]:
        """What happened since this was last asked that a reader of the text should know."""
        told, self._notes = tuple(self._notes), []
        return told

    def unload(self) -> None:
        """Free the memory; the next `read` loads again."""
        self._decoder = None

    def _load(self) -> BatchDecoder:
        if self._decoder is None:
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
        return self._decoder
