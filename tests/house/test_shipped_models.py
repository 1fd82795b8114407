"""The models of this repository carry what any other model must: a manifest that is true, and a licence."""

from pathlib import Path

import pytest

from digilab.models.folder import import_model
from digilab.models.manifest import MANIFEST, manifest_in
from digilab.models.verifying import differing
from house.tree import ROOT, shown

MODELS = sorted((ROOT / "models").iterdir())


@pytest.mark.parametrize("folder", MODELS, ids=shown)
def test_a_shipped_model_is_what_its_manifest_says(folder: Path) -> None:
    assert list(differing(folder)) == [], "run tools/record_models.py"


@pytest.mark.parametrize("folder", MODELS, ids=shown)
def test_a_shipped_model_has_its_licence_in_manifest_and_readme_and_keeps_it_when_it_is_brought_in(
    folder: Path, tmp_path: Path
) -> None:
    manifest = manifest_in(folder)
    assert manifest is not None
    assert (manifest.format, manifest.name) == (2, folder.name)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for word in ("Apache-2.0", "CC BY 3.0"):
        assert word in manifest.licence
        assert word in readme
    brought = import_model(tmp_path, folder)
    assert (brought.folder / MANIFEST).read_bytes() == (folder / MANIFEST).read_bytes()
