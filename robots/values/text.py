"""Text as written: what cannot be seen is cleaned and told, what the finance system cannot hold is refused, names are never normalised."""

import re

from robots.columns import Column
from robots.values import codepage
from robots.values.written import EXACT, REPLACED, SURROGATE, Remark, Value, Written, told

_BLANKS = " \t\r\n\v\f\u0085\u2028\u2029\u3000\u00a0"
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_LINES = re.compile("[ \u3000\u00a0]*(?:\r\n|[\r\n\t\v\f\u0085\u2028\u2029])[\\s]*")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_RUNS = re.compile("[=+\\-@＝＋－＠−][^\\s\\d]")


def clean(text: str) -> tuple[str, tuple[Remark, ...]]:
    """Without blanks at the ends, invisible signs and line breaks; and what was done, when it was more than cutting plain blanks."""
    if text.isascii() and text.isprintable():
        return text.strip(" "), ()
    remarks = []
    bare = text.strip(_BLANKS)
    if _INVISIBLE.search(bare):
        bare = _INVISIBLE.sub("", bare).strip(_BLANKS)
        remarks.append(told("text-invisible-removed"))
    if _LINES.search(bare):
        bare = _LINES.sub(" ", bare).strip(_BLANKS)
        remarks.append(told("text-line-joined"))
    if "\u00a0" in bare:
        bare = bare.replace("\u00a0", " ")
        remarks.append(told("text-blank-replaced"))
    return bare, tuple(remarks)


def broken(text: str) -> Remark | None:
    """What makes a text none at all, whatever the column; None for a sound one."""
    if text.isascii() and text.isprintable():
        return None
    if SURROGATE.search(text):
        return Remark("text-half-character")
    if _CONTROL.search(text):
        return Remark("text-control-character")
    if REPLACED in text:
        return Remark("text-character-lost")
    return None


def untypable(text: str) -> Remark | None:
    """Why the finance system cannot take the text; None when it can."""
    if text.isascii():
        return None
    if codepage.PRIVATE.search(text):
        private = list(dict.fromkeys(codepage.PRIVATE.findall(text)))
        return Remark("text-private-character", {"characters": codepage.points(private)})
    if absent := codepage.missing(text):
        return Remark("text-not-in-codepage", {"characters": codepage.points(absent)})
    return None


def parse(column: Column, written: Written) -> Value:
    """As written; the six signs that cp932 knows by another code become that twin."""
    text, remarks = clean(written.text)
    if wrong := untypable(text):
        return Value(text, (*remarks, wrong))
    if written.number and len(text) > EXACT and text.isdigit():
        return Value(text, (Remark("digits-rounded", {"written": text}),))
    text = codepage.as_cp932_has_it(text)
    if column.longest is not None and len(text) > column.longest:
        return Value(text, (*remarks, Remark("text-too-long", {"length": len(text), "longest": column.longest})))
    if _RUNS.match(text):
        remarks = (*remarks, told("text-like-formula"))
    return Value(text, remarks)
