"""What the doctor says of the machine that recognises speech. Cards that this machine has not are told as the engine would tell them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from digilab.commands import doctor_machine
from digilab.config import Settings, TranscriptionSettings
from digilab.errors import CardLibraryError, DeviceAbsentError, SpeechEngineError
from servers.card import card
from transcribe.cards import Turn
from transcribe.machine import facts
from transcribe.ways import Demand

DEMO = Path(__file__).parents[3] / "models" / "demo"


@pytest.fixture(autouse=True)
def in_japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGILAB_LANGUAGE", "ja")


def said(monkeypatch: pytest.MonkeyPatch, told: dict[str, Any], **chosen: Any) -> str:
    """What the doctor makes of what the engine tells."""
    printing = f"print({json.dumps(json.dumps(told))})"
    monkeypatch.setattr(doctor_machine, "ENGINE", (sys.executable, "-c", printing))
    return doctor_machine.device(Settings(transcription=TranscriptionSettings(**chosen)))


def told_of(turns: Path, free: float = 20, **demand: Any) -> dict[str, Any]:
    """By an engine whose machine has a card and all libraries."""
    return facts(Demand(**demand), turns, DEMO, [card(free)]) | {"missing": []}


def test_a_machine_without_a_card_is_asked_for_real(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, transcription=TranscriptionSettings(device="cpu", batch_size=3))
    line = doctor_machine.device(settings)
    assert line.startswith("CPU、int8、一度に - 区間")
    assert "ctranslate2" in line


def test_a_free_card_is_named_with_its_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = said(monkeypatch, told_of(tmp_path))
    assert line.startswith("GPU Broken Card 24G(空き 20.0 / 24.0 GiB)、float16、一度に 16 区間")


def test_a_card_in_use_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turn = Turn.take(tmp_path, card())
    assert turn is not None
    line = said(monkeypatch, told_of(tmp_path, 3))
    turn.give_back()
    assert line.startswith("GPUはワーカーが使っています: Broken Card 24G(使用中、空き 3.0 / 24.0 GiB)")


def test_a_card_that_is_too_small_or_not_wanted_is_said_not_to_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(monkeypatch, told_of(tmp_path, 0.2)).startswith("CPU (GPUは使いません: Broken Card 24G")
    assert said(monkeypatch, told_of(tmp_path, device="cpu")).startswith("CPU (GPUは使いません")


def test_a_missing_library_a_missing_card_and_a_broken_engine_are_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CardLibraryError, match="libcublas"):
        said(monkeypatch, told_of(tmp_path) | {"missing": ["libcublas.so.12"]})
    with pytest.raises(DeviceAbsentError):
        said(monkeypatch, facts(Demand("cuda"), tmp_path, DEMO, []), device="cuda")
    monkeypatch.setattr(doctor_machine, "ENGINE", (sys.executable, "-c", "raise SystemExit('no such engine')"))
    with pytest.raises(SpeechEngineError, match="no such engine"):
        doctor_machine.device(Settings(data=tmp_path))
