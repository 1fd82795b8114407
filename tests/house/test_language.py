"""Every text exists in Japanese and in English, with the same evidence in it."""

import ast
import re
import string
import tomllib
from pathlib import Path

import pytest

from digilab.language import keys
from digilab.services.rules import Kind
from house.tree import PACKAGES, files, shown

FOLDERS = sorted({path.parent for path in files(*PACKAGES, ending="ja.toml") if path.parent.name == "language"})


def texts(file: Path) -> dict[str, str]:
    flat: dict[str, str] = {}

    def walk(node: dict[str, object], path: str) -> None:
        for key, value in node.items():
            if isinstance(value, dict):
                walk(value, f"{path}{key}.")
            else:
                flat[f"{path}{key}"] = str(value)

    walk(tomllib.loads(file.read_text(encoding="utf-8")), "")
    return flat


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_house_has_language_folders() -> None:
    assert {shown(folder) for folder in FOLDERS} >= {"digilab/language", "transcribe/language"}


@pytest.mark.parametrize("folder", FOLDERS, ids=shown)
def test_both_languages_have_the_same_keys(folder: Path) -> None:
    assert texts(folder / "ja.toml").keys() == texts(folder / "en.toml").keys()


@pytest.mark.parametrize("folder", FOLDERS, ids=shown)
def test_both_languages_fill_in_the_same_evidence(folder: Path) -> None:
    english = texts(folder / "en.toml")
    different = {
        key: (placeholders(text), placeholders(english[key]))
        for key, text in texts(folder / "ja.toml").items()
        if key in english and placeholders(text) != placeholders(english[key])
    }
    assert different == {}


@pytest.mark.parametrize("folder", FOLDERS, ids=shown)
def test_no_text_is_empty_or_left_in_the_other_language(folder: Path) -> None:
    for key, text in texts(folder / "ja.toml").items():
        assert text.strip(), key
    for key, text in texts(folder / "en.toml").items():
        assert text.strip(), key
        japanese = [sign for sign in text if "\u3041" <= sign <= "\u30ff"]
        assert len(japanese) < len(text) / 4, f"{key}: {text}"


def literals() -> set[str]:
    """Every string in the code and every quoted word in the templates."""
    found: set[str] = set()
    for path in files(*PACKAGES, ending=".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    for path in files("digilab/web/templates", ending=".html"):
        found |= set(re.findall(r"'([\w.-]+)(?:%d)?'", path.read_text(encoding="utf-8")))
    return found


def test_every_text_that_a_template_or_a_command_names_exists() -> None:
    known = keys("ja")
    lost = set()
    for path in files("digilab/web/templates", ending=".html"):
        lost |= set(re.findall(r"\bt\('([\w.-]+)'[,)]", path.read_text(encoding="utf-8"))) - known
    for path in files("digilab", ending=".py"):
        named = set(re.findall(r"\bwords\(\s*\"([\w-]+)\"", path.read_text(encoding="utf-8")))
        lost |= {f"commands.{name}" for name in named} - known
    assert lost == set()


def test_every_event_of_the_history_has_its_sentence() -> None:
    events = set()
    for path in files("digilab", "workers", ending=".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).rpartition(".")[2] == "tell"
                and len(node.args) > 2
            ):
                events |= {each.value for each in ast.walk(node.args[2]) if isinstance(each, ast.Constant)}
    assert len(events) > 5
    assert {f"history.{event}" for event in events} <= keys("ja")


def test_every_kind_has_words_for_its_unit() -> None:
    for kind in Kind:
        unit = kind.value.unit.value
        wanted = {
            f"units.{unit}",
            f"pages.progress.{unit}",
            f"pages.progress.{unit}-open",
            f"pages.job.formula-{unit}",
        }
        assert wanted <= keys("ja")


def test_no_text_lies_there_unused() -> None:
    used = literals()
    dynamic = tuple(each for each in used if re.fullmatch(r"[a-z-]+\.([a-z-]+\.)*([a-z-]+-)?", each))

    def is_used(key: str) -> bool:
        group, _, name = key.partition(".")
        return key in used or key.startswith(dynamic) or (group not in ("pages", "") and name in used)

    assert sorted(key for key in keys("ja") if not is_used(key)) == []
