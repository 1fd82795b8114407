"""A models folder, a model to bring in, and keys. Nobody decodes with any of them."""

from pathlib import Path

import pytest

from digilab.models import keys
from digilab.models.keys import PublicKey


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The models folder."""
    return tmp_path / "models"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A model on a medium that was carried in."""
    path = tmp_path / "medium" / "tiny"
    path.mkdir(parents=True)
    (path / "model.bin").write_bytes(b"weights")
    (path / "config.json").write_text("{}")
    (path / "tokenizer.json").write_text("{}")
    (path / ".cache").write_text("nobody needs it")
    return path


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The keys folder of the office that packs."""
    folder = tmp_path / "office"
    keys.new_key(folder, "情報政策課")
    return folder


@pytest.fixture
def trusted(office: Path) -> tuple[PublicKey, ...]:
    """What a house trusts that took the office's key."""
    return (keys.own_key(office)[1],)
