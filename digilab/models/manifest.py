"""`manifest.json`: what a model is, where it came from, under which licence, and the checksum of every file.

Format 2 has sizes, sub-folders, sort, revision, licence and date. What was written before (file names with their checksums and a
source) is still read; such a model is sound but cannot be packed, as nobody knows its licence.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digilab.errors import ModelDamagedError
from digilab.models.sorts import Sort

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
OURS = frozenset({MANIFEST, SIGNATURE})
FORMAT = 2
MOST_BYTES = 1024 * 1024
MOST_FILES = 2000
LONGEST_PATH = 100
"""Bytes of a path, so that it fits into one plain header of a tar file."""
LONGEST_TEXT = 500
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Known:
    """What a file must be."""

    sha256: str
    size: int | None = None
    """None in manifests of the older form."""


@dataclass(frozen=True)
class Manifest:
    """What is recorded of a model. All is empty where nothing is."""

    name: str = ""
    sort: Sort | None = None
    source: str = ""
    revision: str = ""
    licence: str = ""
    licence_file: str = ""
    made_at: str = ""
    """UTC, ISO 8601."""
    files: Mapping[str, Known] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def size(self) -> int:
        """Of all files together; 0 in manifests of the older form."""
        return sum(known.size or 0 for known in self.files.values())

    def to_bytes(self) -> bytes:
        """As it lies in the folder; files in the order in which a bundle holds them."""
        return json.dumps(
            {
                "format": FORMAT,
                "name": self.name,
                "sort": self.sort,
                "source": self.source,
                "revision": self.revision,
                "licence": {"name": self.licence, "file": self.licence_file},
                "made_at": self.made_at,
                "files": {
                    path: {"sha256": known.sha256, "size": known.size} for path, known in sorted(self.files.items())
                },
            },
            ensure_ascii=False,
            indent=1,
        ).encode()


def plain_path(path: str) -> bool:
    """Whether a file of a model may be called so: inside its folder, nothing hidden, nothing that a terminal would act on."""
    steps = path.split("/")
    return (
        0 < len(path.encode(errors="replace")) <= LONGEST_PATH
        and path.isprintable()
        and "\\" not in path
        and path not in OURS
        and not any(step == "" or step.startswith(".") for step in steps)
    )


def plain_text(text: str) -> bool:
    """Whether a manifest may say so: one line that a terminal shows as it is."""
    return len(text) <= LONGEST_TEXT and (text.isprintable() or text == "")


def made_plain(text: str) -> str:
    """What nobody typed (a path, what an older manifest says) as a manifest may say it."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:LONGEST_TEXT]


def manifest_in(folder: Path) -> Manifest | None:
    """The folder's manifest, None when it has none. Raises ModelDamagedError when it is not one."""
    file = folder / MANIFEST
    if not file.is_file():
        return None
    with file.open("rb") as opened:
        return parsed(opened.read(MOST_BYTES + 1), folder.name)


def parsed(content: bytes, name: str) -> Manifest:
    """The manifest of the model `name`. Raises ModelDamagedError."""
    try:
        if len(content) > MOST_BYTES:
            raise ValueError("too large")
        told = json.loads(content)
        return _newer(told) if "format" in told else _older(told)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelDamagedError(name=name, file=MANIFEST) from error


def _newer(told: Mapping[str, Any]) -> Manifest:
    if told["format"] != FORMAT:
        raise ValueError("written by a newer DigiLab")
    manifest = Manifest(
        name=_text(told["name"]),
        sort=Sort(told["sort"]),
        source=_text(told["source"]),
        revision=_text(told["revision"]),
        licence=_text(told["licence"]["name"]),
        licence_file=_text(told["licence"]["file"]),
        made_at=_text(told["made_at"]),
        files=_checked({path: Known(_digest(each["sha256"]), each["size"]) for path, each in told["files"].items()}),
    )
    if any(type(known.size) is not int or known.size < 0 for known in manifest.files.values()):
        raise ValueError("sizes")
    if manifest.licence_file and manifest.licence_file not in manifest.files:
        raise ValueError("licence file")
    return manifest


def _older(told: Mapping[str, Any]) -> Manifest:
    files = {path: Known(_digest(digest)) for path, digest in dict(told["files"]).items()}
    # Made plain and not refused: nobody looked at it in those days, and the model is sound.
    name, source = (made_plain(str(told.get(each) or "")) for each in ("name", "source"))
    return Manifest(name=name, source=source, files=_checked(files), format=1)


def _checked(files: dict[str, Known]) -> dict[str, Known]:
    if len(files) > MOST_FILES or not all(plain_path(path) for path in files):
        raise ValueError("paths")
    if any(path.startswith(f"{other}/") for path in files if "/" in path for other in files):
        raise ValueError("a file cannot be a folder")
    return files


def _digest(value: object) -> str:
    if not isinstance(value, str) or _DIGEST.fullmatch(value) is None:
        raise ValueError("checksum")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not plain_text(value):
        raise ValueError("text")
    return value
