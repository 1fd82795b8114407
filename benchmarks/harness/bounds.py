"""A benchmark's table: each row a figure, the bound it must keep, and whether it did."""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure. `most` or `least` is the bound; neither: the figure is told only."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def kept(self) -> bool:
        """Whether the bound is kept."""
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    @property
    def bound(self) -> str:
        """The bound in words."""
        if self.most is not None:
            return f"<= {self.most:g}"
        return f">= {self.least:g}" if self.least is not None else ""


class Table:
    """Rows as they come; each is printed at once."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(self, row: Row) -> None:
        """Keep and print a row."""
        self.rows.append(row)
        verdict = "" if not row.bound else ("ok  " if row.kept else "MISS")
        print(f"{verdict:4} {row.name:58} {row.value:10.3f} {row.unit:6} {row.bound:10} {row.note}", flush=True)

    @property
    def kept(self) -> bool:
        """Whether every bound is kept."""
        return all(row.kept for row in self.rows)

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(
            json.dumps([{**asdict(row), "kept": row.kept} for row in self.rows], indent=1), encoding="utf-8"
        )


def arguments(description: str, choices: list[str]) -> argparse.Namespace:
    """`--json FILE` and `--only NAME …`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", nargs="*", choices=choices, default=choices)
    return parser.parse_args()
