"""Model folders: list, verify, import. A model is a folder in the models folder; `manifest.json` holds its files' checksums."""

import hashlib
import json
import re
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digilab.errors import ModelDamagedError, ModelMissingError, ModelNameError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
MANIFEST = "manifest.json"
NEEDED = "model.bin"
DEFAULT_CUDA = "large-v3-turbo"
DEFAULT_CPU = "small"


@dataclass(frozen=True)
class Model:
    """A model that is here."""

    name: str
    folder: Path
    size: int
    source: str
    """Where it came from, as its manifest says; empty without one."""


def models(folder: Path) -> list[Model]:
    """All models in the models folder, by name."""
    if not folder.is_dir():
        return []
    # The name tells a model from one that is just being brought in, or was when the power failed.
    found = [path for path in sorted(folder.iterdir()) if NAME.fullmatch(path.name) and (path / NEEDED).is_file()]
    return [Model(path.name, path, _size(path), _source(path)) for path in found]


def chosen_model(folder: Path, name: str) -> Path:
    """The folder of the model to use: the named one; without a name large-v3-turbo with CUDA and small without, or the only one there is.

    Raises ModelMissingError.
    """
    if name:
        return _existing(folder, name)
    for default in (DEFAULT_CUDA, DEFAULT_CPU) if _cuda() else (DEFAULT_CPU, DEFAULT_CUDA):
        if (folder / default / NEEDED).is_file():
            return folder / default
    present = models(folder)
    if len(present) == 1:
        return present[0].folder
    raise ModelMissingError(name=DEFAULT_CUDA if _cuda() else DEFAULT_CPU)


def verify(folder: Path, name: str) -> int:
    """Compare every file with the manifest; how many were compared. Raises ModelMissingError, ModelDamagedError."""
    path = _existing(folder, name)
    checksums = _manifest(path)["files"]
    if NEEDED not in checksums:
        raise ModelDamagedError(name=name, file=MANIFEST)
    for file, expected in checksums.items():
        target = path / file
        if not target.is_file() or _sha256(target) != expected:
            raise ModelDamagedError(name=name, file=file)
    return len(checksums)


def import_model(folder: Path, source: Path, name: str = "", *, origin: str = "") -> Model:
    """Copy a model folder in, write its manifest (or check the one it carries), and give it its place in one step.

    Raises ModelMissingError when `source` is no model folder, ModelNameError, ModelDamagedError.
    """
    name = name or source.resolve().name
    if NAME.fullmatch(name) is None or (folder / name).exists():
        raise ModelNameError(name=name)
    if not (source / NEEDED).is_file():
        raise ModelMissingError(name=str(source))
    folder.mkdir(parents=True, exist_ok=True)
    incoming = folder / f".incoming-{uuid.uuid4().hex}"
    try:
        shutil.copytree(source, incoming, ignore=shutil.ignore_patterns(".*"))
        carried = _manifest(incoming)
        files = {
            path.name: _sha256(path) for path in sorted(incoming.iterdir()) if path.is_file() and path.name != MANIFEST
        }
        for file, expected in carried["files"].items():
            if files.get(file) != expected:
                raise ModelDamagedError(name=name, file=file)
        manifest = {"name": name, "source": carried["source"] or origin or str(source), "files": files}
        (incoming / MANIFEST).write_text(
            json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8"
        )
        incoming.rename(folder / name)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    return Model(name, folder / name, _size(folder / name), str(manifest["source"]))


def _existing(folder: Path, name: str) -> Path:
    if NAME.fullmatch(name) is None or not (folder / name / NEEDED).is_file():
        raise ModelMissingError(name=name)
    return folder / name


def _manifest(path: Path) -> dict[str, Any]:
    """`{"source": text, "files": {name: sha256}}`, both empty when there is none. Raises ModelDamagedError when it is none."""
    file = path / MANIFEST
    if not file.is_file():
        return {"source": "", "files": {}}
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        return {"source": str(manifest.get("source") or ""), "files": dict(manifest["files"])}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelDamagedError(name=path.name, file=MANIFEST) from error


def _source(path: Path) -> str:
    """Where it says that it came from; a damaged manifest keeps nobody from seeing the other models."""
    try:
        return str(_manifest(path)["source"])
    except ModelDamagedError:
        return ""


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.iterdir() if file.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _cuda() -> bool:
    """Whether this machine has an NVIDIA card; asked of the driver's own device files, as the job server loads no engine."""
    return Path("/dev/nvidia0").exists()
