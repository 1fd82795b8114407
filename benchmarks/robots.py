"""Robots, measured: the same rows keyed into the same practice system by a naive script, a bare one, and ours with every safety on.

.venv/bin/python benchmarks/robots.py [--only ways] [--json FILE]
"""

import datetime
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# This file's own name would hide the engine's.
sys.path.append(sys.path.pop(0))

from harness.bounds import Row, Table, arguments
from harness.practice import practice_system

from robots.browser import program
from robots.flows import robot_named
from robots.rows.check import check_files

ROOT = Path(__file__).resolve().parents[1]
HARNESS = ROOT / "benchmarks" / "harness"
ROWS = 40
TURNS = 2
"""Each way goes so often over its own rows, the ways taking turns; the faster turn counts, for all ways alike."""
DELAY_MS = 50
"""What the finance system takes for each page."""
CONTEXTS = (1, 2, 4)


def ways(table: Table, folder: Path) -> None:
    """Naive, bare, and ours at 1, 2 and 4 contexts."""
    measured: dict[str, list[dict[str, Any]]] = {}
    for turn in range(TURNS):
        workbook, typed = _rows(folder, turn)
        for name, keyed in _ways(folder, turn, workbook, typed):
            told = keyed()
            if len(set(told["numbers"])) != ROWS:
                raise SystemExit(f"{name}: {len(set(told['numbers']))} receipt numbers for {ROWS} rows")
            measured.setdefault(name, []).append(told)
    pace = {name: ROWS * 60 / min(told["seconds"] for told in turns) for name, turns in measured.items()}
    for name, turns in measured.items():
        table.add(Row(f"{name}: rows a minute", pace[name], "1/min"))
        table.add(Row(f"{name}: CPU of script and browser, a row", min(told["cpu"] for told in turns) / ROWS, "s"))
    ours = {contexts: pace[f"ours, {contexts} context(s)"] for contexts in CONTEXTS}
    table.add(Row("ours at one context / naive", ours[1] / pace["naive"], "times", least=2.5))
    table.add(Row("ours at four contexts / at one", ours[4] / ours[1], "times", least=1.3))
    table.add(Row("ours at two contexts / at one", ours[2] / ours[1], "times"))
    price = 60 / ours[1] - 60 / pace["bare"]
    table.add(Row("price of all safety, a row at one context", price, "s", note="against the bare script"))
    table.add(Row("ours at one context / bare", ours[1] / pace["bare"], "times"))
    pictures = measured["ours, 1 context(s)"][0]["pictures"]
    table.add(Row("pictures kept, a row", pictures / ROWS, "", least=2.0))


def _ways(folder: Path, turn: int, workbook: Path, typed: Path) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Each on a practice system of its own, so that nobody's rows are in anybody's way."""
    for way in ("naive", "bare"):

        def script(way: str = way) -> dict[str, Any]:
            with _system(folder / f"{way}-{turn}") as url:
                return _told("bare_keying.py", way, url, str(typed), str(program()))

        yield way, script
    for contexts in CONTEXTS:

        def ours(contexts: int = contexts) -> dict[str, Any]:
            place = folder / f"ours-{contexts}-{turn}"
            with _system(place) as url:
                return _told("our_keying.py", url, str(workbook), str(place), str(contexts))

        yield f"ours, {contexts} context(s)", ours


@contextmanager
def _system(folder: Path) -> Iterator[str]:
    with practice_system(folder / "practice", delay_ms=DELAY_MS) as url:
        yield url


def _rows(folder: Path, turn: int) -> tuple[Path, Path]:
    """The workbook, and the same rows as a script types them: by the screen's labels, no references."""
    workbook = folder / f"rows-{turn}.xlsx"
    made = [sys.executable, str(ROOT / "tools" / "make_rows.py"), str(workbook)]
    subprocess.run([*made, "--rows", str(ROWS), "--seed", str(100 + turn)], check=True)
    robot = robot_named("expense_entry")
    headings = {column.name: column.heading for column in robot.columns}
    rows = check_files(robot, [(workbook, workbook.name)]).rows
    typed = folder / f"rows-{turn}.json"
    lines = [{headings[name]: text for name, text in row.values.items()} for row in rows]
    typed.write_text(json.dumps(lines, ensure_ascii=False), encoding="utf-8")
    return workbook, typed


def _told(script: str, *words: str) -> dict[str, Any]:
    """What the script printed, and the CPU seconds of it and all that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(
        [sys.executable, str(HARNESS / script), *words],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode:
        raise SystemExit(ended.stderr)
    told: dict[str, Any] = json.loads(ended.stdout)
    told["cpu"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return told


MEASURES: dict[str, Callable[[Table, Path], None]] = {"ways": ways}


def main() -> None:
    """Command line."""
    asked = arguments("Robots, measured.", list(MEASURES))
    print(f"{datetime.date.today()}: {ROWS} rows, {DELAY_MS} ms a page, {os.cpu_count()} cores", flush=True)  # noqa: DTZ011 - a heading for people
    table = Table()
    for name in asked.only:
        with tempfile.TemporaryDirectory(prefix="digilab-bench-") as folder:
            MEASURES[name](table, Path(folder))
    if asked.json:
        table.write(asked.json)
    sys.exit(0 if table.kept else 1)


if __name__ == "__main__":
    main()
