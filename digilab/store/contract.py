"""The contract of the file store: receive, keep, open, and list or delete by key.

A file comes in through `receive()`: bytes are written and hashed into a place nobody sees; `keep` gives it a key, durably, or
`discard` forgets it. So a body that is cut half-way leaves nothing behind.
"""

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self

from digilab.errors import KeyRefusedError, NoSpaceError, StoreUnreachableError

BLOCK = 1024 * 1024
"""Bytes of a block as `open` gives them."""

WRITE_BEHIND = 32 * 1024 * 1024
"""What is coming in goes to the disk after so many bytes, not all at once when the last one has come: who waits for the receipt waits less,
and a recording of gigabytes does not push database and models out of the page cache."""

KEY = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*(/[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*)*")
"""Keys are made by the house only: lower case, no empty part, no `..`, no leading dot or slash."""
LONGEST = 200
"""Letters of the longest key, as the record has room for."""


def checked(key: str) -> str:
    """The key itself. Raises KeyRefusedError for one that the house would not make."""
    if not is_key(key):
        raise KeyRefusedError(key=key[:80])
    return key


def is_key(text: str) -> bool:
    """Whether the house could have made it. What else lies in a store (`Thumbs.db`) was put there by somebody else: it is never listed."""
    return len(text) <= LONGEST and KEY.fullmatch(text) is not None


def checked_prefix(prefix: str) -> str:
    """The prefix itself. Raises KeyRefusedError for one that no key begins with."""
    # With one more letter it must be a key, or the beginning of one.
    if len(prefix) > LONGEST or (prefix and KEY.fullmatch(f"{prefix}x") is None):
        raise KeyRefusedError(key=prefix[:80])
    return prefix


@dataclass(frozen=True)
class Stored:
    """A file that is durably kept."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Listed:
    """A file as the store lists it."""

    key: str
    size: int
    changed_at: datetime


class Incoming:
    """A file being received into a temporary file on this machine. Leaving the `with` block without `keep` discards it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._hash = hashlib.sha256()
        self._synced = 0
        with translated():
            self._file: IO[bytes] = path.open("xb")

    def write(self, block: bytes) -> None:
        """Append and hash a block. Raises NoSpaceError when the disk is full."""
        with translated():
            self._file.write(block)
        self._hash.update(block)
        self.size += len(block)
        if self.size - self._synced >= WRITE_BEHIND:
            self._write_behind()

    @property
    def sha256(self) -> str:
        """Hex digest of what was written so far."""
        return self._hash.hexdigest()

    def head(self, length: int) -> bytes:
        """The first bytes of what was received."""
        with translated():
            if not self._file.closed:
                self._file.flush()
            with self.path.open("rb") as file:
                return file.read(length)

    def finish(self, *, sync: bool) -> None:
        """Close the file; with `sync` its bytes are on the disk afterwards. Raises NoSpaceError."""
        with translated():
            self._file.flush()
            if sync:
                os.fsync(self._file.fileno())
            self._file.close()

    def _write_behind(self) -> None:
        with translated():
            self._file.flush()
            os.fdatasync(self._file.fileno())
            os.posix_fadvise(self._file.fileno(), 0, self.size, os.POSIX_FADV_DONTNEED)
        self._synced = self.size

    def discard(self) -> None:
        """Forget what was received; harmless after `keep`."""
        # On a full disk closing fails once more over the bytes that are thrown away here anyway.
        with suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


@contextmanager
def translated() -> Iterator[None]:
    """What the operating system says of a disk, in the store's words: no space, or it does not answer."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise NoSpaceError from error
        raise StoreUnreachableError(reason=str(error)) from error


def sweep_folder(folder: Path, older_than: datetime) -> int:
    """Remove the files of `folder` that nobody has written to since then; how many."""
    swept = 0
    for path in folder.iterdir():
        # Two processes may sweep at once.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < older_than.timestamp():
                path.unlink()
                swept += 1
    return swept


class Store(Protocol):
    """What every store can do. All raise StoreUnreachableError when it does not answer."""

    def receive(self) -> Incoming:
        """A place for a file that is coming in."""
        ...

    def keep(self, incoming: Incoming, key: str) -> Stored:
        """Give it its key. When this returns the bytes are durable. An existing key is replaced as a whole. Raises NoSpaceError."""
        ...

    def open(self, key: str, start: int = 0, length: int | None = None) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes from `start`, in blocks. Raises StoredFileMissingError."""
        ...

    def local(self, key: str, scratch: Path) -> AbstractContextManager[Path]:
        """The file as a path on this machine for reading: itself, or a copy in `scratch` that goes away with the block."""
        ...

    def size(self, key: str) -> int:
        """Size in bytes. Raises StoredFileMissingError."""
        ...

    def delete(self, key: str) -> None:
        """Remove it; a key that is not there is no error."""
        ...

    def keys(self, prefix: str) -> Iterator[Listed]:
        """All files whose key begins with `prefix`, in order of key. What bears no key of the house is passed over."""
        ...

    def sweep(self, older_than: datetime) -> int:
        """Remove what was received before then and never kept (its process died); how many."""
        ...
