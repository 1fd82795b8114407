"""The lists of sentences that models write where nobody speaks, and what is in them."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files

LANGUAGES = ("ja", "en")
_LEFT_OUT = re.compile(r"[\W_]+")
_BRACKETED = re.compile(r"[（(\[［【〔<〈*♪♫♬~～〜\s]+(.*?)[）)\]］】〕>〉*♪♫♬~～〜。.\s]+")


class Sort(Enum):
    """What a sentence of the lists is."""

    FOREIGN = "foreign"
    """Nobody says it in an office."""
    OFFICE = "office"
    """Somebody may really have said it."""
    SOUND = "sound"
    """No sentence: a word in brackets or a sign that stands for a sound."""


@dataclass(frozen=True)
class Phrases:
    """Every language's lists, bare."""

    foreign: frozenset[str]
    office: frozenset[str]
    sounds: frozenset[str]
    forms: tuple[re.Pattern[str], ...]


def sort_of(sentence: str) -> Sort | None:
    """What the lists say about a whole sentence, or None."""
    plain = bare(sentence)
    if not plain:
        return Sort.SOUND
    lists = _phrases()
    bracketed = _BRACKETED.fullmatch(unicodedata.normalize("NFKC", sentence).strip())
    if bracketed and bare(bracketed[1]) in lists.sounds:
        return Sort.SOUND
    once = _once(plain)
    if once in lists.foreign or any(form.fullmatch(once) for form in lists.forms):
        return Sort.FOREIGN
    return Sort.OFFICE if once in lists.office else None


def bare(text: str) -> str:
    """Letters and digits alone, small and in their usual width."""
    return _LEFT_OUT.sub("", unicodedata.normalize("NFKC", text)).lower()


def _once(text: str) -> str:
    """What is said again and again, once."""
    for length in range(1, len(text) // 2 + 1):
        if len(text) % length == 0 and text == text[:length] * (len(text) // length):
            return text[:length]
    return text


@cache
def _phrases() -> Phrases:
    lists = [tomllib.loads(files(__name__).joinpath(f"{language}.toml").read_text("utf-8")) for language in LANGUAGES]

    def every(name: str) -> frozenset[str]:
        return frozenset(bare(one) for each in lists for one in each[name])

    forms = tuple(re.compile(form) for each in lists for form in each["forms"])
    return Phrases(every("foreign"), every("office"), every("sounds"), forms)
