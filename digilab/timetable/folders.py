"""Spreadsheets from a folder: the newest by its name, once its writer has finished.

Nothing in the folder is moved, renamed or marked. It may be a share that we can only read, its writer may look for its file again, and
what was taken is known by its content's hash anyway: a copy under another name is not taken twice, a mark could be lost with a backup.
Everything is opened from the root's descriptor downwards without following a link, so that no name leads out of it.
"""

import errno
import fnmatch
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digilab.errors import (
    FileTooLargeError,
    SourceChangingError,
    SourceMissingError,
    SourcePatternError,
    SourceRefusedError,
    SourcesUnsetError,
)
from digilab.store.contract import BLOCK, Incoming

KIND = "folder"
LONGEST = 200
MOST_ENTRIES = 10_000
_UNFINISHED = re.compile(r"(\.|~\$).*|.*(\.tmp|\.part|\.partial|\.crdownload|\.filepart|~)", re.IGNORECASE)
"""Names that programs give to what they are still writing, and locks of spreadsheets that are open."""


@dataclass(frozen=True)
class Found:
    """A file as it lay there."""

    name: str
    size: int
    changed: int
    """Nanoseconds, by the folder's own clock: compared with itself only."""

    def noted(self) -> dict[str, Any]:
        """For the run's detail."""
        return {"name": self.name, "size": self.size, "changed": self.changed}


def source(path: str, pattern: str) -> dict[str, Any]:
    """A folder source as the record keeps it."""
    return {"kind": KIND, "path": path, "pattern": pattern}


def check(root: Path | None, kept: Mapping[str, Any]) -> None:
    """Raise TimetableError's kinds unless the folder is there and is ours to read."""
    _pattern(str(kept["pattern"]))
    with opened(root, str(kept["path"])):
        pass


def newest(root: Path | None, kept: Mapping[str, Any]) -> tuple[Found | None, list[str]]:
    """The file whose name comes last, numbers counted as numbers; and the names of all others that fit, in order."""
    pattern = _spelt(_pattern(str(kept["pattern"])))
    found: list[Found] = []
    with opened(root, str(kept["path"])) as folder, os.scandir(folder) as entries:
        for count, entry in enumerate(entries):
            if count >= MOST_ENTRIES:
                raise SourceMissingError(path=str(kept["path"]), reason=f"> {MOST_ENTRIES}")
            # Bytes that are no text in the system's encoding make signs that nobody can print and no database keeps.
            named = entry.name.isprintable() and _UNFINISHED.fullmatch(entry.name) is None
            fits = named and fnmatch.fnmatchcase(_spelt(entry.name), pattern)
            if fits and entry.is_file(follow_symlinks=False):
                there = entry.stat(follow_symlinks=False)
                found.append(Found(entry.name, there.st_size, there.st_mtime_ns))
    found.sort(key=lambda each: order(each.name))
    return (found[-1], [each.name for each in found[:-1]]) if found else (None, [])


def fetch(root: Path | None, kept: Mapping[str, Any], found: Found, into: Incoming, most: int) -> None:
    """Copy the file as it was found. Raises SourceChangingError when it is no longer that, FileTooLargeError."""
    with opened(root, str(kept["path"])) as folder:
        try:
            # Without waiting: somebody could have put a pipe there.
            file = os.open(found.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except OSError as error:
            raise SourceChangingError(name=found.name) from error
        with os.fdopen(file, "rb") as opened_file:
            _same(opened_file.fileno(), found)
            if found.size > most:
                raise FileTooLargeError(name=found.name, limit=f"{most // 1024**2} MiB")
            while block := opened_file.read(BLOCK):
                into.write(block)
                if into.size > found.size:
                    raise SourceChangingError(name=found.name)
            _same(opened_file.fileno(), found)
    if into.size != found.size:
        raise SourceChangingError(name=found.name)


def order(name: str) -> list[tuple[int, int, str]]:
    """What names are sorted by: `_9` comes before `_10`, full-width digits are digits."""
    parts = re.split(r"([0-9]+)", unicodedata.normalize("NFKC", name).casefold())
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts if part]


@contextmanager
def opened(root: Path | None, path: str) -> Iterator[int]:
    """The folder's descriptor. Raises SourcesUnsetError, SourceRefusedError, SourceMissingError."""
    if root is None:
        raise SourcesUnsetError
    steps = _steps(path)
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SourceMissingError(path=path[:LONGEST], reason=error.strerror or "") from error
    try:
        for step in steps:
            inner = _step(folder, step, path)
            os.close(folder)
            folder = inner
        yield folder
    except OSError as error:
        # A share that went away while it was read.
        raise SourceMissingError(path=path[:LONGEST], reason=error.strerror or "") from error
    finally:
        os.close(folder)


def _step(folder: int, step: str, path: str) -> int:
    try:
        return os.open(step, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        # A link answers ELOOP, or ENOTDIR where both flags are given.
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise SourceRefusedError(path=path[:LONGEST]) from error
        raise SourceMissingError(path=path[:LONGEST], reason=error.strerror or "") from error


def _steps(path: str) -> list[str]:
    """The folder's names from the root downwards. Raises SourceRefusedError for whatever could lead elsewhere."""
    steps = path.split("/")
    plain = len(path) <= LONGEST and path.isprintable() and "\\" not in path
    if not plain or any(step in ("", ".", "..") for step in steps):
        raise SourceRefusedError(path=path[:LONGEST])
    return steps


def _pattern(pattern: str) -> str:
    if not 0 < len(pattern) <= LONGEST or not pattern.isprintable() or "/" in pattern or "\\" in pattern:
        raise SourcePatternError(pattern=pattern[:LONGEST])
    return pattern


def _spelt(name: str) -> str:
    """One spelling for names of all systems: some take kana apart from their marks."""
    return unicodedata.normalize("NFC", name).casefold()


def _same(file: int, found: Found) -> None:
    there = os.fstat(file)
    if not stat.S_ISREG(there.st_mode) or (there.st_size, there.st_mtime_ns) != (found.size, found.changed):
        raise SourceChangingError(name=found.name)
