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
    found = [path for path in sorted(folder.iterdir()) if (path / NEEDED).is_file()]
    return [Model(path.name, path, _size(path), str(_manifest(path).get("source", ""))) for path in found]


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
    manifest = _manifest(path)
    if not manifest:
        raise ModelDamagedError(name=name, file=MANIFEST)
    for file, expected in manifest["files"].items():
        target = path / file
        if not target.is_file() or _sha256(target) != expected:
            raise ModelDamagedError(name=name, file=file)
    return len(manifest["files"])


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
        for file, expected in carried.get("files", {}).items():
            if files.get(file) != expected:
                raise ModelDamagedError(name=name, file=file)
        manifest = {"name": name, "source": carried.get("source") or origin or str(source), "files": files}
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
    """`{"name", "source", "files": {name: sha256}}`; empty when there is none."""
    file = path / MANIFEST
    manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return manifest


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.iterdir() if file.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _cuda() -> bool:
    """Whether this machine has an NVIDIA card; asked of the driver's own device files, as the job server loads no engine."""
    return Path("/dev/nvidia0").exists()
