"""Folders for temporary files that go away with the run that made them, or, when that was killed, with the next worker's start."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A new folder under `parent`, locked for the time of the block so that nobody sweeps it away."""
    while True:
        folder = Path(tempfile.mkdtemp(dir=parent))
        handle = _locked(folder)
        if handle is not None:
            break
        # Somebody swept it before it was locked.
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def sweep(parent: Path) -> int:
    """Remove what processes of this machine left behind that did not come to remove it; how many folders."""
    swept = 0
    for folder in parent.iterdir():
        handle = _locked(folder)
        if handle is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)
            swept += 1
    return swept


def _locked(folder: Path) -> int | None:
    """A handle that holds the folder's lock; None when another process holds it or has removed the folder."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The kernel lets go of the lock of a killed process by itself.
        if folder.stat().st_ino == os.fstat(handle).st_ino:
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(handle)
    return None
