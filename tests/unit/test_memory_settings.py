"""A speech worker keeps the buffers that each step of its model takes; every other process is frugal (decision 0023)."""

import os
from collections.abc import Mapping, Sequence

import pytest

from digilab import cli


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Mapping[str, str]]:
    """The environment of what a command becomes, by the last word of its command line."""
    found: dict[str, Mapping[str, str]] = {}

    def become(_program: str, words: Sequence[str], environment: Mapping[str, str]) -> None:
        found[words[-1]] = environment

    monkeypatch.setattr(os, "execve", become)
    for name in [name for name in os.environ if name.startswith("MALLOC_")]:
        monkeypatch.delenv(name)
    return found


def test_only_a_worker_that_transcribes_maps_no_buffers(started: dict[str, Mapping[str, str]]) -> None:
    cli.web()
    cli.worker("form")
    cli.worker("transcription")
    mapped = {name: environment.get("MALLOC_MMAP_MAX_") for name, environment in started.items()}
    assert mapped == {"digilab.web": None, "form": None, "transcription": "0"}
    assert {each["OMP_WAIT_POLICY"] for each in started.values()} == {"PASSIVE"}


def test_what_the_environment_says_wins(started: dict[str, Mapping[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_MMAP_MAX_", "9")
    cli.worker("transcription")
    assert started["transcription"]["MALLOC_MMAP_MAX_"] == "9"
