"""Bringing a model in over the network, where there is one. Nothing at run time ever does this."""

import os
import tempfile
from pathlib import Path

from digilab.errors import ModelPullError
from digilab.models.folder import Model, import_model

KNOWN = {
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "large-v3": "Systran/faster-whisper-large-v3",
    "medium": "Systran/faster-whisper-medium",
    "small": "Systran/faster-whisper-small",
    "tiny": "Systran/faster-whisper-tiny",
}
"""Names of the field and where the hub keeps them converted for CTranslate2."""

FILES = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]


def pull(folder: Path, name: str) -> Model:
    """Fetch a model and import it with checksums. `name` is one of KNOWN or a hub repository. Raises ModelPullError."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    repository = KNOWN.get(name, name)
    with tempfile.TemporaryDirectory() as fetched:
        try:
            # Imported here: the extra `pull` is installed only where models are fetched, never in a closed network.
            from huggingface_hub import snapshot_download

            snapshot_download(repository, local_dir=fetched, allow_patterns=FILES)
        except Exception as error:
            raise ModelPullError(name=name) from error
        return import_model(folder, Path(fetched), name.rpartition("/")[2], origin=f"hub:{repository}")
