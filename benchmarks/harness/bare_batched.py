"""faster-whisper's own batched call: prints the seconds it took on the second recording. Arguments: model, warm-up, recording."""

import json
import sys
import time
from pathlib import Path

from faster_whisper import BatchedInferencePipeline, WhisperModel


def main() -> None:
    """With the decoding settings of the model folder, but its own window of 30 s, with which it is fastest."""
    folder, warm, recording = sys.argv[1:]
    decoding = json.loads((Path(folder) / "decoding.json").read_text(encoding="utf-8"))
    pipeline = BatchedInferencePipeline(WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=1))
    began = 0.0
    for path in (warm, recording):
        began = time.monotonic()
        segments, _ = pipeline.transcribe(
            path,
            language=decoding["language"],
            batch_size=8,
            beam_size=decoding["beam_size"],
            temperature=decoding["temperature"],
            without_timestamps=decoding["without_timestamps"],
        )
        for _ in segments:
            pass
    print(time.monotonic() - began)


if __name__ == "__main__":
    main()
