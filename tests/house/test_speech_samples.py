"""The shipped speech samples agree with their truth, and hold nothing that the demo model was trained on."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import pytest

from house.tree import ROOT

SAMPLES = ROOT / "samples" / "speech"
TRUTH: dict[str, list[dict[str, Any]]] = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))
SENTENCES = [spoken["text"] for said in TRUTH.values() for spoken in said]


def grammar() -> ModuleType:
    """The demo model's world; the tools are no package of the project."""
    spec = importlib.util.spec_from_file_location("grammar", ROOT / "tools" / "demo_model" / "grammar.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def seconds(path: Path) -> float:
    with av.open(str(path)) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


def test_every_sample_has_its_truth_and_every_truth_its_sample() -> None:
    assert {path.name for path in SAMPLES.glob("*.ogg")} == TRUTH.keys()


@pytest.mark.parametrize("name", TRUTH)
def test_the_truth_lies_inside_its_sample_in_order(name: str) -> None:
    times = [time for spoken in TRUTH[name] for time in (spoken["start"], spoken["end"])]
    assert times == sorted(times)
    assert 0 < times[0] < times[-1] < seconds(SAMPLES / name)


def test_sixty_sentences_and_more_are_said_each_once() -> None:
    assert len(SENTENCES) >= 60
    assert len(set(SENTENCES)) == len(SENTENCES)


def test_no_sentence_of_a_sample_is_one_of_training() -> None:
    world = grammar()
    assert set(SENTENCES) <= set(world.unseen_sentences())
    assert not set(SENTENCES) & set(world.training_sentences())


def test_the_voice_is_named_beside_the_samples_and_the_models() -> None:
    for folder in (SAMPLES, ROOT / "models" / "demo", ROOT / "models" / "demo-speakers"):
        notice = (folder / "README.md").read_text(encoding="utf-8")
        assert "Mei" in notice
        assert "CC BY 3.0" in notice
