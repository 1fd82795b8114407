"""Ticks, circles around words, seals: what is marked as a value."""

from collections.abc import Sequence

from ocr.definition.form import ChoiceField, SealField, TickField
from ocr.records import Mark
from ocr.values.parsed import Parsed

SEPARATOR = "、"
"""Between the values of a choice of `many`."""


def raw(marks: Sequence[Mark]) -> str:
    """The values of what is marked."""
    return SEPARATOR.join(mark.option for mark in marks if mark.marked)


def parse(field: TickField | SealField | ChoiceField, marks: Sequence[Mark], path: str) -> Parsed:
    """`1` or `` for ticks and seals, the option for a choice. Of a choice without `many` that has several marks none is taken."""
    chosen = [mark.option for mark in marks if mark.marked]
    if isinstance(field, TickField | SealField):
        return Parsed("1" if chosen else "")
    if len(chosen) > 1 and not field.many:
        return Parsed("").failed(path, "choice-several", options=SEPARATOR.join(chosen))
    return Parsed(SEPARATOR.join(chosen))
