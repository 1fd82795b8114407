"""Model folders: list, choose, import, remove. A model is a folder in the models folder; its manifest says what is in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from digilab.errors import (
    ModelDamagedError,
    ModelFileError,
    ModelFolderError,
    ModelIncompleteError,
    ModelMissingError,
    ModelNameError,
    ModelToldError,
)
from digilab.models import place
from digilab.models.files import copied, kept, paths_in
from digilab.models.manifest import (
    LONGEST_TEXT,
    MANIFEST,
    MOST_FILES,
    SIGNATURE,
    Known,
    Manifest,
    made_plain,
    manifest_in,
    plain_text,
)
from digilab.models.sorts import DEMANDED, NEEDED, Sort, seen

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
DEFAULT_CUDA = "large-v3-turbo"
DEFAULT_CPU = "small"
_LICENCE_FILE = re.compile(r"(licen[cs]e|copying)([._-].*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Model:
    """A model that is here."""

    name: str
    folder: Path
    sort: Sort
    size: int
    manifest: Manifest
    """Empty where there is none or where it is damaged."""

    @property
    def source(self) -> str:
        """Where it came from, as its manifest says; empty without one."""
        return self.manifest.source


@dataclass(frozen=True)
class Told:
    """What whoever brings a model in says of it; a manifest that comes along says the rest."""

    source: str = ""
    revision: str = ""
    licence: str = ""
    licence_file: Path | None = None

    def __bool__(self) -> bool:
        return self != Told()


def models(folder: Path, sort: Sort | None = None) -> list[Model]:
    """All models in the models folder, or those of one sort, by name."""
    if not folder.is_dir():
        return []
    # The name tells a model from one that is just being brought in, or was when the power failed.
    found = (_seen(path) for path in sorted(folder.iterdir()) if NAME.fullmatch(path.name))
    return [model for model in found if model is not None and sort in (None, model.sort)]


def chosen_model(folder: Path, name: str, sort: Sort = Sort.TRANSCRIPTION) -> Path:
    """The folder of the model to use: the named one; without a name the usual one of its sort, or the only one there is.

    For transcription large-v3-turbo with CUDA and small without are the usual ones. Raises ModelMissingError.
    """
    if name:
        return _existing(folder, name, sort).folder
    present = {model.name: model.folder for model in models(folder, sort)}
    usual = usual_models() if sort is Sort.TRANSCRIPTION else ()
    for default in usual:
        if default in present:
            return present[default]
    if len(present) == 1:
        return next(iter(present.values()))
    raise ModelMissingError(name=usual[0] if usual else sort.value)


def usual_models() -> tuple[str, str]:
    """The speech models that this machine uses when none is named, the better fitting one first."""
    return (DEFAULT_CUDA, DEFAULT_CPU) if _cuda() else (DEFAULT_CPU, DEFAULT_CUDA)


def existing(folder: Path, name: str) -> Model:
    """The model of this name, of any sort. Raises ModelMissingError."""
    return _existing(folder, name)


def import_model(folder: Path, source: Path, name: str = "", told: Told = Told(), *, replace: bool = False) -> Model:
    """Copy a model folder in, write its manifest (or check the one it carries), and give it its place in one step.

    Raises ModelFolderError, ModelIncompleteError, ModelNameError, ModelToldError, ModelDamagedError, ModelFileError,
    ModelSpaceError, FileUnusableError.
    """
    name = name or source.resolve().name
    check_name(name)
    check_told(told)
    sort = seen(source) if source.is_dir() else None
    if sort is None:
        raise ModelFolderError(folder=str(source))
    # The files first: what lies there as a manifest may be a link, which is refused before it is read.
    paths = list(paths_in(source))
    carried = manifest_in(source)
    for demanded in DEMANDED[sort]:
        if demanded not in paths:
            raise ModelIncompleteError(folder=str(source), file=demanded)
    added = [] if told.licence_file is None else [told.licence_file]
    if len(paths) + len(added) > MOST_FILES:
        raise ModelFileError(name=name, file=paths[MOST_FILES - len(added)])
    size = sum(path.stat().st_size for path in (*(source / path for path in paths), *added))
    with place.arriving(folder, name, size, replace=replace) as incoming:
        files = {path: copied(source / path, incoming / path) for path in paths}
        for path, expected in (carried.files if carried else {}).items():
            if path not in files or expected.sha256 != files[path].sha256:
                raise ModelDamagedError(name=name, file=path)
        if carried is not None and carried.format != 1 and set(carried.files) == set(files) and not told:
            # As it is: a signature over it stays one.
            for each in (MANIFEST, SIGNATURE):
                if (source / each).is_file():
                    copied(source / each, incoming / each)
        else:
            manifest = _new_manifest(name, sort, told, carried or Manifest(), files, source)
            if told.licence_file is not None:
                manifest = _with_licence(manifest, told.licence_file, incoming)
            kept(iter([manifest.to_bytes()]), incoming / MANIFEST)
    return _existing(folder, name)


def remove_model(folder: Path, name: str) -> None:
    """Take it away. Raises ModelMissingError, ModelHeldError while a worker has it loaded."""
    place.removed(folder, _existing(folder, name).folder)


def check_name(name: str) -> None:
    """Raises ModelNameError."""
    if NAME.fullmatch(name) is None:
        raise ModelNameError(name=name)


def check_told(told: Told) -> None:
    """Raises ModelToldError for what would make a manifest that nobody could read."""
    for option, text in (("licence", told.licence), ("origin", told.source), ("revision", told.revision)):
        if not plain_text(text):
            raise ModelToldError(option=option, most=LONGEST_TEXT)


def _new_manifest(
    name: str, sort: Sort, told: Told, carried: Manifest, files: dict[str, Known], source: Path
) -> Manifest:
    licences = [path for path in files if _LICENCE_FILE.fullmatch(path)]
    return Manifest(
        name=name,
        sort=sort,
        source=told.source or carried.source or made_plain(str(source)),
        revision=told.revision or carried.revision,
        licence=told.licence or carried.licence,
        licence_file=carried.licence_file or (licences[0] if licences else ""),
        made_at=carried.made_at or datetime.now(UTC).isoformat(timespec="seconds"),
        files=files,
    )


def _with_licence(manifest: Manifest, file: Path, incoming: Path) -> Manifest:
    target = next(name for name in _licence_names() if not (incoming / name).exists())
    known = copied(file, incoming / target)
    return replace(manifest, licence_file=target, files={**manifest.files, target: known})


def _licence_names() -> Iterator[str]:
    yield from ("LICENSE", "LICENSE.told")
    yield from (f"LICENSE.told-{number}" for number in count(2))


def _existing(folder: Path, name: str, sort: Sort | None = None) -> Model:
    model = _seen(folder / name) if NAME.fullmatch(name) is not None else None
    if model is None or sort not in (None, model.sort):
        raise ModelMissingError(name=name)
    return model


def _seen(path: Path) -> Model | None:
    """The model in this folder; a damaged manifest keeps nobody from seeing it."""
    if not path.is_dir():
        return None
    try:
        manifest = manifest_in(path) or Manifest()
    except ModelDamagedError:
        manifest = Manifest()
    sort = manifest.sort or seen(path)
    if sort is None or not (path / NEEDED[sort]).is_file():
        return None
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return Model(path.name, path, sort, size, manifest)


def _cuda() -> bool:
    """Whether this machine has an NVIDIA card; asked of the driver's own device files, as the job server loads no engine."""
    return Path("/dev/nvidia0").exists()
