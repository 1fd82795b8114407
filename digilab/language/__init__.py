"""What people read, by language. Japanese is the first file, English the second; code is the same for both."""

import tomllib
from functools import cache
from importlib import resources
from typing import Literal, TypeAlias, cast

Language: TypeAlias = Literal["ja", "en"]

LANGUAGES: tuple[Language, ...] = ("ja", "en")


@cache
def _table(language: Language) -> dict[str, str]:
    source = resources.files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    flat: dict[str, str] = {}

    def walk(node: dict[str, object], path: str) -> None:
        for key, value in node.items():
            if isinstance(value, dict):
                walk(cast("dict[str, object]", value), f"{path}{key}.")
            else:
                flat[f"{path}{key}"] = str(value)

    walk(tomllib.loads(source), "")
    return flat


def text(language: Language, key: str, /, **values: object) -> str:
    """The text under `key` with `{names}` filled in.

    Raises KeyError for an unknown key: a missing text is a fault of ours and the house tests find it.
    """
    return _table(language)[key].format(**values)


def keys(language: Language) -> frozenset[str]:
    """All keys of one language file."""
    return frozenset(_table(language))
