"""No engine's library reports to its maker."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["transcribe.speech", "ocr.engine"])
def test_an_engine_switches_telemetry_off_before_its_library_is_loaded(module: str) -> None:
    asked = f"""
import os, sys
class Watch:
    def find_spec(self, name, *_):
        if name == "onnxruntime":
            assert os.environ.get("ORT_DISABLE_TELEMETRY") == "1"
            print("seen")
sys.meta_path.insert(0, Watch())
import {module}
import onnxruntime
"""
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "seen"), done.stderr
