"""paddleocr in its own environment, .venv-paddle: the contract's tests run there as they run here."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from ocr.engine import open_recogniser
from ocr.engine.rapid import shipped_model
from ocr.errors import EngineMissingError

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-paddle" / "bin" / "python"
CONTRACT = "tests/engines/test_recognisers.py"


def test_the_contract_holds_in_paddles_own_environment(capsys: pytest.CaptureFixture[str]) -> None:
    command = [str(PYTHON), "-m", "pytest", CONTRACT, "--confcutdir=tests/engines", "-p", "no:cacheprovider"]
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


def test_in_the_main_environment_paddleocr_is_said_to_be_missing(tmp_path: Path) -> None:
    (tmp_path / "inference.onnx").symlink_to(shipped_model())
    description = {
        "Global": {"model_name": "PP-OCRv6_small_rec"},
        "PreProcess": {"transform_ops": [{"RecResizeImg": {"image_shape": [3, 48, 320]}}]},
        "PostProcess": {"character_dict": ["あ"]},
    }
    (tmp_path / "inference.yml").write_text(yaml.safe_dump(description), encoding="utf-8")
    with pytest.raises(EngineMissingError) as refused, open_recogniser("paddleocr", tmp_path):
        raise AssertionError
    assert ".venv-paddle" in refused.value.sentence("ja")
