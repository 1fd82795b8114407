"""Any length: what a worker and its children need for a long recording against one of an hour, and whether its end is right too.

.venv/bin/python benchmarks/length.py [--only three twelve] [--json FILE]

`make bench` runs `three` alone; twelve hours of recording take some minutes, and 0.3 GB of disk.
"""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.bounds import Row, Table, arguments
from harness.running import RunningHouse, running

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "models" / "demo"
EVERY = 0.05  # seconds between two looks at the processes


def three(table: Table, folder: Path) -> None:
    """Three hours against one."""
    _length(table, folder, 3)


def twelve(table: Table, folder: Path) -> None:
    """Twelve hours against one."""
    _length(table, folder, 12)


def _length(table: Table, folder: Path, hours: int) -> None:
    """Each in a house of its own: what an earlier job left in memory would help the later one."""
    peaks = {}
    for each in (1, hours):
        recording, truth = _meeting(folder, each)
        with running(DEMO) as house, _watched(house) as peak:
            seconds, receipt = house.timed(recording)
            written = json.loads(house.output(receipt, ".json", folder / "out.json").read_text(encoding="utf-8"))
        recording.unlink()
        peaks[each] = peak["mib"]
        table.add(Row(f"{each} h of recording, one worker", seconds, "s"))
        table.add(Row(f"{each} h: peak of the worker with its children", peaks[each], "MiB"))
        _right_to_the_end(table, f"{each} h", written, truth)
    table.add(Row(f"{hours} h: peak against that of one hour", peaks[hours] / peaks[1], "", most=1.1))


def _right_to_the_end(table: Table, name: str, written: dict, truth: list[dict[str, float | str]]) -> None:
    """Sentences of the last ten minutes stand where they were said, and nothing is missing of the whole."""
    last = max(float(each["end"]) for each in truth) - 600
    errors = [
        abs(segment["start"] - float(each["start"]))
        for each in truth
        if float(each["start"]) > last
        for segment in written["segments"]
        if segment["text"].strip() == each["text"] and abs(segment["start"] - float(each["start"])) < 5
    ]
    certificate = written["certificate"]
    table.add(Row(f"{name}: times of the last ten minutes, worst", max(errors, default=99.0), "s", most=1.0))
    table.add(Row(f"{name}: coverage", certificate["covered"] / certificate["speech"] * 100, "%", least=99.5))


def _meeting(folder: Path, hours: int) -> tuple[Path, list[dict[str, float | str]]]:
    path, truth = folder / f"meeting-{hours}h.ogg", folder / f"meeting-{hours}h.json"
    make = [sys.executable, str(ROOT / "tools" / "make_meeting.py"), str(path), "--minutes", str(hours * 60)]
    subprocess.run([*make, "--truth", str(truth)], check=True, cwd=ROOT)
    return path, json.loads(truth.read_text(encoding="utf-8"))


@contextmanager
def _watched(house: RunningHouse) -> Iterator[dict[str, float]]:
    """The most that the worker and its children had at one time; resident memory, what they share counted twice."""
    peak = {"mib": 0.0}
    ended = threading.Event()
    pids = [child.process.pid for child in house.house.children if child.name.startswith("worker") and child.process]

    def watch() -> None:
        while not ended.wait(EVERY):
            peak["mib"] = max(peak["mib"], sum(_resident(each) for pid in pids for each in _tree(pid)) / 1024)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def _tree(pid: int) -> Iterator[int]:
    """A process and whatever it has started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            yield from _tree(int(child))


def _resident(pid: int) -> int:
    """KiB; 0 for a process that has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)


MEASURES: dict[str, Callable[[Table, Path], None]] = {each.__name__: each for each in (three, twelve)}


def main() -> None:
    """Command line. Without `--only` three hours alone."""
    asked = arguments("Any length, measured.", list(MEASURES))
    table = Table()
    for name in asked.only if "--only" in sys.argv else ["three"]:
        with tempfile.TemporaryDirectory(prefix="digilab-bench-") as folder:
            MEASURES[name](table, Path(folder))
    if asked.json:
        table.write(asked.json)
    sys.exit(0 if table.kept else 1)


if __name__ == "__main__":
    main()
