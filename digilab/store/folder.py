"""The default store: a folder, fsync'd and renamed into place."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from digilab.errors import KeyRefusedError, StoredFileMissingError, StoreUnreachableError
from digilab.store.contract import (
    BLOCK,
    Incoming,
    Listed,
    Stored,
    checked,
    checked_prefix,
    is_key,
    sweep_folder,
    translated,
)

TRIES = 100
"""How often `keep` makes its folder anew when `delete` of a neighbour keeps removing it."""


class FolderStore:
    """Files under `root/kept`; what is coming in lies under `root/incoming`, on the same disk so that a rename suffices."""

    def __init__(self, root: Path) -> None:
        self._kept = (root / "kept").resolve()
        self._incoming = (root / "incoming").resolve()
        with translated():
            self._kept.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)

    def receive(self) -> Incoming:
        """A place for a file that is coming in."""
        return Incoming(self._incoming / uuid.uuid4().hex)

    def keep(self, incoming: Incoming, key: str) -> Stored:
        """fsync the bytes, rename, fsync the folder: after a power cut the file is whole or absent, never half."""
        target = self._path(key)
        incoming.finish(sync=True)
        with translated():
            try:
                self._move(incoming.path, target)
            except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
                # A key cannot also be the folder of another one.
                raise KeyRefusedError(key=key) from error
            _sync_folder(target.parent)
        return Stored(key, incoming.size, incoming.sha256)

    @contextmanager
    def open(self, key: str, start: int = 0, length: int | None = None) -> Iterator[Iterator[bytes]]:
        """The bytes from `start`, in blocks of 1 MiB."""
        path = self._existing(key)
        with translated():
            file = path.open("rb")
        with file:
            file.seek(start)
            yield _blocks(file.read, length)

    @contextmanager
    def local(self, key: str, scratch: Path) -> Iterator[Path]:  # noqa: ARG002 - the contract's signature; no copy is needed
        """The file itself."""
        yield self._existing(key)

    def size(self, key: str) -> int:
        """Size in bytes."""
        with translated():
            return self._existing(key).stat().st_size

    def delete(self, key: str) -> None:
        """Remove it and the folders that it leaves empty."""
        path = self._path(key)
        with translated(), suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()
        for folder in path.parents:
            if folder == self._kept:
                break
            try:
                folder.rmdir()
            except OSError:
                break

    def keys(self, prefix: str) -> Iterator[Listed]:
        """Walks the whole folder above the prefix, and holds the names of one folder at a time."""
        base = checked_prefix(prefix).rpartition("/")[0]
        self._there()
        for key in self._walked(base and f"{base}/", prefix):
            with translated():
                try:
                    facts = (self._kept / key).stat()
                except FileNotFoundError:  # removed since it was found
                    continue
            yield Listed(key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    def sweep(self, older_than: datetime) -> int:
        """Remove what was never kept."""
        with translated():
            return sweep_folder(self._incoming, older_than)

    def _walked(self, folder: str, prefix: str) -> Iterator[str]:
        """Keys under a folder, "" or one that ends in a slash, in order of the key as a text, as a bucket has them."""
        for name in _names(self._kept / folder):
            found = folder + name
            if name.endswith("/"):
                if found.startswith(prefix) or prefix.startswith(found):
                    yield from self._walked(found, prefix)
            elif found.startswith(prefix) and is_key(found):
                yield found

    def _path(self, key: str) -> Path:
        path = self._kept / checked(key)
        self._there()
        # Not the check that keeps `..` out (that is the key's alphabet) but the one that still holds if a link lies in the folder.
        if not path.resolve().is_relative_to(self._kept):
            raise StoredFileMissingError(key=key)
        return path

    def _existing(self, key: str) -> Path:
        path = self._path(key)
        with translated():
            if not path.is_file():
                raise StoredFileMissingError(key=key)
        return path

    def _there(self) -> None:
        # Without this a disk that was unmounted would look like a store that has lost its files.
        if not self._kept.is_dir():
            raise StoreUnreachableError(reason=f"{self._kept} is gone")

    def _move(self, source: Path, target: Path) -> None:
        for _ in range(TRIES):
            with suppress(FileNotFoundError, FileExistsError):
                self._make_folder(target.parent)
                source.replace(target)
                return
        self._make_folder(target.parent)
        source.replace(target)

    def _make_folder(self, folder: Path) -> None:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir(exist_ok=True)
            _sync_folder(each.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _names(folder: Path) -> list[str]:
    """Files, and folders with a slash behind: so all that lies in one comes where its own name does. Links are none of the house's."""
    with translated():
        try:
            with os.scandir(folder) as entries:
                named = (
                    (entry.name, entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False))
                    for entry in entries
                )
                return sorted(
                    f"{name}/" if is_folder else name for name, is_folder, is_file in named if is_folder or is_file
                )
        except (FileNotFoundError, NotADirectoryError):  # removed by `delete`, as it was empty
            return []


def _blocks(read: Callable[[int], bytes], length: int | None) -> Iterator[bytes]:
    left = length
    while left is None or left > 0:
        with translated():
            block = read(BLOCK if left is None else min(BLOCK, left))
        if not block:
            return
        if left is not None:
            left -= len(block)
        yield block
