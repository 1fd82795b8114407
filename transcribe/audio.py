"""Any recording to a stream of 16 kHz mono samples, in flat memory whatever its length."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from transcribe import nature
from transcribe.containers import Account, account
from transcribe.decode import Decoder, Loose
from transcribe.errors import (
    AudioBeyondSalvageError,
    AudioEmptyError,
    AudioEndsEarlyError,
    AudioIsOtherTypeError,
    AudioProtectedError,
    AudioTooLongError,
    AudioTypeRefusedError,
    AudioUnreadableError,
    AudioWithoutSoundTrackError,
)
from transcribe.rescue import frames
from transcribe.transcript import Damage

RATE = 16_000
LONGEST_SECONDS = 13 * 3600.0

# Demuxers that read one file and nothing else; playlists, devices and image readers are not among them.
FORMATS = "aac,aiff,amr,amrnb,amrwb,asf,avi,caf,dss,flac,matroska,mov,mp3,mpeg,mpegts,ogg,w64,wav"

_NOISE = 4  # errors per frame: some of any random bytes decode by chance

Samples = NDArray[np.int16]


@dataclass(frozen=True)
class Recording:
    """What the file says of itself; `seconds` may be wrong or None, true length comes by decoding."""

    container: str
    codec: str
    channels: int
    sample_rate: int
    seconds: float | None
    size: int


def probe(path: Path) -> Recording:
    """Open, look, close. Raises an AudioError when no sound can be read from it."""
    size, ledger = _checked(path)
    with path.open("rb") as file, _opened(file, ledger) as container:
        return _recording(container, _sound_track(container), size)


class Stream:
    """The samples of a recording, block by block; `damage` and `seconds` grow while it is read."""

    def __init__(self, path: Path, block_seconds: float, longest_seconds: float, salvage: bool) -> None:
        self.size, self._ledger = _checked(path)
        self._path = path
        self._block = int(block_seconds * RATE)
        self._longest = longest_seconds
        self._salvage = salvage
        self.samples = 0
        self.damage: list[Damage] = []

    @property
    def seconds(self) -> float:
        """Seconds given out so far."""
        return self.samples / RATE

    def __iter__(self) -> Iterator[Samples]:
        waiting: list[Samples] = []
        count = 0
        for piece in self._pieces():
            waiting.append(piece)
            count += len(piece)
            while count >= self._block:
                whole = np.concatenate(waiting)
                yield self._given(whole[: self._block])
                waiting, count = [whole[self._block :]], count - self._block
        if count:
            yield self._given(np.concatenate(waiting))
        self._check_end()

    def _given(self, block: Samples) -> Samples:
        self.samples += len(block)
        if self.seconds > self._longest:
            raise AudioTooLongError(hours=round(self._longest / 3600, 1))
        return block

    def _pieces(self) -> Iterator[Samples]:
        if self._salvage and self._ledger.bare:
            yield from self._salvaged(*self._ledger.bare)
            return
        with self._path.open("rb") as file, _opened(file, self._ledger) as container:
            decoder = Decoder(container, _sound_track(container), self.damage)
            yield from decoder
        if decoder.frames == 0 or decoder.errors > _NOISE * decoder.frames:
            self._raise_unreadable()

    def _salvaged(self, start: int, end: int) -> Iterator[Samples]:
        """What lies between two places without an index."""
        self.damage.append(Damage(0.0, 0.0, "rebuilt"))
        loose = Loose(frames(self._path, start, end), self.damage)
        yield from loose
        if not loose.frames:
            raise AudioBeyondSalvageError

    def _raise_unreadable(self) -> NoReturn:
        if self._ledger.ends_early:
            raise AudioEndsEarlyError(seconds=0.0)
        raise AudioUnreadableError

    def _check_end(self) -> None:
        """Cut off by its own account, or (FLAC) fewer samples than it was written with."""
        promised = self._ledger.seconds
        short = promised is not None and promised - self.seconds > 0.5
        if not (short or self._ledger.ends_early):
            return
        if not self._salvage:
            raise AudioEndsEarlyError(seconds=round(self.seconds, 1))
        self.damage.append(Damage(round(self.seconds, 3), round(self.seconds, 3), "end"))


def stream(
    path: Path,
    *,
    block_seconds: float = 30.0,
    longest_seconds: float = LONGEST_SECONDS,
    salvage: bool = False,
) -> Stream:
    """The recording as int16 mono blocks at 16 kHz.

    Iterating raises an AudioError; AudioEndsEarlyError comes after the last readable block, unless `salvage`
    is set: then the early end is only noted in `damage`.
    """
    return Stream(path, block_seconds, longest_seconds, salvage)


def _checked(path: Path) -> tuple[int, Account]:
    size = path.stat().st_size
    if size == 0:
        raise AudioEmptyError
    with path.open("rb") as file:
        head = file.read(nature.HEAD_BYTES)
    if found := nature.refused(head):
        raise AudioTypeRefusedError(found=found)
    if found := nature.other(head):
        raise AudioIsOtherTypeError(found=found)
    ledger = account(path)
    if ledger.protected:
        raise AudioProtectedError
    return size, ledger


class _From(io.RawIOBase):
    """A file seen from `start` on: a leading tag is left out, so its pictures are never loaded."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file, self._start = file, start
        file.seek(start)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        place = offset + self._start if whence == io.SEEK_SET else offset
        return self._file.seek(place, whence) - self._start

    def tell(self) -> int:
        return self._file.tell() - self._start


def _opened(file: BinaryIO, ledger: Account) -> InputContainer:
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}
    if ledger.wrapped:
        options["ignore_length"] = "1"
    source = _From(file, ledger.audio_from) if ledger.audio_from else file
    try:
        return av.open(source, "r", options=options, metadata_errors="ignore", buffer_size=1 << 18, io_open=_refuse)
    except (av.FFmpegError, OSError) as error:
        if ledger.ends_early:
            raise AudioEndsEarlyError(seconds=0.0) from error
        raise AudioUnreadableError from error


def _refuse(*_: Any) -> NoReturn:
    raise AudioTypeRefusedError(found="playlist")


def _sound_track(container: InputContainer) -> AudioStream:
    track = container.streams.best("audio")
    if isinstance(track, AudioStream):
        return track
    if container.streams.video:
        raise AudioWithoutSoundTrackError
    raise AudioUnreadableError


def _recording(container: InputContainer, track: AudioStream, size: int) -> Recording:
    seconds: float | None = None
    if track.duration is not None and track.time_base is not None:
        seconds = float(track.duration * track.time_base)
    elif container.duration is not None:
        seconds = container.duration / 1_000_000
    context = track.codec_context
    return Recording(container.format.name, context.name, context.channels, context.sample_rate or 0, seconds, size)
