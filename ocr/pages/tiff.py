"""What a TIFF's directory says before anything is decoded: where its pages are, and how its pixels are shaped."""

import struct
from pathlib import Path

_REDUCED = 254
_MOST = 100_000


class EndsEarlyError(ValueError):
    """Raised when the directory of a page lies behind the end of the file."""


def page_frames(path: Path) -> list[int]:
    """Indices of the frames that are pages; reduced copies of a page (previews) are left out.

    Raises EndsEarlyError for a cut file, ValueError for a directory that goes round in circles.
    """
    frames: list[int] = []
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(16)
        if len(head) < 8:
            raise EndsEarlyError
        order = "<" if head[:2] == b"II" else ">"
        big = head[2:4] in (b"+\x00", b"\x00+")
        count, entry, offset = ("Q", 20, "Q") if big else ("H", 12, "I")
        if big and len(head) < 16:
            raise EndsEarlyError
        (at,) = struct.unpack_from(order + offset, head, 8 if big else 4)
        seen: set[int] = set()
        while at:
            if at in seen or len(seen) > _MOST:
                raise ValueError
            seen.add(at)
            file.seek(at)
            raw = file.read(struct.calcsize(count))
            if at >= size or len(raw) < struct.calcsize(count):
                raise EndsEarlyError
            (entries,) = struct.unpack(order + count, raw)
            if entries * entry > size:
                raise EndsEarlyError
            table = file.read(entries * entry + struct.calcsize(offset))
            if len(table) < entries * entry + struct.calcsize(offset):
                raise EndsEarlyError
            if not _reduced(table, entries, entry, order, big=big):
                frames.append(len(seen) - 1)
            (at,) = struct.unpack_from(order + offset, table, entries * entry)
    return frames


def _reduced(table: bytes, entries: int, entry: int, order: str, *, big: bool) -> bool:
    for index in range(entries):
        (tag,) = struct.unpack_from(order + "H", table, index * entry)
        if tag == _REDUCED:
            (value,) = struct.unpack_from(order + "I", table, index * entry + (12 if big else 8))
            return bool(value & 1)
    return False
