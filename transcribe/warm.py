"""One warm model: loaded on first use, freed when it is told to, and reading on when the machine is smaller than hoped."""

import ctypes
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from transcribe.cards import Card, cards
from transcribe.certificate import Note
from transcribe.decoding import BatchDecoder, Reading, Settings
from transcribe.errors import MemoryShortError, ModelBrokenError
from transcribe.memory import give_back_freed, model_size
from transcribe.model import Device, Model, open_model
from transcribe.place import Place
from transcribe.troubles import Trouble, trouble
from transcribe.ways import Demand

CARD_AGAIN_SECONDS = 600.0
"""A model that is not on a card because there was no room, or somebody else's turn, is tried there again after this time."""

log = logging.getLogger(__name__)


class Decoder(Protocol):
    """What is loaded: reads one batch, and raises what the machine's libraries raise."""

    def read(self, sounds: Sequence[NDArray[np.float32]], settings: Settings) -> list[Reading]:
        """One reading per clip."""
        ...


Load = Callable[[Model, Device, int, str], Decoder]


def load_decoder(model: Model, device: Device, threads: int, language: str) -> Decoder:
    """The model on a device."""
    whisper = WhisperModel(
        str(model.folder),
        device=device.name,
        device_index=device.index,
        compute_type=device.compute_type,
        cpu_threads=threads,
        local_files_only=True,
    )
    return BatchDecoder(whisper, language)


class WarmModel:
    """Reads clips of sound with a model that stays in memory between calls.

    What the machine cannot do, it does smaller: fewer clips at a time, a coarser number format, at last the CPU; `notes` tells.
    One WarmModel holds one copy at most. Where `turns` names a folder, one process holds a card at a time; another one that wants it gets
    CardTakenError, or with `beside_card` uses the CPU meanwhile. `threads` is for the CPU, whose memory `sharers` processes share.

    Raises ModelMissingError, ModelBrokenError, MemoryShortError, CardTakenError.
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
        sharers: int = 1,
        turns: Path | None = None,
        beside_card: bool = False,
        load: Load | None = None,
        find_cards: Callable[[], Sequence[Card]] | None = None,
    ) -> None:
        self.model = open_model(folder)
        self.language = language or self.model.decoding.language
        self._threads = threads
        self._load_decoder = load or load_decoder
        self._place = Place(
            model_size(folder / "model.bin"),
            self.model.decoding,
            Demand(device, compute_type, batch_size or 0, sharers),
            find_cards or cards,
            turns,
            beside_card=beside_card,
        )
        self._decoder: Decoder | None = None
        self._happened: list[Note] = []

    def __enter__(self) -> Self:
        self._loaded()
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
    def device(self) -> Device:
        """Where it computes. Loads the model when it is not in memory, as this is known only then."""
        self._loaded()
        return self._place.way.device

    @property
    def batch_size(self) -> int:
        """How many clips are read at once, at most; `read` takes any number."""
        self._loaded()
        return self._place.way.batch_size

    def read(self, sounds: Sequence[NDArray[np.float32]], settings: Settings) -> list[Reading]:
        """One reading per clip, in order. Loads the model when it is not in memory."""
        if self.loaded and self._place.passing and time.monotonic() - self._place.since > CARD_AGAIN_SECONDS:
            self.unload()
        readings: list[Reading] = []
        while len(readings) < len(sounds):
            begin = len(readings)
            readings.extend(self._read(sounds[begin : begin + self.batch_size], settings))
        return readings

    def notes(self) -> tuple[Note, ...]:
        """What a reader of the text should know: what happened since this was last asked, and what holds for as long as the model stays."""
        told = dict.fromkeys([*self._happened, *self._place.instead])
        self._happened = []
        return tuple(told)

    def unload(self) -> None:
        """Free the memory and the card; the next `read` loads again, and chooses anew where."""
        if self._decoder is not None:
            self._decoder = None
            give_back_freed()
            log.info("model %s is out of memory", self.model.name)
        self._place.leave()

    def _read(self, sounds: Sequence[NDArray[np.float32]], settings: Settings) -> Sequence[Reading]:
        """A batch; nothing where the machine could not, and then the model is set up smaller."""
        decoder = self._loaded()
        self._place.reading(True)
        try:
            readings = decoder.read(sounds, settings)
        except Exception as error:
            kind, said = self._trouble(error), str(error)
            if kind is None:
                raise
            if kind is Trouble.DEVICE:
                _never_free(decoder, error)
        else:
            self._place.proved()
            return readings
        finally:
            self._place.reading(False)
        # Only out here is the exception gone, and with its traceback what the failed batch had taken.
        del decoder
        if kind is Trouble.MEMORY and len(sounds) > 1:
            self._happened.append(self._place.fewer(len(sounds)))
            log.warning("%d clips at a time are too many: %s", len(sounds), said)
        else:
            self._decoder = None
            give_back_freed()
            self._lower(kind, said)
        return ()

    def _loaded(self) -> Decoder:
        """On the first way on which it loads."""
        while self._decoder is None:
            way = self._place.way
            try:
                self._decoder = self._load_decoder(self.model, way.device, self._threads, self.language)
            except Exception as error:
                kind, said = self._trouble(error), str(error)
                if kind is None:
                    self._place.leave()
                    raise ModelBrokenError(path=str(self.model.folder), reason=said) from error
                if kind is Trouble.DEVICE:
                    _never_free(error)
            else:
                where = f"card {way.card.identity} {way.card.name}" if way.card else "the CPU"
                text = "model %s computes on %s in %s, up to %d clips at a time"
                log.info(text, self.model.name, where, way.device.compute_type, way.batch_size)
                return self._decoder
            self._lower(kind, said)
        return self._decoder

    def _lower(self, kind: Trouble, said: str) -> None:
        failed = self._place.way.device
        log.warning("model %s cannot go on with %s in %s: %s", self.model.name, failed.name, failed.compute_type, said)
        if not self._place.lower(kind):
            self._place.leave()
            raise MemoryShortError(path=str(self.model.folder))

    def _trouble(self, error: Exception) -> Trouble | None:
        """While the CPU computes, nothing that fails is the card's fault, whatever it says."""
        kind = trouble(error)
        return None if kind is Trouble.DEVICE and self._place.way.device.name == "cpu" else kind


def _never_free(*things: Any) -> None:
    """Keep for as long as the process lives what lies on a card that is gone.

    CTranslate2 frees it in destructors, and the error that comes of it there ends the process. The exception's traceback holds some of it.
    """
    for thing in things:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
