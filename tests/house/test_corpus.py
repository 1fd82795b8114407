"""Every case of the corpus of bad recordings has a test that names it."""

import ast
import re

from house.tree import files, shown

CASES = {f"A{number}" for number in range(1, 23)}
"""A1 (an empty file) to A22 (a name in another encoding): recordings as they arrive broken."""


_OTHERS = ("ocr", "robot", "workbook", "rows", "form")
"""Tests of other things may call a cell or a sheet of paper so."""


def named() -> set[str]:
    """The cases that tests name, in their words or in the names of their variants."""
    found: set[str] = set()
    for path in files("tests", ending=".py"):
        if not path.name.startswith("test_") or any(each in shown(path) for each in _OTHERS):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"\bA\d+\b", node.value))
    return found


def test_every_bad_recording_has_its_test() -> None:
    assert sorted(CASES - named()) == []
