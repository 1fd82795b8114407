"""Every text exists in Japanese and in English, with the same evidence in it."""

import string
import tomllib
from pathlib import Path

import pytest

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
