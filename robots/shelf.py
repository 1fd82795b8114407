"""Evidence in a folder, for the command line."""

import os
from pathlib import Path


class FolderShelf:
    """One folder per run; a file is whole and on the disk before its key is given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, name: str, content: bytes) -> str:
        """Keep a file; its path is the key."""
        path = self._folder / name
        partial = path.with_name(f".{name}.partial")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return str(path)
