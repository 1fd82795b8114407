"""faster-whisper's own calls, asked from a benchmark."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Heard:
    """What a way of transcribing gave for one recording. `segments` hold `start`, `end` and `text`."""

    seconds: float
    mib: float
    segments: list[dict[str, Any]]


def whispered(model: Path, way: str, recording: Path, warm: Path, threads: int = 1, times: int = 1) -> Heard:
    """`way` is batched, windows or sequential; of several `times` the fastest."""
    out = recording.with_suffix(f".{way}.json")
    script = Path(__file__).with_name("bare_whisper.py")
    command = [
        sys.executable,
        str(script),
        str(model),
        way,
        str(threads),
        str(warm),
        str(recording),
        str(out),
        str(times),
    ]
    held = {"OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
    said = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **held}).stdout
    told = json.loads(said.strip().splitlines()[-1])
    return Heard(told["seconds"], told["mib"], json.loads(out.read_text(encoding="utf-8")))
