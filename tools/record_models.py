"""Writes manifest.json into the models of this repository, as importing them would: what each is, its licence, every checksum.

    .venv/bin/python tools/record_models.py

To be run after any of their files has changed, a README.md included; tests/house/test_shipped_models.py tells when it is due.
"""

import shutil
import tempfile
from pathlib import Path

from digilab.models.folder import Told, import_model
from digilab.models.manifest import MANIFEST, SIGNATURE

MODELS = Path(__file__).resolve().parents[1] / "models"
LICENCE = "Apache-2.0; speech: HTS voice Mei, CC BY 3.0"
"""As their READMEs say it at length."""


def record(model: Path) -> None:
    """Write the model's manifest. Raises ModelError where the folder is none that could be brought in."""
    with tempfile.TemporaryDirectory() as scratch:
        bare = Path(scratch) / "bare" / model.name
        shutil.copytree(model, bare, ignore=shutil.ignore_patterns(MANIFEST, SIGNATURE))
        made = import_model(Path(scratch) / "models", bare, told=Told(f"DigiLab: models/{model.name}", "", LICENCE))
        shutil.copyfile(made.folder / MANIFEST, model / MANIFEST)


if __name__ == "__main__":
    for each in sorted(MODELS.iterdir()):
        record(each)
        print(each / MANIFEST)
