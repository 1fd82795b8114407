"""faster-whisper's own calls, in a process of their own, with the model loaded and warmed up before the clock starts.

Arguments: model, way (batched, windows or sequential), threads, warm-up recording, recording, file for what was heard, how often. Prints
a line of JSON: seconds of the fastest time, peak of the process in MiB.
"""

import json
import resource
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from faster_whisper import BatchedInferencePipeline, WhisperModel


def main() -> None:
    """With the decoding settings of the model folder; `batched` with the call's own windows of 30 s, with which it is fastest, `windows`
    with those that the model asks for, with which it is most often right."""
    folder, way, threads, warm, recording, out, times = sys.argv[1:]
    decoding = json.loads((Path(folder) / "decoding.json").read_text(encoding="utf-8"))
    model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=int(threads))
    settings: dict[str, Any] = {
        "language": decoding["language"],
        "beam_size": decoding["beam_size"],
        "temperature": decoding["temperature"],
        "without_timestamps": decoding["without_timestamps"],
    }
    seconds, heard = [], []
    for path in (warm, *[recording] * int(times)):
        began = time.monotonic()
        told = _heard(model, way, path, settings, decoding["window_seconds"])
        heard = [{"start": one.start, "end": one.end, "text": one.text} for one in told]
        seconds.append(time.monotonic() - began)
    Path(out).write_text(json.dumps(heard, ensure_ascii=False), encoding="utf-8")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": min(seconds[1:]), "mib": peak}))


def _heard(model: WhisperModel, way: str, path: str, settings: dict[str, Any], window: int) -> Iterable[Any]:
    if way != "sequential":
        length = None if way == "batched" else window
        return BatchedInferencePipeline(model).transcribe(path, batch_size=8, chunk_length=length, **settings)[0]
    return model.transcribe(path, vad_filter=True, condition_on_previous_text=False, **settings)[0]


if __name__ == "__main__":
    main()
