"""Fonts by family name as the system has them, and which characters they can write."""

import subprocess
from functools import cache

from PIL import ImageFont

PRINT = ("BIZ UDGothic", "IPAexMincho", "Noto Sans CJK JP")
HAND_LIKE = ("Klee One", "kiloji", "SetoFont", "Yusei Magic")


class FontMissingError(Exception):
    """Raised when the system has no such family; `scripts/setup.sh --for test` brings all of them."""


@cache
def _file(family: str) -> tuple[str, int]:
    asked = subprocess.run(
        ["fc-match", "--format", "%{family}|%{file}|%{index}", f"{family}:style=Regular"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names, path, index = asked.split("|")
    if family not in names.split(","):
        raise FontMissingError(family)
    return path, int(index or 0)


@cache
def font(family: str, size: int) -> ImageFont.FreeTypeFont:
    """The family at `size` pixels per em."""
    path, index = _file(family)
    return ImageFont.truetype(path, size, index=index)


@cache
def _tofu(family: str) -> bytes:
    return bytes(font(family, 48).getmask("\uffff"))


@cache
def can_write(family: str, character: str) -> bool:
    """Whether the family has a glyph of its own for the character: a box in its place would be no writing."""
    if character.isspace():
        return True
    mask = bytes(font(family, 48).getmask(character))
    return any(mask) and mask != _tofu(family)
