"""Folders of speaker models: what is missing or broken is said, and networks of several makers are asked in their own way."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transcribe.errors import SpeakerModelBrokenError, SpeakerModelMissingError
from transcribe.speakers import open_separator
from transcribe.speakers.model import Network, read_model

FORMS = Path(__file__).parent / "speaker_forms"
DEMO = Path(__file__).parents[3] / "models" / "demo-speakers"
FRAMES = np.random.default_rng(0).normal(size=(3, 148, 80)).astype(np.float32)


def folder(place: Path, form: str = "wespeaker", **settings: Any) -> Path:
    """A model folder with one of the networks made for these tests."""
    place.mkdir(exist_ok=True)
    stated = {"dimension": 160, "threshold": 0.5, **settings}
    (place / "speakers.json").write_text(json.dumps(stated), "utf-8")
    shutil.copy(FORMS / f"{form}.onnx", place / "embedding.onnx")
    return place


def expected(frames: np.ndarray) -> np.ndarray:
    """What those networks compute."""
    found = np.concatenate([frames.mean(axis=1), frames.std(axis=1)], axis=1)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_a_folder_needs_only_two_settings(tmp_path: Path) -> None:
    model = read_model(folder(tmp_path / "m"))
    assert (model.name, model.dimension, model.threshold) == ("m", 160, 0.5)
    assert (model.features.mels, model.features.window, model.features.normalise) == (80, "hamming", "mean")


def test_embeddings_have_length_one(tmp_path: Path) -> None:
    network = Network(read_model(folder(tmp_path)))
    assert network(FRAMES) == pytest.approx(expected(FRAMES), abs=1e-5)


def test_a_network_with_mels_first_a_length_and_classes_beside_the_embedding(tmp_path: Path) -> None:
    network = Network(read_model(folder(tmp_path, "nemo", layout="mel-time")))
    assert network(FRAMES) == pytest.approx(expected(FRAMES), abs=1e-5)


def test_a_network_that_takes_one_window_at_a_time(tmp_path: Path) -> None:
    network = Network(read_model(folder(tmp_path, "one-at-a-time")))
    assert not network.batches
    assert network(FRAMES[:1]) == pytest.approx(expected(FRAMES[:1]), abs=1e-5)
    with open_separator(tmp_path, 1) as separator:
        sound = (np.random.default_rng(1).normal(0, 3000, 80_000)).astype(np.int16)
        separator.turns([sound])


def test_silence_embeds_to_numbers(tmp_path: Path) -> None:
    assert np.isfinite(Network(read_model(folder(tmp_path)))(np.zeros((1, 148, 80), np.float32))).all()


@pytest.mark.parametrize("name", ["speakers.json", "embedding.onnx"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (folder(tmp_path) / name).unlink()
    with pytest.raises(SpeakerModelMissingError) as caught:
        open_separator(tmp_path)
    for language in ("ja", "en"):
        assert str(tmp_path / name) in caught.value.sentence(language)
        assert "digilab models import" in caught.value.sentence(language)


def test_a_folder_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SpeakerModelMissingError):
        open_separator(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"threshold": 1.5}, "threshold"),
        ({"threshold": "0.5"}, "'"),
        ({"dimension": 0}, "dimension"),
        ({"layout": "sideways"}, "layout"),
        ({"window_seconds": 0.01}, "window_seconds"),
        ({"step_seconds": 3.0}, "step_seconds"),
        ({"features": {"window": "square"}}, "features.window"),
        ({"features": {"mels": 4000}}, "features.mels"),
        ({"features": {"normalise": "much"}}, "features.normalise"),
        ({"features": 7}, ""),
    ],
)
def test_settings_that_cannot_be_meant_are_named(tmp_path: Path, settings: dict[str, Any], named: str) -> None:
    with pytest.raises(SpeakerModelBrokenError) as caught:
        open_separator(folder(tmp_path, **settings))
    assert named in str(caught.value.evidence["reason"])
    assert str(tmp_path / "speakers.json") in caught.value.sentence("ja")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"threshold": 0.5}', "\xff"])
def test_settings_that_are_none_are_broken(tmp_path: Path, text: str) -> None:
    (folder(tmp_path) / "speakers.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(SpeakerModelBrokenError):
        open_separator(tmp_path)


def test_settings_that_cannot_be_read_are_broken(tmp_path: Path) -> None:
    settings = folder(tmp_path) / "speakers.json"
    settings.unlink()
    settings.symlink_to("/proc/self/mem")  # a file that opens and gives nothing, for root, too
    with pytest.raises(SpeakerModelBrokenError):
        open_separator(tmp_path)


@pytest.mark.parametrize("cut", [0, 10, 1000])
def test_a_network_cut_short_is_broken_when_it_is_loaded(tmp_path: Path, cut: int) -> None:
    shutil.copytree(DEMO, tmp_path / "m")
    file = tmp_path / "m" / "embedding.onnx"
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(SpeakerModelBrokenError) as caught, open_separator(tmp_path / "m"):
        pass
    assert str(file) in caught.value.sentence("en")


@pytest.mark.parametrize(
    ("form", "settings"),
    [
        ("wespeaker", {"dimension": 192}),
        ("wespeaker", {"features": {"mels": 64}}),
        ("nemo", {"layout": "time-mel"}),
        ("raw-sound", {}),
    ],
)
def test_a_network_other_than_the_folder_says_is_broken(tmp_path: Path, form: str, settings: dict[str, Any]) -> None:
    with pytest.raises(SpeakerModelBrokenError), open_separator(folder(tmp_path, form, **settings)):
        pass


def test_a_separator_works_only_while_its_model_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        open_separator(folder(tmp_path)).turns([])
