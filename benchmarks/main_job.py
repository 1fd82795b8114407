"""The main job, measured: how right, how fast, how large. Ratios are of one run on one machine; bounds are those the project promises.

.venv/bin/python benchmarks/main_job.py [--only accuracy workers batched heavy memory upload start] [--json FILE]
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from harness.bounds import Row, Table, arguments
from harness.running import running
from harness.streams import bare_stream_seconds, random_recording
from harness.text import character_error_rate
from harness.whispering import whispered

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "models" / "demo"
MIB = 1024 * 1024


def meeting(folder: Path, minutes: float, ending: str = ".flac") -> tuple[Path, list[dict[str, float | str]]]:
    """A recording of the shipped samples, whose sentences were not trained on, and its truth."""
    path, truth = folder / f"meeting-{minutes:g}{ending}", folder / f"meeting-{minutes:g}.json"
    make = [sys.executable, str(ROOT / "tools" / "make_meeting.py"), str(path), "--minutes", str(minutes)]
    subprocess.run([*make, "--truth", str(truth)], check=True, cwd=ROOT)
    return path, json.loads(truth.read_text(encoding="utf-8"))


def accuracy(table: Table, folder: Path) -> None:
    """Every shipped sentence once, through the whole job."""
    recording, truth = meeting(folder, 6)
    with running(DEMO) as house:
        _, receipt = house.timed(recording)
        written = json.loads(house.output(receipt, ".json", folder / "out.json").read_text(encoding="utf-8"))
    said = "".join(str(each["text"]) for each in truth)
    heard = "".join(segment["text"] for segment in written["segments"]).replace(" ", "")
    table.add(Row("character error rate, whole job", character_error_rate(said, heard) * 100, "%", most=6.0))
    errors = [
        abs(segment[edge] - float(each[edge]))
        for each in truth
        for segment in written["segments"]
        if segment["text"].strip() == each["text"] and abs(segment["start"] - float(each["start"])) < 5
        for edge in ("start", "end")
    ]
    table.add(Row("segment times against the truth, median", statistics.median(errors), "s", most=0.2))
    table.add(Row("sentences found word for word", len(errors) / 2 / len(truth) * 100, "%"))


def workers(table: Table, folder: Path) -> None:
    """One worker against two, one thread each."""
    recording, _ = meeting(folder, 60)
    seconds = {}
    for count in (1, 2):
        with running(DEMO, workers=count) as house:
            house.timed(meeting(folder, 1)[0])  # the engine is warm afterwards
            seconds[count], _ = house.timed(recording)
        table.add(Row(f"60 minutes of recording, {count} worker(s)", seconds[count], "s"))
    table.add(Row("two workers against one", seconds[2] / seconds[1], "", most=0.65))


def batched(table: Table, folder: Path) -> None:
    """The whole job against faster-whisper's own batched call: same audio, same model, one thread."""
    _against_batched(table, folder, DEMO, 60, 1.25, "demo model, 60 min")


def heavy(table: Table, folder: Path) -> None:
    """The same with the compute of a real model."""
    model = folder / "random-small"
    subprocess.run([sys.executable, str(ROOT / "tools" / "make_random_model.py"), str(model)], check=True, cwd=ROOT)
    _against_batched(table, folder, model, 10, 1.05, "random small, 10 min")


def _against_batched(table: Table, folder: Path, model: Path, minutes: float, most: float, name: str) -> None:
    recording, _ = meeting(folder, minutes)
    warm, _ = meeting(folder, 0.5)
    with running(model) as house:
        house.timed(warm)
        ours, _ = house.timed(recording)
    theirs = whispered(model, "batched", recording, warm).seconds
    table.add(Row(f"{name}: whole job", ours, "s"))
    table.add(Row(f"{name}: faster-whisper batched call", theirs, "s"))
    table.add(Row(f"{name}: whole job against the call", ours / theirs, "", most=most))


def memory(table: Table, folder: Path) -> None:
    """A worker's peak after an hour and after five more."""
    peaks = {}
    with running(DEMO) as house:
        for minutes in (60, 300):
            recording, _ = meeting(folder, minutes, ".ogg")
            house.timed(recording)
            peaks[minutes] = house.peak_mib("worker")
            table.add(Row(f"peak of the worker after {minutes} minutes", peaks[minutes], "MiB"))
    table.add(Row("peak after five hours against one", peaks[300] / peaks[60], "", most=1.1))


def upload(table: Table, folder: Path) -> None:
    """500 MB handed in: memory of the web process, speed against a bare stream to disk."""
    recording = random_recording(folder / "large.wav", 500 * 1000 * 1000)
    with running(DEMO) as house:
        before = house.peak_mib("web")
        ours = min(_seconds(lambda: house.hand_in(recording)) for _ in range(3))
        table.add(Row("hand-in of 500 MB: peak of the web process", house.peak_mib("web"), "MiB", most=100.0))
        table.add(Row("peak of the web process before", before, "MiB"))
    bare = bare_stream_seconds(recording, folder / "bare.bin")
    table.add(Row("hand-in of 500 MB", ours, "s"))
    table.add(Row("bare stream to disk", bare, "s"))
    table.add(Row("speed against the bare stream", bare / ours, "", least=0.4))


def start(table: Table, folder: Path) -> None:
    """From hand-in to begun, on an idle worker."""
    recording, _ = meeting(folder, 0.2)
    with running(DEMO) as house:
        house.timed(recording)
        waits = []
        for _ in range(20):
            _, receipt = house.timed(recording)
            waits.append(house.waited(receipt) * 1000)
    table.add(Row("submit to start on an idle worker, median", statistics.median(waits), "ms", most=150.0))
    table.add(Row("submit to start, slowest of 20", max(waits), "ms"))


def _seconds(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


MEASURES = {each.__name__: each for each in (accuracy, start, upload, workers, batched, heavy, memory)}


def main() -> None:
    """Command line."""
    asked = arguments("The main job, measured.", list(MEASURES))
    table = Table()
    for name in asked.only:
        with tempfile.TemporaryDirectory(prefix="digilab-bench-") as folder:
            MEASURES[name](table, Path(folder))
    if asked.json:
        table.write(asked.json)
    sys.exit(0 if table.kept else 1)


if __name__ == "__main__":
    main()
