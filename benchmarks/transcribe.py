"""Trustworthy minutes, measured: time, error rate, coverage and memory of a whole job against faster-whisper's own calls.

.venv/bin/python benchmarks/transcribe.py [--only five sixty hundred_eighty] [--json FILE]

One run, the same recordings, the same model (the demo model, whose training never saw these sentences). The recordings are made
meetings of a hall: room noise, a loud and a quiet side of the table, overlap, applause, long silences.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.bounds import Row, Table, arguments
from harness.running import running
from harness.text import character_error_rate
from harness.whispering import Heard, whispered

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "models" / "demo"
CORES = os.cpu_count() or 1
EDGE = 0.2
"""Seconds by which a text's edges may be off: less than a syllable or two, and the same for every way."""
SHORT_MINUTES, SHORT_TIMES = 5, 3
"""A recording that takes a few seconds is read so often, in every way, and the fastest time counts: chance is a tenth of it."""
MEASURES = {"five": 5, "sixty": 60, "hundred_eighty": 180}

Truth = list[dict[str, Any]]


def measured(table: Table, folder: Path, minutes: int) -> None:
    """One recording in every way."""
    recording, truth = meeting(folder, minutes)
    warm, _ = meeting(folder, 1)
    times = SHORT_TIMES if minutes <= SHORT_MINUTES else 1
    ways = {
        "sequential, 1 thread": whispered(DEMO, "sequential", recording, warm, times=times),
        "batched, the model's own windows": whispered(DEMO, "windows", recording, warm, times=times),
        "batched, 1 thread": whispered(DEMO, "batched", recording, warm, times=times),
        f"batched, {CORES} threads": whispered(DEMO, "batched", recording, warm, CORES, times=times),
        "ours, 1 worker": ours(folder, recording, warm, 1, times),
        f"ours, {CORES} workers": ours(folder, recording, warm, CORES, times),
    }
    errors = {way: character_error_rate(_signs(truth), _signs(heard.segments)) * 100 for way, heard in ways.items()}
    for way, heard in ways.items():
        mine = way.startswith("ours")
        # The baselines' two batched rows differ in nothing but their threads.
        better = min(error for each, error in errors.items() if not each.startswith("ours"))
        table.add(Row(f"{minutes} min, {way}: time", heard.seconds, "s"))
        table.add(Row(f"{minutes} min, {way}: characters wrong", errors[way], "%", most=better if mine else None))
        share = covered(truth, heard.segments) * 100
        table.add(Row(f"{minutes} min, {way}: true speech covered", share, "%", least=99.5 if mine else None))
        table.add(Row(f"{minutes} min, {way}: peak of one process", heard.mib, "MiB"))
    one, all_cores = ways["ours, 1 worker"], ways[f"ours, {CORES} workers"]
    table.add(
        Row(f"{minutes} min: one worker / batched", one.seconds / ways["batched, 1 thread"].seconds, "", most=1.25)
    )
    if CORES > 1:
        ratio = all_cores.seconds / ways[f"batched, {CORES} threads"].seconds
        table.add(Row(f"{minutes} min: all cores / batched", ratio, "", most=0.8))
        table.add(
            Row(
                f"{minutes} min: the text is the same with {CORES} workers",
                one.segments == all_cores.segments,
                "",
                least=1,
            )
        )


def ours(folder: Path, recording: Path, warm: Path, workers: int, times: int) -> Heard:
    """The whole job, hand-in to files written; every worker has one thread. Of several `times` the fastest."""
    with running(DEMO, workers=workers) as house:
        for _ in range(workers):
            house.timed(warm)
        seconds, receipt = min(house.timed(recording) for _ in range(times))
        written = json.loads(house.output(receipt, ".json", folder / "out.json").read_text(encoding="utf-8"))
        return Heard(seconds, house.peak_mib("worker"), written["segments"])


def meeting(folder: Path, minutes: int) -> tuple[Path, Truth]:
    """A lively meeting and what was said in it."""
    path, truth = folder / f"lively-{minutes}.ogg", folder / f"lively-{minutes}.json"
    if not path.exists():
        make = [sys.executable, str(ROOT / "tools" / "make_meeting.py"), str(path), "--minutes", str(minutes)]
        subprocess.run([*make, "--lively", "--truth", str(truth)], check=True, cwd=ROOT)
    return path, json.loads(truth.read_text(encoding="utf-8"))


def covered(truth: Truth, segments: Iterable[dict[str, Any]]) -> float:
    """Share of the true speech seconds that lie under a text, whose edges may be off by EDGE."""
    widened = [{"start": float(each["start"]) - EDGE, "end": float(each["end"]) + EDGE} for each in segments]
    said, heard = _union(truth), _union(widened)
    total = sum(end - start for start, end in said)
    return sum(max(0.0, min(end, until) - max(start, since)) for start, end in said for since, until in heard) / total


def _union(spans: Iterable[dict[str, Any]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, end in sorted((float(each["start"]), float(each["end"])) for each in spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _signs(segments: Iterable[dict[str, Any]]) -> str:
    ordered = sorted(segments, key=lambda each: float(each["start"]))
    return "".join(str(each["text"]).replace(" ", "") for each in ordered)


def main() -> None:
    """Command line."""
    asked = arguments("Trustworthy minutes, measured.", list(MEASURES))
    table = Table()
    for name in asked.only:
        with tempfile.TemporaryDirectory(prefix="digilab-bench-") as folder:
            measured(table, Path(folder), MEASURES[name])
    if asked.json:
        table.write(asked.json)
    sys.exit(0 if table.kept else 1)


if __name__ == "__main__":
    main()
