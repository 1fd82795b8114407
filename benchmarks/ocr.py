"""Paper forms, measured on made pages whose seed and words are used nowhere else: how right, how fast, is doubt where errors are?

.venv/bin/python benchmarks/ocr.py [--only reading harder processes wrong] [--json FILE]
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

# This file's own name would hide the engine's.
sys.path.append(sys.path.pop(0))

import numpy as np
from harness.bounds import Row, Table, arguments
from harness.text import edit_distance

from ocr.calibration.reliability import acceptance, curve, expected_calibration_error

ROOT = Path(__file__).resolve().parents[1]
FORMS = sorted(path.parent for path in (ROOT / "form_definitions").glob("*/form.yaml"))
WAYS = ("ours", "rapidocr page", "tesseract page", "tesseract crops")
SEED = 20261121
PAGES = 200
MIB = 1024 * 1024
Field = dict[str, Any]
Record = dict[str, Any]


def pages(folder: Path, count: int, seed: int, *more: str) -> Path:
    """Made pages in a folder of their own."""
    make = [sys.executable, str(ROOT / "tools" / "make_forms.py"), str(folder), "--pages", str(count)]
    subprocess.run([*make, "--seed", str(seed), "--vocabulary", "benchmark", *more], check=True, cwd=ROOT)
    return folder


def read(folder: Path, processes: int, ways: Sequence[str]) -> list[Record]:
    """What each process wrote, one thread each, all at once."""
    script = str(ROOT / "benchmarks" / "harness" / "form_ways.py")
    forms = [str(form) for form in FORMS]
    outputs = [folder / f"read-{number}-{processes}.jsonl" for number in range(processes)]
    running = [
        subprocess.Popen(
            [
                sys.executable,
                script,
                str(folder),
                str(output),
                "--share",
                f"{number}/{processes}",
                "--forms",
                *forms,
                "--ways",
                *ways,
            ],
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        for number, output in enumerate(outputs)
    ]
    if any([process.wait() for process in running]):  # noqa: C419 - every process is waited for
        raise SystemExit("a reading process failed")
    return [json.loads(line) for output in outputs for line in output.read_text("utf-8").splitlines()]


def exact(fields: Iterable[Field]) -> float:
    """Share of fields with no character wrong."""
    judged = [field["got"] == field["expected"] for field in fields]
    return sum(judged) / len(judged) if judged else float("nan")


def characters(fields: Iterable[Field]) -> float:
    """1 − edits / characters."""
    known = list(fields)
    total = sum(len(field["expected"]) for field in known)
    return 1 - sum(edit_distance(field["expected"], field["got"]) for field in known) / max(total, 1)


def written(fields: Iterable[Field]) -> list[Field]:
    """What somebody wrote: no marks, no empty fields."""
    return [field for field in fields if field["family"] != "mark" and field["expected"]]


GROUPS: dict[str, tuple[Callable[[Field], bool], float | None]] = {
    "digit cells, codes, postal code": (
        lambda field: field["family"] == "digits" and field["type"] != "telephone",
        0.997,
    ),
    "telephone": (lambda field: field["type"] == "telephone", 0.997),
    "amount": (lambda field: field["type"] == "amount", 0.997),
    "date": (lambda field: field["type"] == "date", None),
    "kana cells": (lambda field: field["type"] == "kana", 0.95),
    "free text and addresses": (lambda field: field["family"] == "text", 0.97),
    "names": (lambda field: field["family"] == "name", None),
}


def reading(table: Table, folder: Path) -> None:
    """The four ways over the same pages, taking turns on each page; two processes side by side, the same for all ways."""
    records = read(pages(folder / "reading", PAGES, SEED), 2, WAYS)
    stopped = [record for record in records if record["way"] == "stopped"]
    sheets = sum(record["pages"] for record in stopped)
    table.add(Row("pages", sheets, "", least=200))
    table.add(Row("right pages that were stopped", sum(r["pages"] for r in stopped if r["stopped"]), "", most=0))
    by_way: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_way[record["way"]].append(record)
    seconds = {}
    for way in WAYS:
        seconds[way] = sum(record["cpu"] for record in by_way[way]) / sum(record["pages"] for record in by_way[way])
        fields = written(field for record in by_way[way] for field in record["fields"])
        ours = way == "ours"
        table.add(Row(f"{way}: CPU seconds a page", seconds[way], "s"))
        table.add(Row(f"{way}: written fields exact", exact(fields), "", least=0.985 if ours else None))
        table.add(Row(f"{way}: characters", characters(fields), ""))
    table.add(Row("rapidocr full page / ours, CPU", seconds["rapidocr page"] / seconds["ours"], "", least=5.0))
    table.add(Row("ours / tesseract full page, CPU", seconds["ours"] / seconds["tesseract page"], "", most=0.7))
    mine = [field for record in by_way["ours"] for field in record["fields"]]
    for name, (belongs, least) in GROUPS.items():
        group = [field for field in written(mine) if belongs(field)]
        table.add(Row(f"ours: {name}", exact(group), "", least=least, note=f"{len(group)} fields"))
    marks = [field for field in mine if field["family"] == "mark"]
    table.add(Row("ours: ticks, circles, seals", exact(marks), "", least=0.995, note=f"{len(marks)} fields"))
    by_type(by_way)
    by_kind(by_way)
    doubts(table, mine)


def by_type(by_way: dict[str, list[Record]]) -> None:
    """Exact fields and characters by type for each way."""
    print("\nexact / characters" + "".join(f"{way:>22}" for way in WAYS))
    for name, (belongs, _) in GROUPS.items():
        cells = []
        for way in WAYS:
            fields = [f for record in by_way[way] for f in written(record["fields"]) if belongs(f)]
            cells.append(f"{exact(fields):14.3f} / {characters(fields):.3f}")
        print(f"{name:32}" + "".join(cells))


def by_kind(by_way: dict[str, list[Record]]) -> None:
    """Exact fields by kind of scan and by hand for each way."""
    for key in ("kind", "hand"):
        print(f"\nexact, by {key:22}" + "".join(f"{way:>22}" for way in WAYS))
        for kind in sorted({record[key] for record in by_way["ours"]}):
            cells = [
                f"{exact(f for r in by_way[way] if r[key] == kind for f in written(r['fields'])):22.3f}" for way in WAYS
            ]
            print(f"{kind:32}" + "".join(cells))
    print()


def doubts(table: Table, fields: Sequence[Field]) -> None:
    """Whether P(wrong) means what it says, on values that nothing was learnt from."""
    said = np.array([field["p_wrong"] for field in fields])
    wrong = np.array([field["got"] != field["expected"] for field in fields])
    bins = curve(said, wrong)
    print("  count  said wrong  was wrong")
    for each in bins:
        print(f"{each.count:7d} {each.said:11.3%} {each.wrong:10.3%}")
    found = acceptance(said, wrong, 0.001)
    table.add(
        Row("expected calibration error", expected_calibration_error(bins), "", most=0.01, note=f"{len(fields)} values")
    )
    table.add(
        Row(
            "accepted without a look at 0.1 % wrong",
            found.share,
            "",
            least=0.8,
            note=f"P(wrong) <= {found.threshold:.4f}",
        )
    )
    filled = np.array([bool(field["expected"]) or field["family"] == "mark" for field in fields])
    table.add(Row("the same, of fields that hold something", acceptance(said[filled], wrong[filled], 0.001).share, ""))
    accepted = [field for field in fields if field["decision"] == "accept"]
    table.add(Row("accepted by the shipped policy", len(accepted) / len(fields), ""))
    table.add(Row("wrong among them", 1 - exact(accepted), ""))


def harder(table: Table, folder: Path) -> None:
    """Kinds of scan that the facts do not cover, by ours alone; told, not bound."""
    made = pages(folder / "harder", 60, SEED + 3, "--kinds", "scan-150", "fax-coarse", "noisy", "stretch")
    records = [record for record in read(made, 2, ["ours"]) if record["way"] == "ours"]
    for kind in sorted({record["kind"] for record in records}):
        fields = written(field for record in records if record["kind"] == kind for field in record["fields"])
        table.add(Row(f"ours, written fields exact: {kind}", exact(fields), "", note=f"{len(fields)} fields"))


def processes(table: Table, folder: Path) -> None:
    """One process against two, and what one of them holds."""
    made = pages(folder / "processes", 60, SEED + 1)
    seconds = {}
    for count in (1, 2):
        ends = [record for record in read(made, count, ["ours"]) if record["way"] == "end"]
        seconds[count] = max(record["seconds"] for record in ends)
        table.add(Row(f"60 pages with {count} process(es)", seconds[count], "s"))
        if count == 1:
            table.add(Row("peak memory of a process", ends[0]["peak"] / MIB, "MiB", most=450))
    table.add(Row("two processes against one", seconds[1] / seconds[2], "times", least=1.4))


def wrong(table: Table, folder: Path) -> None:
    """Pages that are no business of the form asked for: each is stopped, or sorted to where it belongs."""
    made = pages(folder / "wrong", 60, SEED + 2, "--wrong")
    verdicts = json.loads(
        subprocess.run(
            [sys.executable, str(ROOT / "benchmarks" / "harness" / "form_sorting.py"), str(made), *map(str, FORMS)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    )
    for kind in sorted({each["kind"] for each in verdicts}):
        these = [each for each in verdicts if each["kind"] == kind]
        table.add(
            Row(
                f"wrong pages dealt with rightly: {kind}",
                sum(e["right"] for e in these) / len(these),
                "",
                least=1.0,
                note=f"{len(these)} pages",
            )
        )


MEASURES: dict[str, Callable[[Table, Path], None]] = {
    "reading": reading,
    "processes": processes,
    "wrong": wrong,
    "harder": harder,
}


def main() -> None:
    """Command line."""
    asked = arguments("Paper forms, measured.", list(MEASURES))
    table = Table()
    for name in asked.only:
        with tempfile.TemporaryDirectory(prefix="digilab-bench-") as folder:
            MEASURES[name](table, Path(folder))
    if asked.json:
        table.write(asked.json)
    sys.exit(0 if table.kept else 1)


if __name__ == "__main__":
    main()
