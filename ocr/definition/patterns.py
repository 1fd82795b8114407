"""Regular expressions of definitions: compiled and matched by `regex`, which can stop in the middle."""

import itertools
from collections.abc import Iterator
from functools import lru_cache

import regex

from ocr.definition.faults import FaultError, RegexBrokenError, RegexSlowError
from ocr.definition.form import Written
from ocr.definition.places import Placed
from ocr.definition.source import Source
from ocr.values.alphabets import alphabet

TIME_LIMIT = 0.2
"""Seconds for one match. A sound expression takes microseconds for a field's value."""
_PROBE_LENGTH = 60
_MOST_PROBES = 60
_SIGNS = r"\()[]{}*+?|^$"
_MOST_COPIES = 1000
_TOKEN = regex.compile(r"\\.|\[(?:\\.|[^\]\\])*+\]|\{(?<least>[0-9]+)(?:,[0-9]*)?\}|.", regex.DOTALL)


def full_match(pattern: str, text: str) -> bool:
    """Whether the whole text matches; raises `RegexSlowError` when that is not decided within `TIME_LIMIT`."""
    try:
        return _compiled(pattern).fullmatch(text, timeout=TIME_LIMIT) is not None
    except TimeoutError as error:
        raise RegexSlowError(file="", line=0, field="", found=pattern, seconds=TIME_LIMIT) from error


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


def check_pattern(each: Placed, source: Source) -> Iterator[FaultError]:
    """Does the field's expression compile, and does it come to an end on texts that lead such expressions astray?

    The field's alphabet is sound.
    """
    field = each.field
    if not isinstance(field, Written) or not field.check:
        return
    path = (*each.path, "check")
    if _copies(field.check) > _MOST_COPIES:
        yield source.fault(RegexSlowError, path, found=field.check, seconds=TIME_LIMIT)
        return
    try:
        _compiled(field.check)
    except (regex.error, OverflowError, RecursionError, MemoryError) as error:
        yield source.fault(RegexBrokenError, path, found=field.check, reason=str(error))
        return
    try:
        for probe in _probes(each, field.check):
            full_match(field.check, probe)
    except RegexSlowError:
        yield source.fault(RegexSlowError, path, found=field.check, seconds=TIME_LIMIT)


def _copies(pattern: str) -> int:
    """How often the innermost of nested `{n}` stands in the compiled expression: every copy takes memory, and no time limit ends that."""
    inside = [1]
    last = 1
    for token in _TOKEN.finditer(pattern):
        if token[0] == "(":
            inside.append(1)
        elif token[0] == ")" and len(inside) > 1:
            last = inside.pop()
        elif token["least"]:
            last *= int(token["least"][:9])
        else:
            last = 1
        inside[-1] = max(inside[-1], last)
    return max(inside)


def _probes(each: Placed, pattern: str) -> Iterator[str]:
    """Runs of what the expression speaks of, with an end that does not fit: nested repeats try every division of the run.

    The second end holds all that the expression speaks of: without its literals an expression is given up before it starts.
    """
    spoken = "".join(dict.fromkeys(character for character in pattern if character not in _SIGNS))
    spoken += "".join(sorted(alphabet(each.field) or ())[:10])
    runs = list(dict.fromkeys(spoken + "0aAアあ "))[:_MOST_PROBES]
    for run in [*runs, *(first + second for first, second in itertools.pairwise(runs))]:
        yield run * _PROBE_LENGTH + "\x01"
        yield run * _PROBE_LENGTH + "\x01" + spoken
