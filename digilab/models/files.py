"""A model's files: which there are, copying them so that they last, their checksums."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from digilab.errors import FileUnusableError, ModelFileError
from digilab.models.manifest import LONGEST_PATH, OURS, Known, plain_path

BLOCK = 1024 * 1024


def paths_in(model: Path, below: str = "") -> Iterator[str]:
    """Every file of a model, sub-folders included, hidden ones and our own left out. Raises ModelFileError."""
    for entry in sorted(os.scandir(model / below), key=lambda each: each.name):
        path = f"{below}{entry.name}"
        if entry.name.startswith("."):
            continue
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode) and len(path) < LONGEST_PATH:
            yield from paths_in(model, f"{path}/")
        # A link would bring in whatever it points at on this machine, under one of our own names, too.
        elif stat.S_ISREG(mode) and path in OURS:
            continue
        elif stat.S_ISREG(mode) and plain_path(path):
            yield path
        else:
            raise ModelFileError(name=model.name, file=path if path.isprintable() else ascii(path))


def copied(source: Path, target: Path) -> Known:
    """Copy, durably, and tell what was copied. Raises FileUnusableError when the source breaks off."""
    with source.open("rb") as reading:
        return kept(iter(lambda: taken(reading, BLOCK), b""), target)


def taken(reading: IO[bytes], size: int) -> bytes:
    """Read from what was carried in. Raises FileUnusableError with the file's name: a medium that is pulled out tells none."""
    try:
        return reading.read(size)
    except OSError as error:
        raise FileUnusableError(file=str(reading.name), reason=error.strerror or "") from error


def kept(blocks: Iterator[bytes], target: Path) -> Known:
    """Write, durably, and tell what was written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as writing:
        for block in blocks:
            digest.update(block)
            size += len(block)
            writing.write(block)
        writing.flush()
        os.fsync(writing.fileno())
    return Known(digest.hexdigest(), size)


def sha256(path: Path) -> str:
    """Checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
