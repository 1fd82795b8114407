"""The project's own files, for tests that walk them."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PACKAGES = ("digilab", "workers", "transcribe", "ocr", "robots")

_MADE = {"build", "dist", "__pycache__", "node_modules"}


def files(*folders: str, ending: str = "") -> Iterator[Path]:
    """Every file of the project (or of some folders) whose name ends so; nothing that a command made."""
    for folder in folders or (".",):
        yield from sorted(path for path in _walk(ROOT / folder) if path.name.endswith(ending))


def shown(path: Path) -> str:
    """A path as a reader of a failed test wants it."""
    return str(path.relative_to(ROOT))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _MADE or (path.name.startswith(".") and path.name not in (".ci", ".gitignore")):
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path
