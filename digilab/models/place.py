"""The models folder while something changes in it: one command at a time, nothing half whenever the power goes."""

import contextlib
import errno
import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digilab.errors import (
    FileUnusableError,
    ModelHeldError,
    ModelMissingError,
    ModelNameError,
    ModelsBusyError,
    ModelSpaceError,
)
from digilab.models.manifest import MANIFEST

_COMING, _REPLACED, _GOING = ".incoming-", ".replaced-", ".removed-"
TURN = ".turn"
PULLED = ".pulled-"
"""What is being fetched from a hub; one that is older than a day is nobody's any more."""
_DAY = 86400
_MARGIN = 64 * 1024**2
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What a disk without room says."""


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """This command alone changes the models folder; what a dead one left is cleared away. Raises ModelsBusyError."""
    made(folder)
    # A file of its own, open for writing: over NFS an exclusive lock demands it, and a folder cannot be.
    descriptor = os.open(folder / TURN, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.geteuid() == 0:
            # An administrator who only looked must not lock out the account that the house runs as.
            owner = os.stat(folder)
            with contextlib.suppress(PermissionError):  # a server of files that knows no root
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ModelsBusyError(folder=str(folder)) from None
        _tidy(folder)
        yield
    finally:
        os.close(descriptor)


def recover(folder: Path) -> None:
    """Put right what a power cut left, unless a command is at work or the folder is not ours to change. Makes no folder."""
    if folder.is_dir():
        with contextlib.suppress(ModelsBusyError, OSError), turn(folder):
            pass


@contextmanager
def arriving(folder: Path, name: str, size: int, *, replace: bool) -> Iterator[Path]:
    """An empty folder to fill; in its place, durably, when the block ends well, and gone when it does not.

    Raises ModelNameError when the name is taken, ModelHeldError, ModelSpaceError.
    """
    with turn(folder):
        target = folder / name
        if target.exists() and not replace:
            raise ModelNameError(name=name)
        incoming = folder / f"{_COMING}{uuid.uuid4().hex}"
        try:
            with room_told(folder, size):
                incoming.mkdir()
                yield incoming
                for path in sorted(incoming.rglob("*"), reverse=True):
                    if path.is_dir():
                        synced(path)
                synced(incoming)
            if target.exists():
                _replaced(folder, target, incoming)
            else:
                incoming.rename(target)
            synced(folder)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)


@contextmanager
def room_told(folder: Path, size: int) -> Iterator[None]:
    """Room for so many bytes on this folder's disk. Raises ModelSpaceError before, or when it fills up meanwhile."""
    free = shutil.disk_usage(folder).free
    if free < size + _MARGIN:
        raise ModelSpaceError(folder=str(folder), needed=_mega(size + _MARGIN), free=_mega(free))
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            # Without a name it happened while bytes were written: a medium that was pulled out, a file too large for its kind.
            if error.filename is not None:
                raise
            raise FileUnusableError(file=str(folder), reason=error.strerror or "") from error
        free = shutil.disk_usage(folder).free
        raise ModelSpaceError(folder=str(folder), needed=_mega(size + _MARGIN), free=_mega(free)) from error


def removed(folder: Path, model: Path) -> None:
    """Take a model away: from one moment to the next it is not there. Raises ModelHeldError, ModelsBusyError."""
    with turn(folder), _unheld(model):
        going = folder / f"{_GOING}{uuid.uuid4().hex}"
        model.rename(going)
        synced(folder)
        _cleared(going)


@contextmanager
def held(model: Path) -> Iterator[None]:
    """Work with this model: meanwhile nobody replaces or removes it. Raises ModelMissingError when somebody is about to."""
    with contextlib.ExitStack() as stack:
        # A folder without a manifest was laid here by hand; whoever did that takes it away by hand, too.
        with contextlib.suppress(FileNotFoundError):
            file = stack.enter_context((model / MANIFEST).open("rb"))
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ModelMissingError(name=model.name) from None
        if not model.is_dir():
            raise ModelMissingError(name=model.name)
        yield


def made(folder: Path, mode: int = 0o777) -> None:
    """The folder and those above it, so that a power cut does not take them away with what lies in them. Raises FileUnusableError."""
    for each in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        try:
            each.mkdir(mode, exist_ok=True)
            synced(each.parent)
        except OSError as error:
            raise FileUnusableError(file=str(each), reason=error.strerror or "") from error


def synced(path: Path) -> None:
    """What was written in this file or folder survives a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replaced(folder: Path, target: Path, incoming: Path) -> None:
    """Between the two renames the name is free: jobs would wait, and `_tidy` puts the old one back."""
    with _unheld(target):
        old = folder / f"{_REPLACED}{target.name}"
        target.rename(old)
        incoming.rename(target)
        synced(folder)
        _cleared(old)


@contextmanager
def _unheld(model: Path) -> Iterator[None]:
    """Raises ModelHeldError while a worker has it loaded."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(FileNotFoundError):
            # Open for writing, as above.
            file = stack.enter_context((model / MANIFEST).open("r+b"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ModelHeldError(name=model.name) from None
        yield


def _tidy(folder: Path) -> None:
    for path in folder.glob(".*"):
        if path.name.startswith(_REPLACED) and not (place := folder / path.name.removeprefix(_REPLACED)).exists():
            path.rename(place)
            synced(folder)
        elif path.name.startswith((_COMING, _GOING, _REPLACED)) or (
            path.name.startswith(PULLED) and time.time() - path.stat().st_mtime > _DAY
        ):
            _cleared(path)


def _cleared(path: Path) -> None:
    # Somebody may have laid a link here to a model elsewhere: the link goes, what it leads to is not ours.
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def _mega(size: int) -> int:
    return -(-size // 1_000_000)
