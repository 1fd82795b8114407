"""Models are fetched by one module, which one command reaches; nothing that runs a job can."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from house.tree import PACKAGES, ROOT, files, shown

CLIENTS = {"huggingface_hub", "modelscope", "transformers", "aistudio_sdk", "bos_sdk"}
"""Packages that fetch models."""
FETCHERS = {
    "snapshot_download",
    "hf_hub_download",
    "download_model",
    "from_pretrained",
    "load_state_dict_from_url",
    "urlretrieve",
}
"""What they and the engines' libraries call it."""
PULL = "digilab/models/pull.py"


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, wherever in the file, and every name by its module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
        # By name: importlib.import_module("…"), or a path that somebody resolves.
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.partition(".")[0] in CLIENTS:
            yield node.value


def fetching(tree: ast.Module) -> set[str]:
    """What in a file could fetch a model."""
    clients = {name for name in imported(tree) if name.partition(".")[0] in CLIENTS}
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    named |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    named |= {name.rpartition(".")[2] for name in imported(tree)}
    return clients | (named & FETCHERS)


def test_one_module_alone_can_fetch_models() -> None:
    found = {shown(path): fetching(parsed(path)) for path in files(*PACKAGES, ending=".py")}
    assert {path for path, what in found.items() if what} == {PULL}


@pytest.mark.parametrize(
    "line",
    [
        "import huggingface_hub",
        "from huggingface_hub import constants",
        "import importlib; importlib.import_module('modelscope.hub')",
        "from faster_whisper import download_model",
        "import faster_whisper; faster_whisper.utils.download_model('small')",
        "import tokenizers; tokenizers.Tokenizer.from_pretrained('x')",
    ],
)
def test_ways_to_fetch_a_model_are_seen(line: str) -> None:
    assert fetching(ast.parse(f"def hidden():\n    {line}\n"))


def importers(module: str) -> set[str]:
    return {shown(path) for path in files(*PACKAGES, ending=".py") if module in set(imported(parsed(path)))}


def test_one_command_alone_reaches_it() -> None:
    assert importers("digilab.models.pull") == {"digilab/commands/models.py"}
    commands = {
        path for path in importers("digilab.commands.models") | importers("digilab.commands") if "commands" not in path
    }
    assert commands <= {"digilab/cli.py"}


def opened_models(path: Path) -> Iterator[tuple[str, bool]]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "WhisperModel":
            local = any(each.arg == "local_files_only" and ast.unparse(each.value) == "True" for each in node.keywords)
            yield shown(path), local


def test_the_speech_library_is_told_to_stay_at_home() -> None:
    """Given a name instead of a folder it would fetch the model."""
    found = [each for folder in PACKAGES for path in files(folder, ending=".py") for each in opened_models(path)]
    assert found
    assert all(local for _, local in found), found


def test_the_extra_for_fetching_is_demanded_by_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    holding = [
        name for name, wants in project["optional-dependencies"].items() if any("huggingface" in each for each in wants)
    ]
    assert holding == ["pull"]
    assert not any("huggingface" in each for each in project["dependencies"])
