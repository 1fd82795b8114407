"""Is a model still what its manifest says?"""

from collections.abc import Iterator
from pathlib import Path

from digilab.errors import ModelDamagedError
from digilab.models.files import paths_in, sha256
from digilab.models.folder import existing
from digilab.models.manifest import MANIFEST, manifest_in
from digilab.models.sorts import NEEDED, Sort, seen


def verify(folder: Path, name: str) -> int:
    """Compare every file with the manifest; how many were compared. Raises ModelMissingError, ModelDamagedError (all that differ)."""
    model = existing(folder, name)
    wrong = list(differing(model.folder))
    if wrong:
        raise ModelDamagedError(name=name, file=", ".join(wrong))
    manifest = manifest_in(model.folder)
    return len(manifest.files) if manifest else 0


def differing(model: Path, *, deep: bool = True) -> Iterator[str]:
    """Files that are changed, missing, or not in the manifest. Not `deep`: by their sizes alone, which takes no time.

    Raises ModelDamagedError when the manifest itself is missing or none.
    """
    manifest = manifest_in(model)
    if manifest is None or NEEDED[manifest.sort or seen(model) or Sort.TRANSCRIPTION] not in manifest.files:
        raise ModelDamagedError(name=model.name, file=MANIFEST)
    for path, known in manifest.files.items():
        file = model / path
        there = file.is_file() and not file.is_symlink() and known.size in (None, file.stat().st_size)
        if not there or (deep and sha256(file) != known.sha256):
            yield path
    # A file more may change how a model is read; what the older form did not look at is left alone.
    for path in paths_in(model):
        if path not in manifest.files and not (manifest.format == 1 and "/" in path):
            yield path


def checked(model: Path) -> Path:
    """The folder, when every file is there in its size. Raises ModelDamagedError."""
    wrong = list(differing(model, deep=False))
    if wrong:
        raise ModelDamagedError(name=model.name, file=", ".join(wrong))
    return model
