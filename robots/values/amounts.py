"""Whole yen as offices write them: ￥１，０００円, 金1,000円也, ▲1,000, (1,000), 1,000-."""

import re

from robots.columns import Column
from robots.values.codes import POWERS
from robots.values.text import clean
from robots.values.width import hyphened, narrow
from robots.values.written import EXACT, Remark, Value, Written, refused, told

_SIGNS = "-▲△"
_AMOUNT = re.compile(rf"(?P<sign>[{_SIGNS}]?)[¥\\]?(?P<inner>[{_SIGNS}]?)(?P<digits>[0-9][0-9,]{{0,30}})(?:\.0*)?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})*|[0-9]+")
_PLAIN = re.compile(r"-?[0-9]{1,15}")


def parse(column: Column, written: Written) -> Value:
    """ASCII digits, `-` in front of negative ones."""
    if written.day is not None:
        return refused("amount-date", written=written.text)
    if not written.number and _PLAIN.fullmatch(written.text):
        return _bounded(column, int(written.text), ())
    text, remarks = clean(written.text)
    bare = "".join(narrow(text).split())
    if POWERS.fullmatch(bare):
        return refused("amount-powers", written=text)
    if written.number and "." in bare:
        return refused("amount-fraction", written=text)
    found = amount(bare)
    if found is None:
        return refused("amount-unreadable", written=text)
    if len(str(abs(found))) > EXACT:
        return refused("amount-rounded", written=text)
    if not written.number and (found < 0 or not _GROUPED.fullmatch(bare)):
        remarks = (*remarks, told("amount-understood", written=text, meant=f"{found:,}"))
    return _bounded(column, found, remarks)


def amount(narrowed: str) -> int | None:
    """Yen; None for what is no amount. ▲, △, - before it and brackets around it mean less than 0; two such signs, or one at 0, mean nothing
    that anybody can know."""
    bare = hyphened(narrowed.removeprefix("金").removesuffix("也")).replace("、", ",")
    bare, bracketed = _without_brackets(bare)
    bare = bare.removesuffix("-").removesuffix("円") if not _startless(bare) else bare
    bare, again = _without_brackets(bare)
    found = _AMOUNT.fullmatch(bare)
    if not found or not _GROUPED.fullmatch(found["digits"]) or (bracketed and again):
        return None
    signs = bool(found["sign"]) + bool(found["inner"]) + bracketed + again
    value = int(found["digits"].replace(",", ""))
    if signs > 1 or (signs and not value):
        return None
    return -value if signs else value


def _without_brackets(text: str) -> tuple[str, bool]:
    return (text[1:-1], True) if text.startswith("(") and text.endswith(")") else (text, False)


def _startless(text: str) -> bool:
    return not text.endswith(("円", "円-")) and not re.search(r"[0-9]-$", text)


def _bounded(column: Column, value: int, remarks: tuple[Remark, ...]) -> Value:
    if column.least is not None and value < column.least:
        remarks = (*remarks, Remark("amount-too-small", {"written": f"{value:,}", "limit": f"{column.least:,}"}))
    if column.most is not None and value > column.most:
        remarks = (*remarks, Remark("amount-too-large", {"written": f"{value:,}", "limit": f"{column.most:,}"}))
    return Value(str(value), remarks)
