"""A person's word in place of a reading: understood by the field's type like any writing, and never thrown away."""

import re
from dataclasses import replace

from ocr.definition.form import AnyField, ChoiceField, Column, DateField
from ocr.records import Evidence, Reading
from ocr.values import parse
from ocr.values.parsed import Parsed, Surroundings

ILLEGIBLE = "●"
"""The word for what nobody can read (判読不能); it stands as the value."""

_BETWEEN = re.compile(r"[、,，/／]")


def understood(
    field: AnyField | Column, word: str | None, read: Parsed, evidence: Evidence, around: Surroundings
) -> Parsed:
    """The value that a person's word gives in place of `read`; None: what was read is right.

    What cannot be understood by the field's type stays as it was typed, with the finding. ILLEGIBLE gives no value: rules need one.
    """
    if word is None or word == read.value or (read.value and word == parse.raw(field, evidence)):
        return read
    if word == ILLEGIBLE:
        return Parsed("")
    typed = parse.parse(_in_one_line(field), _as_if_read(field, word, evidence), around)
    if isinstance(field, DateField) and field.parts is not None and field.parts.day is None:
        typed = replace(typed, findings=tuple(each for each in typed.findings if each.code != "date-incomplete"))
    if isinstance(field, ChoiceField) and not _chosen(field, word) <= {"", *(option.value for option in field.options)}:
        return replace(typed, value=word)
    return typed if typed.value or not word else replace(typed, value=word)


def _chosen(field: ChoiceField, word: str) -> set[str]:
    """The options that a word names; one that holds a comma or a stroke itself is known as a whole."""
    whole = any(option.value == word for option in field.options)
    return {word} if whole or not word else {each.strip() for each in _BETWEEN.split(word)}


def _in_one_line(field: AnyField | Column) -> AnyField | Column:
    """Nobody types a date in pieces."""
    return field.model_copy(update={"parts": None}) if isinstance(field, DateField) else field


def _as_if_read(field: AnyField | Column, word: str, evidence: Evidence) -> Evidence:
    """What the page would have told, had exactly this been read. What lay on the writing says nothing of what was typed."""
    if not evidence.marks:
        return replace(evidence, reading=Reading(word), pieces=(), ink=evidence.ink if word else 0.0, signs={})
    chosen = _chosen(field, word) if isinstance(field, ChoiceField) else set()
    marks = (
        replace(mark, marked=mark.option in chosen if isinstance(field, ChoiceField) else bool(word))
        for mark in evidence.marks
    )
    return replace(evidence, marks=tuple(marks), signs={})
