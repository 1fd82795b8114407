"""Byte accounting of containers: does the file hold what its own index promises, and is it protected?

Durations in headers are often wrong; sizes are not. A file is cut off when a container says that more
bytes follow than there are. Layouts: ISO/IEC 14496-12 (MP4), RIFF/RF64 (EBU 3306), RFC 3533 (Ogg),
RFC 9559 (Matroska), RFC 9639 (FLAC), Microsoft ASF 1.20, LAME's Xing header (MP3).
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_SLACK = 2048  # bytes: less than an MP3 frame or an Ogg page at the end is nobody's loss
_TAIL = 1 << 17
_DS64 = 28  # bytes of the chunk that tell sizes; a table of other chunks may follow


@dataclass(frozen=True)
class Account:
    """What the container's own numbers say. `audio_from` skips a leading tag (pictures of 100 MB live there)."""

    missing: int = 0
    closed: bool = True
    protected: bool = False
    audio_from: int = 0
    seconds: float | None = None
    wrapped: bool = False
    bare: tuple[int, int] | None = None
    """Where the sound of an MP4 lies whose index was never written."""

    @property
    def ends_early(self) -> bool:
        """True when the file is shorter than it says, or its index was never written."""
        return not self.closed or self.missing > _SLACK


def account(path: Path) -> Account:
    """The account of the file at `path`; an unknown container gives an empty account."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16)
        if head[:4] in (b"RIFF", b"RF64", b"BW64"):
            return _wav(file, size)
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"):
            return _mp4(file, size)
        if head[:4] == b"OggS":
            return _ogg(file, size)
        if head[:4] == b"fLaC":
            return _flac(file)
        if head[:4] == b"\x1aE\xdf\xa3":
            return _matroska(file, size)
        if head[:4] in (b"FORM", b"caff", b"riff"):
            return Account(missing=max(0, _stated_size(file, head, size) - size))
        if head == _ASF_HEADER:
            return _asf(file, size)
        return _mp3(file, size)


def _wav(file: BinaryIO, size: int) -> Account:
    file.seek(12)
    long_size = None
    while len(header := file.read(8)) == 8:
        name, length = struct.unpack("<4sI", header)
        following = file.tell() + length + length % 2
        if name == b"ds64":
            body = file.read(min(length, _DS64))
            long_size = struct.unpack("<Q", body[8:16])[0] if len(body) >= 16 else None
        if name == b"data":
            return _wav_data(file, size, long_size if length == 0xFFFFFFFF else length)
        if following > size:
            break
        file.seek(following)
    return Account(closed=False)


def _wav_data(file: BinaryIO, size: int, length: int | None) -> Account:
    start = file.tell()
    if not length:  # a recorder that never came back to write it: everything that follows is sound
        return Account(wrapped=True)
    end = start + length
    if end >= size:
        return Account(missing=end - size)
    file.seek(end + end % 2)
    follows = file.read(4)
    # Above 4 GB old recorders let the 32-bit size wrap: what follows is then sound, no chunk's name.
    return Account(wrapped=len(follows) == 4 and not follows.isalnum())


def _stated_size(file: BinaryIO, head: bytes, size: int) -> int:
    """AIFF and W64 state their whole size at the front; CAF the size of each chunk."""
    if head[:4] == b"FORM":
        return 8 + int.from_bytes(head[4:8], "big")
    if head[:4] == b"riff":
        return int.from_bytes(file.read(8), "little")
    at = 8
    while at + 12 <= size:
        file.seek(at)
        length = struct.unpack(">4sq", file.read(12))[1]
        if length < 0:  # the sound of a recorder that never came back to write it
            return size
        at += 12 + length
    return at


def _mp4(file: BinaryIO, size: int) -> Account:
    missing, has_index, protected, sound = 0, False, False, (0, 0)
    for name, body, end in _boxes(file, 0, size):
        missing = max(missing, end - size)
        if name == b"mdat":
            # A recorder writes the box's length last: until then it may say that the box is empty.
            sound = (body, min(end, size) if end > body else size)
        if name == b"moov":
            has_index = True
            protected = _mp4_protected(file, body, min(end, size))
    bare = None if has_index or not sound[0] else sound
    return Account(missing=missing, closed=has_index, protected=protected, bare=bare)


def _boxes(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start of the body and end of each box between two places."""
    while start + 8 <= stop:
        file.seek(start)
        length, name = struct.unpack(">I4s", file.read(8))
        body = start + 8
        if length == 1:
            extended = file.read(8)
            if len(extended) < 8:
                return
            length, body = struct.unpack(">Q", extended)[0], body + 8
        end = stop if length == 0 else start + length
        if end < body:
            return
        yield name, body, end
        start = end


_WAY_TO_SAMPLES = (b"trak", b"mdia", b"minf", b"stbl", b"stsd")


def _mp4_protected(file: BinaryIO, start: int, stop: int, way: tuple[bytes, ...] = _WAY_TO_SAMPLES) -> bool:
    if not way:
        return any(entry in (b"drms", b"enca") for entry, _, _ in _boxes(file, start + 8, stop))
    return any(
        _mp4_protected(file, body, min(end, stop), way[1:])
        for name, body, end in _boxes(file, start, stop)
        if name == way[0]
    )


def _ogg(file: BinaryIO, size: int) -> Account:
    start = max(0, size - _TAIL)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"OggS\x00")
    if at < 0:
        return Account(missing=_SLACK + 1)
    page = tail[at:]
    segments = page[26] if len(page) > 26 else 255
    lengths = page[27 : 27 + segments]
    whole = 27 + segments + sum(lengths)
    # A cut page is proof enough: pages are written whole.
    return Account(closed=len(lengths) == segments and whole <= len(page))


def _flac(file: BinaryIO) -> Account:
    file.seek(8 + 10)
    fields = int.from_bytes(file.read(8), "big")
    rate, samples = fields >> 44, fields & ((1 << 36) - 1)
    return Account(seconds=samples / rate if rate and samples else None)


def _matroska(file: BinaryIO, size: int) -> Account:
    file.seek(4)
    head = _ebml_length(file) or 0
    if head > size:
        return Account()
    file.seek(head, os.SEEK_CUR)
    if file.read(4) != b"\x18\x53\x80\x67":
        return Account()
    length = _ebml_length(file)
    return Account(missing=0 if length is None else max(0, file.tell() + length - size))


def _ebml_length(file: BinaryIO) -> int | None:
    """A variable-length size; None for 'unknown', which live recordings carry."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    extra = 8 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & ((1 << (7 - extra)) - 1)]) + file.read(extra), "big")
    return None if value == (1 << (7 * (extra + 1))) - 1 else value


_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_LEAST = 30
_ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_LOCKS = (bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"), bytes.fromhex("14e68a292226174cb935dae07ee9289c"))


def _asf(file: BinaryIO, size: int) -> Account:
    if size < _ASF_LEAST:
        return Account(closed=False)
    file.seek(16)
    length, count = struct.unpack("<QI", file.read(12))
    file.seek(30)
    header = file.read(min(length, 1 << 20))
    at, missing, protected = 0, 0, False
    for _ in range(min(count, 1000)):
        name, span = header[at : at + 16], int.from_bytes(header[at + 16 : at + 24], "little")
        if name == _ASF_FILE and len(header) >= at + 92:
            promised, flags = struct.unpack("<Q", header[at + 40 : at + 48])[0], header[at + 88]
            missing = 0 if flags & 1 else max(0, promised - size)
        protected = protected or name in _ASF_LOCKS
        at += max(span, 24)
    return Account(missing=missing, protected=protected)


def _mp3(file: BinaryIO, size: int) -> Account:
    start = _after_id3(file)
    file.seek(start)
    head = file.read(4096)
    at = max(head.find(b"Xing"), head.find(b"Info"))
    if at < 0 or len(head) < at + 16 or not head[at + 7] & 2:
        return Account(audio_from=start)
    frames = 4 if head[at + 7] & 1 else 0
    length = int.from_bytes(head[at + 8 + frames : at + 12 + frames], "big")
    return Account(missing=max(0, start + length - size), audio_from=start)


def _after_id3(file: BinaryIO) -> int:
    file.seek(0)
    head = file.read(10)
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    length = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return 10 + length + (10 if head[5] & 0x10 else 0)
