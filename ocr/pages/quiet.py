"""What C libraries print while they decode, kept off the log and looked at instead."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


@contextmanager
def overheard() -> Iterator[list[str]]:
    """Lines that libraries write to the process's standard error meanwhile; filled when the block ends.

    libtiff says there, and nowhere else, that rows of a fax were broken. One process decodes one page at a time.
    """
    lines: list[str] = []
    with tempfile.TemporaryFile() as ear:
        try:
            mouth = os.dup(_STDERR)
        except OSError:  # started without one
            yield lines
            return
        try:
            os.dup2(ear.fileno(), _STDERR)
            yield lines
        finally:
            os.dup2(mouth, _STDERR)
            os.close(mouth)
            ear.seek(0)
            lines += ear.read(65_536).decode(errors="replace").splitlines()
