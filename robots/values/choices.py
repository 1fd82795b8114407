"""One of few: by its code, its words, or both."""

from robots.columns import Column
from robots.values.text import clean
from robots.values.width import narrow
from robots.values.written import Value, Written, refused


def parse(column: Column, written: Written) -> Value:
    """The code. A number cell may have lost the code's leading zeros: no other code can be meant, so it is understood."""
    text, remarks = clean(written.text)
    wanted = _folded(text)
    found = {code for code, words in column.choices if wanted in _names(code, words)}
    if not found and wanted.isdigit() and written.number:
        found = {code for code, _ in column.choices if code.isdigit() and int(code) == int(wanted)}
    if len(found) != 1:
        known = "、".join(shown(code, words) for code, words in column.choices[:20])
        return refused("choice-unknown", written=text[:40], known=known)
    return Value(found.pop(), remarks)


def shown(code: str, words: str) -> str:
    """As it stands in the template's list."""
    return words if code == words else f"{code} {words}"


def _names(code: str, words: str) -> set[str]:
    joined = {f"{code}{between}{words}" for between in ("", ":", ".", "-")}
    return {_folded(each) for each in (code, words, *joined)}


def _folded(text: str) -> str:
    return "".join(narrow(text).split()).casefold()
