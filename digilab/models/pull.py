"""Bringing a model in over the network, where there is one. Nothing at run time ever does this."""

import os
import re
import tempfile
from pathlib import Path

from digilab.errors import ModelPullError, ModelPullProgramError
from digilab.models import place
from digilab.models.folder import Model, Told, check_name, check_told, import_model
from digilab.models.manifest import made_plain

KNOWN = {
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "large-v3": "Systran/faster-whisper-large-v3",
    "medium": "Systran/faster-whisper-medium",
    "small": "Systran/faster-whisper-small",
    "tiny": "Systran/faster-whisper-tiny",
}
"""Names of the field and where the hub keeps them converted for CTranslate2."""

FILES = [
    "config.json",
    "preprocessor_config.json",
    "model.bin",
    "tokenizer.json",
    "vocabulary.*",
    "speakers.json",
    "*.onnx",
    "inference.yml",
    "LICENSE*",
    "LICENCE*",
    "COPYING*",
    "NOTICE*",
    "README.md",
]
_REPOSITORY = re.compile(r"[\w.-]+(/[\w.-]+)?")


def pull(folder: Path, name: str, revision: str = "", licence: str = "", *, replace: bool = False) -> Model:
    """Fetch a model and import it with checksums, its licence and the exact revision. `name` is one of KNOWN or a hub repository.

    Raises ModelPullError, ModelPullProgramError, and what `import_model` raises.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    repository = KNOWN.get(name, name)
    local = name.rpartition("/")[2]
    check_name(local)
    check_told(Told(revision=revision, licence=licence))
    if _REPOSITORY.fullmatch(repository) is None:
        raise ModelPullError(name=name, reason=repository)
    # On the disk of the models folder: what lies in memory elsewhere has no room for gigabytes.
    place.made(folder)
    with place.room_told(folder, 0), tempfile.TemporaryDirectory(dir=folder, prefix=place.PULLED) as fetched:
        told = _fetched(repository, Path(fetched), revision or None, name)
        if licence:
            told = Told(told.source, told.revision, licence)
        return import_model(folder, Path(fetched), local, told, replace=replace)


def _fetched(repository: str, into: Path, revision: str | None, name: str) -> Told:
    try:
        # Imported here: the extra `pull` is installed only where models are fetched, never in a closed network.
        from huggingface_hub import HfApi, snapshot_download
    except ImportError as error:
        raise ModelPullProgramError(name=name) from error
    try:
        found = HfApi().model_info(repository, revision=revision)
        # By the commit that was told: a name such as `main` may mean another one by the time of the last file.
        snapshot_download(repository, revision=found.sha, local_dir=into, allow_patterns=FILES)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in place.FULL:
            raise
        raise ModelPullError(name=name, reason=_reason(error)) from error
    licence = found.card_data.license if found.card_data else ""
    return Told(f"hub:{repository}", found.sha or "", made_plain(str(licence or "")))


def _reason(error: Exception) -> str:
    """The first line of what the client says, as far as a terminal may show it."""
    line = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {''.join(sign for sign in line if sign.isprintable())[:200]}"
