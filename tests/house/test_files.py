"""Habits of the house that a machine can check, over every file."""

import ast
import re
from pathlib import Path

import pytest

from house.tree import PACKAGES, ROOT, files, shown

SAYS_NOTHING = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}

# Written in pieces: this file, too, is one that must not hold them.
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
_HOSTS = """
    pypi+org pythonhosted+org npmjs+org npmjs+com yarnpkg+com unpkg+com jsdelivr+net cdnjs+cloudflare
    docker+io ghcr+io quay+io mcr+microsoft debian+org/debian archive+ubuntu conda+anaconda download+pytorch
    huggingface+co/
"""
REGISTRIES = re.compile("|".join(re.escape(host.replace("+", ".")) for host in _HOSTS.split()))
_ENDINGS = ".py .md .toml .lock .in .yml .yaml .html .css .js .json .sh .txt .cfg"
TEXT = {"", *_ENDINGS.split()}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.suffix in TEXT else ""


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [shown(path) for path in files(ending=".py") if path.stem in SAYS_NOTHING] == []


def test_nothing_is_left_unfinished_in_a_comment() -> None:
    own = (path for path in files() if path.suffix in {".py", ".md", ".html", ".css", ".toml", ".sh", ".yml"})
    assert [shown(path) for path in own if UNFINISHED.search(read(path))] == []


def test_no_file_names_a_package_registry() -> None:
    assert [shown(path) for path in files() if REGISTRIES.search(read(path))] == []


OUTSIDE = r"(?:https?:)?//(?!127\.0\.0\.1|localhost)[\w-]"
LOADS = re.compile(
    rf"""(?:src|srcset|action|data-src|poster|formaction|hx-\w+)\s*=\s*["']?\s*{OUTSIDE}"""
    rf"""|<link[^>]*href\s*=\s*["']?\s*{OUTSIDE}|url\(\s*["']?{OUTSIDE}|@import\s+["']{OUTSIDE}"""
    rf"""|(?:fetch|import|EventSource|WebSocket|Worker)\s*\(\s*["'`]{OUTSIDE}"""
)


@pytest.mark.parametrize(
    "line",
    ['<script src="https://a.example/x.js">', "<img src=//a.example/x.png>", "@import 'https://a.example/x.css'",
     "background: url(http://a.example/x.png)", '<link rel="icon" href="https://a.example/x">', 'fetch("https://a.example")'],
)  # fmt: skip
def test_a_page_that_loads_from_elsewhere_would_be_found(line: str) -> None:
    assert LOADS.search(line)


def test_no_page_loads_anything_from_another_host() -> None:
    pages = [path for path in files("digilab/web") if path.suffix in {".html", ".css", ".js", ".svg"}]
    assert pages
    assert [shown(path) for path in pages if LOADS.search(read(path))] == []


def asserts(function: ast.FunctionDef | ast.AsyncFunctionDef, checkers: set[str]) -> bool:
    """Whether a test can fail by more than an accident."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Raise) and "AssertionError" in ast.unparse(node)):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in checkers or name.startswith(
                ("raises", "warns", "expect", "assert", "fail", "run_state_machine")
            ):
                return True
    return False


def test_every_test_asserts_something() -> None:
    """Directly, or by a function of the test suite that does."""
    found = [
        (path, node)
        for path in files("tests", ending=".py")
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    checkers = {node.name for _, node in found if not node.name.startswith("test_") and asserts(node, set())}
    empty = [
        f"{shown(path)}: {node.name}"
        for path, node in found
        if node.name.startswith("test_") and not node.name.endswith("_is_no_error") and not asserts(node, checkers)
    ]
    assert empty == []


def test_no_test_is_skipped_or_sleeps() -> None:
    forbidden = re.compile(r"pytest\.skip|mark\.skip|importorskip|time\.sleep\((?!0)|asyncio\.sleep\((?!0)")
    lines = [
        f"{shown(path)}:{number}"
        for path in files("tests", ending=".py")
        if path.parts[-2:] != ("house", "test_files.py")
        for number, line in enumerate(read(path).splitlines(), 1)
        if forbidden.search(line) and "until" not in line
    ]
    assert lines == []


def test_test_folders_are_no_packages() -> None:
    assert [shown(path) for path in files("tests", ending="__init__.py")] == []


def test_imports_stand_at_the_top_of_the_file_or_say_why_not() -> None:
    """Only the adapters of the kinds import their engine on first use; anything else says "imported here" and why."""
    late = []
    for path in files(*PACKAGES, ending=".py"):
        if path.parent.name == "kinds":
            continue
        source = read(path)
        lines = source.splitlines()
        for function in ast.walk(ast.parse(source)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                late += [
                    f"{shown(path)}:{node.lineno}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.Import | ast.ImportFrom)
                    and not re.search(r"# .*imported here", lines[node.lineno - 2], re.IGNORECASE)
                ]
    assert late == []


WHOLE_LOCK = re.compile(r"with_for_update(?:=True|=\{(?![^}]*key_share)|\((?!read=True)(?![^()]*key_share=True))")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("query.with_for_update()", True),
        ("query.with_for_update(skip_locked=True)", True),
        ("session.get(Job, 1, with_for_update=True)", True),
        ('session.get(Job, 1, with_for_update={"skip_locked": True})', True),
        ("query.with_for_update(of=Row, key_share=True)", False),
        ("query.with_for_update(read=True)", False),
        ('session.get(Job, 1, with_for_update={"key_share": True})', False),
    ],
)
def test_a_lock_on_a_whole_record_is_seen(line: str, found: bool) -> None:
    assert bool(WHOLE_LOCK.search(line)) is found


def test_no_lock_waits_for_those_who_only_point_at_a_record() -> None:
    """Whoever adds a row shares its parents' keys (PostgreSQL: FOR KEY SHARE). Two who did and then both ask for the whole parent wait
    for each other; FOR NO KEY UPDATE does not."""
    ours = [path for path in files(ending=".py") if path.parts[len(ROOT.parts)] in PACKAGES]
    assert len(ours) > 100
    assert [shown(path) for path in ours if WHOLE_LOCK.search(read(path))] == []
