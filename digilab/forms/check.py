"""The engine's check of a definition, in a child process with limits: `python -m ocr check FOLDER --json`.

The job server knows the engine by its command line only.
"""

import json
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from digilab.errors import FormCheckFailedError, FormDefinitionWrongError, FormError, FormFolderError
from digilab.language import Language

MOST_FILES = 60
MOST_BYTES = 200 * 1024 * 1024
MEMORY = 4096 * 1024 * 1024
SECONDS = 120.0
_KEPT = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "VIRTUAL_ENV")
"""Of our own environment; settings and secrets stay outside."""


@dataclass(frozen=True)
class Checked:
    """A definition that the engine finds sound, and a copy of its files that nobody changes meanwhile."""

    folder: Path
    name: str
    revision: str
    title: str
    personal_number: bool
    digest: str
    pages: int
    fields: list[dict[str, Any]]
    files: tuple[str, ...]
    """form.yaml and what it names."""


@contextmanager
def checked(folders: Sequence[Path], language: Language) -> Iterator[list[Checked | FormError]]:
    """The definitions in some folders, copied and checked, or in a folder's place what is wrong with it.

    FormFolderError, FormDefinitionWrongError with the engine's sentences, FormCheckFailedError.
    """
    with TemporaryDirectory() as scratch:
        yield list(_all(folders, Path(scratch), language))


def _all(folders: Sequence[Path], scratch: Path, language: Language) -> Iterator[Checked | FormError]:
    copies: list[Path | FormError] = []
    for number, folder in enumerate(folders):
        try:
            copies.append(_copied(folder, scratch / str(number)))
        except FormFolderError as error:
            copies.append(error)
    found = _found([copy for copy in copies if isinstance(copy, Path)])
    for folder, copy in zip(folders, copies, strict=True):
        if isinstance(copy, FormError):
            yield copy
            continue
        facts = found[copy]
        if isinstance(facts, str):
            yield FormCheckFailedError(folder=folder.name, reason=facts)
        else:
            yield _judged(folder.name, copy, facts, language)


def _judged(name: str, folder: Path, facts: dict[str, Any], language: Language) -> Checked | FormError:
    if facts["faults"]:
        reason = "\n".join(fault["sentences"][language] for fault in facts["faults"])
        return FormDefinitionWrongError(folder=name, reason=reason)
    return Checked(
        folder=folder,
        name=facts["id"],
        revision=facts["revision"],
        title=facts["title"],
        personal_number=facts["personal_number"],
        digest=facts["digest"],
        pages=facts["pages"],
        fields=facts["fields"],
        files=tuple(facts["files"]),
    )


def _found(folders: Sequence[Path]) -> dict[Path, dict[str, Any] | str]:
    """The engine's facts of each folder, or why it could not tell any."""
    if not folders:
        return {}
    told = _asked(folders)
    if isinstance(told, list):
        return dict(zip(folders, told, strict=True))
    # One definition that brings the child down must not keep the others out.
    return (
        {folders[0]: told}
        if len(folders) == 1
        else {key: value for each in folders for key, value in _found([each]).items()}
    )


def _copied(folder: Path, target: Path) -> Path:
    """Plain files only: a link would lead to somebody else's, and a definition has no folders."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.is_symlink()]
    if not files or len(files) > MOST_FILES or sum(path.stat().st_size for path in files) > MOST_BYTES:
        raise FormFolderError(folder=folder.name, most=MOST_FILES, megabytes=MOST_BYTES // 1024**2)
    target.mkdir()
    for path in files:
        shutil.copyfile(path, target / path.name)
    return target


def _asked(folders: Sequence[Path]) -> list[dict[str, Any]] | str:
    """The engine's answer for all folders, or why there is none."""
    command = [sys.executable, "-P", "-m", "ocr", "check", *map(str, folders), "--json"]
    environment = {key: value for key, value in os.environ.items() if key in _KEPT}
    environment |= {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "OMP_NUM_THREADS": "1"}
    try:
        outcome = subprocess.run(
            command, capture_output=True, env=environment, cwd="/", timeout=SECONDS, check=False, preexec_fn=_confine
        )
    except subprocess.TimeoutExpired:
        return f"{SECONDS:g} s"
    try:
        return list(json.loads(outcome.stdout))
    except ValueError:
        return _reason(outcome)


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    seconds = math.ceil(SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _reason(outcome: "subprocess.CompletedProcess[bytes]") -> str:
    if outcome.returncode < 0:
        return signal.Signals(-outcome.returncode).name
    said = outcome.stderr.decode(errors="replace").strip().splitlines()
    return said[-1][:200] if said else f"exit {outcome.returncode}"
