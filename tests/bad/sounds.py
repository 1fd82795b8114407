"""The project's own made sounds for tests: `tools/sounds.py`, which is no package of the project."""

import importlib.util
from pathlib import Path
from types import ModuleType


def _made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("made_sounds", Path(__file__).parents[2] / "tools" / "sounds.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_sounds = _made()

silence, room_noise, applause, music = _sounds.silence, _sounds.room_noise, _sounds.applause, _sounds.music
tones, chime, louder, added = _sounds.tones, _sounds.chime, _sounds.louder, _sounds.added
