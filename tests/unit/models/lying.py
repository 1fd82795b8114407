"""What lies in a models folder, hidden or not, but for the file that commands take turns by."""

from pathlib import Path

from digilab.models.place import TURN


def lying_in(folder: Path) -> list[str]:
    """The names, in order; none where there is no folder."""
    return sorted(path.name for path in folder.iterdir() if path.name != TURN) if folder.exists() else []
