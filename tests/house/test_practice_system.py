"""The practice finance system shares no code with the robots that are tested against it, and its page names all that it can do."""

import ast
import subprocess
import sys
from pathlib import Path

from house.tree import ROOT, files, shown
from robots.practice.faults import NAMES

PRACTICE = ROOT / "robots" / "practice"
PAGE = ROOT / "docs" / "developers" / "practice-system.md"


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def test_the_robots_and_the_practice_system_import_nothing_of_each_other() -> None:
    crossing = []
    for path in files("robots", ending=".py"):
        inside = path.is_relative_to(PRACTICE)
        for module in imported(path):
            ours = module.startswith("robots.") and module != "robots.practice"
            if ours and module.startswith("robots.practice.") != inside:
                crossing.append(f"{shown(path)}: {module}")
    assert crossing == []


def test_the_page_names_every_fault_and_every_option() -> None:
    text = PAGE.read_text(encoding="utf-8")
    command = [sys.executable, "-m", "robots.practice", "--help"]
    shown_help = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    options = {word.strip("[],") for word in shown_help.split() if word.startswith(("--", "[--"))} - {"--help"}
    missing = [name for name in (*NAMES, *(option for option in options if option)) if f"`{name}" not in text]
    assert missing == []
