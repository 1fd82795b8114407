"""The command line in a house of the test's own, as for the tests of all other commands; and robots without their engine."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from digilab.targets import engine
from integration.targets import engine as stand_in
from integration.targets.test_bringing_robots_in import FACTS
from integration.test_command_line import digilab, house, record, settings  # noqa: F401 - pytest finds fixtures by name


@pytest.fixture
def facts(settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811 - a fixture
    """What the engine tells, in a file. After the settings: they leave the engine out."""
    assert settings.is_dir()
    folder = tmp_path / "engine"
    folder.mkdir()
    shutil.copyfile(stand_in.__file__, folder / "engine.py")
    monkeypatch.setattr(engine, "ENGINE", [sys.executable, str(folder / "engine.py")])
    told = folder / "facts.json"
    told.write_text(json.dumps([FACTS]), "utf-8")
    return told
