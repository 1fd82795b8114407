"""Codes: digits whose leading zeros count. What lost its zeros, was rounded or stands in powers of ten is listed, never mended silently."""

import re

from robots.columns import Column
from robots.values.text import clean
from robots.values.width import hyphened, narrow
from robots.values.written import EXACT, Remark, Value, Written, refused, told

POWERS = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]+")
_GUARDED = re.compile(r"""=?"([0-9０-９]+)"|'([0-9０-９]+)""")
"""How people keep zeros in a csv: `="0123"`, `'0123`."""


def parse(column: Column, written: Written) -> Value:
    """ASCII digits."""
    if written.day is not None:
        return refused("digits-date", written=written.text)
    text, remarks = clean(written.text)
    if guarded := _GUARDED.fullmatch(text):
        text = guarded[1] or guarded[2]
    text = "".join(narrow(text).split())
    if POWERS.fullmatch(text):
        return refused("digits-powers", written=text)
    if not (text.isascii() and text.isdigit()):
        return refused("digits-hyphen" if hyphened(text).replace("-", "").isdigit() else "digits-other", written=text)
    if written.number:
        return _of_number(column, text, written)
    return Value(text, (*remarks, *_length(column, text)))


def _of_number(column: Column, text: str, written: Written) -> Value:
    if len(text) > EXACT:
        return refused("digits-rounded", written=text)
    if written.shown and written.shown != text:
        # What everybody sees in the cell, in print and on the screen.
        wrong = _length(column, written.shown)
        return Value(written.shown, wrong or (told("digits-as-shown", written=text, meant=written.shown),))
    wrong = _length(column, text)
    return Value(text, wrong or (() if column.digits else (told("digits-number", written=text),)))


def _length(column: Column, text: str) -> tuple[Remark, ...]:
    if column.digits is not None and len(text) < column.digits:
        meant = text.zfill(column.digits)
        evidence: dict[str, str | int] = {"written": text, "length": len(text), "digits": column.digits, "meant": meant}
        return (Remark("digits-zeros-lost", evidence),)
    if column.digits is not None and len(text) > column.digits:
        return (Remark("digits-length", {"written": text, "length": len(text), "digits": column.digits}),)
    if column.longest is not None and len(text) > column.longest:
        return (Remark("text-too-long", {"length": len(text), "longest": column.longest}),)
    return ()
