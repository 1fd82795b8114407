"""Is a model still what its manifest says?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from digilab.errors import ModelDamagedError
from digilab.models.files import paths_in, sha256
from digilab.models.folder import existing
from digilab.models.manifest import MANIFEST, manifest_in
from digilab.models.sorts import NEEDED, Sort, seen


@dataclass(frozen=True)
class Difference:
    """A file that is not as recorded."""

    file: str
    what: Literal["changed", "missing", "added"]


def verify(folder: Path, name: str) -> int:
    """Compare every file with the manifest; how many were compared. Raises ModelMissingError, ModelDamagedError (all that differ)."""
    model = existing(folder, name)
    checked(model.folder, deep=True)
    return len(model.manifest.files)


def checked(model: Path, *, deep: bool = False) -> Path:
    """The folder, when every file is as recorded; not `deep`: in its recorded size, which takes no time. Raises ModelDamagedError."""
    if wrong := [each.file for each in differing(model, deep=deep)]:
        raise ModelDamagedError(name=model.name, file=", ".join(wrong))
    return model


def differing(model: Path, *, deep: bool = True) -> Iterator[Difference]:
    """What differs from the manifest. Raises ModelDamagedError when the manifest itself is missing or none."""
    manifest = manifest_in(model)
    if manifest is None or NEEDED[manifest.sort or seen(model) or Sort.TRANSCRIPTION] not in manifest.files:
        raise ModelDamagedError(name=model.name, file=MANIFEST)
    for path, known in manifest.files.items():
        file = model / path
        if not file.is_file():
            yield Difference(path, "missing")
        elif (
            file.is_symlink()
            or known.size not in (None, file.stat().st_size)
            or (deep and sha256(file) != known.sha256)
        ):
            yield Difference(path, "changed")
    # A file more may change how a model is read; what the older form did not look at is left alone.
    for path in paths_in(model):
        if path not in manifest.files and not (manifest.format == 1 and "/" in path):
            yield Difference(path, "added")
