"""`digilab models pull` against a hub on this machine: the only command that goes to one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.model_hub import COMMIT, ModelHub, model_hub
from unit.models.lying import lying_in

DIGILAB = Path(sys.executable).with_name("digilab")
FILES = {
    "model.bin": b"weights" * 1000,
    "config.json": b"{}",
    "tokenizer.json": b'{"a": 1}',
    "vocabulary.txt": b"a\n",
    "README.md": b"# A model\n",
    "LICENSE": b"Permission is hereby granted\n",
    "pytorch_model.bin": b"nobody needs it",
}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ModelHub]:
    folder = tmp_path / "repository"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    with model_hub("someone/tiny-ja", folder) as served:
        yield served


def pulled(tmp_path: Path, endpoint: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own: the client reads its address once."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = {
        **kept,
        "HOME": str(tmp_path / "home"),
        "DIGILAB_DATA": str(tmp_path / "data"),
        "HF_ENDPOINT": endpoint,
    }
    return subprocess.run(
        [DIGILAB, "models", "pull", *words], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )


def test_a_pulled_model_has_its_licence_its_exact_revision_and_nothing_that_is_not_needed(
    hub: ModelHub, tmp_path: Path
) -> None:
    ended = pulled(tmp_path, hub.url, "--name", "someone/tiny-ja")
    assert ended.returncode == 0, ended.stderr
    models = tmp_path / "data" / "models"
    manifest = json.loads((models / "tiny-ja" / "manifest.json").read_text("utf-8"))
    assert manifest["source"] == "hub:someone/tiny-ja"
    assert manifest["revision"] == COMMIT
    assert manifest["licence"] == {"name": "mit", "file": "LICENSE"}
    assert set(manifest["files"]) == set(FILES) - {"pytorch_model.bin"}
    assert (models / "tiny-ja" / "model.bin").read_bytes() == FILES["model.bin"]
    assert lying_in(models) == ["tiny-ja"]
    assert not any("pytorch_model" in path for path in hub.asked)


def test_a_repository_that_is_not_there_is_told_and_leaves_nothing(hub: ModelHub, tmp_path: Path) -> None:
    ended = pulled(tmp_path, hub.url, "--name", "someone/other")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("[model-pull] ")
    assert "Traceback" not in ended.stderr
    assert lying_in(tmp_path / "data" / "models") == []
