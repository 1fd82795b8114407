"""paddleocr in its own environment, .venv-paddle: the contract's tests run there as they run here."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
import yaml

from ocr.engine import open_recogniser
from ocr.engine.rapid import shipped_model
from ocr.errors import EngineMissingError

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-paddle" / "bin" / "python"
CONTRACT = "tests/engines/test_recognisers.py"


def test_the_contract_holds_in_paddles_own_environment(capsys: pytest.CaptureFixture[str]) -> None:
    command = [str(PYTHON), "-m", "pytest", CONTRACT, "--noconftest", "-p", "no:cacheprovider"]
    # paddle looks for a compiler's cache when it is imported.
    command += ["-W", "ignore:No ccache found:UserWarning"]
    outcome = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "RECOGNISER_MODEL": str(shipped_model()), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    with capsys.disabled():
        print(f"\n{outcome.stdout.splitlines()[-1] if outcome.stdout else ''} (.venv-paddle)")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert re.search(r"\b\d\d passed in", outcome.stdout), outcome.stdout


def describe(folder: Path, characters: list[str]) -> None:
    """The model of the rapidocr package as a folder of PaddleOCR's."""
    (folder / "inference.onnx").symlink_to(shipped_model())
    description = {
        "Global": {"model_name": "PP-OCRv6_small_rec"},
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"RecResizeImg": {"image_shape": [3, 48, 320]}},
            ]
        },
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": characters},
    }
    (folder / "inference.yml").write_text(yaml.safe_dump(description), encoding="utf-8")


def test_a_form_is_read_alike_in_both_environments(tmp_path: Path) -> None:
    """Under two versions of OpenCV and NumPy, by two loaders of the same model."""
    scan = tmp_path / "page.pdf"
    with pikepdf.open(next((ROOT / "samples" / "forms").glob("*.pdf"))) as whole, pikepdf.new() as single:
        single.pages.append(whole.pages[0])
        single.save(scan)
    model = tmp_path / "model"
    model.mkdir()
    with open_recogniser() as recogniser:
        describe(model, list(recogniser.characters[1:-1]))
    values = []
    for python, words in ((sys.executable, []), (str(PYTHON), ["--engine", "paddleocr", "--model", str(model)])):
        out = tmp_path / "values.json"
        command = [python, "-m", "ocr", "read", "form_definitions", str(scan), "-o", str(out), "--date", "2026-11-21"]
        outcome = subprocess.run([*command, *words], cwd=ROOT, capture_output=True, text=True, check=False)
        assert outcome.returncode == 0, outcome.stderr
        values.append(raw_values(json.loads(out.read_text("utf-8"))))
        out.unlink()
    assert len(values[0]) > 20
    assert values[0] == values[1]


def raw_values(node: object, place: str = "") -> dict[str, object]:
    """What was read and what became of it, by where it stands in the JSON."""
    if isinstance(node, dict):
        found = {f"{place}/{key}": each for key, each in node.items() if key in {"raw", "value"}}
        return found | {
            key: each for name, child in node.items() for key, each in raw_values(child, f"{place}/{name}").items()
        }
    if isinstance(node, list):
        return {
            key: each for index, child in enumerate(node) for key, each in raw_values(child, f"{place}/{index}").items()
        }
    return {}


def test_in_the_main_environment_paddleocr_is_said_to_be_missing(tmp_path: Path) -> None:
    describe(tmp_path, ["あ"])
    with pytest.raises(EngineMissingError) as refused, open_recogniser("paddleocr", tmp_path):
        raise AssertionError
    assert ".venv-paddle" in refused.value.sentence("ja")
