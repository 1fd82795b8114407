"""A segment's text changed in places, its words along with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from transcribe.segment import Segment, Word


@dataclass(frozen=True)
class Change:
    """Text from `begin` to `end` becomes `text`."""

    begin: int
    end: int
    text: str = ""


def places(segment: Segment) -> list[tuple[int, int]]:
    """Begin and end of each word in the text; empty when there are no words or they are not those of the text."""
    found, at = [], 0
    for word in segment.words:
        begin = segment.text.find(word.text, at)
        if begin < 0 or segment.text[at:begin].strip():
            return []
        at = begin + len(word.text)
        found.append((begin, at))
    return [] if segment.text[at:].strip() else found


def changed(segment: Segment, changes: Sequence[Change]) -> Segment:
    """The segment with these changes, which come in order and do not overlap.

    New text belongs to the first word that it touches; a word that loses all its text goes. Words that are not those of the text
    cannot be changed with it and are left out.
    """
    if not changes:
        return segment
    known = places(segment)
    words = [_changed(at, segment, known, changes) for at in range(len(known))]
    text, at = "", 0
    for one in changes:
        text += segment.text[at : one.begin] + one.text
        at = one.end
    return replace(segment, text=(text + segment.text[at:]).strip(), words=tuple(word for word in words if word.text))


def _changed(index: int, segment: Segment, known: list[tuple[int, int]], changes: Sequence[Change]) -> Word:
    word, (begin, end) = segment.words[index], known[index]
    text, at, until = "", begin, word.end
    for one in changes:
        if one.end <= begin or one.begin >= end:
            continue
        text += segment.text[at : one.begin]
        touched = [place for place, (start, stop) in enumerate(known) if one.begin < stop and one.end > start]
        if touched[0] == index:
            text += one.text
            until = max(segment.words[place].end for place in touched) if one.text else until
        at = min(one.end, end)
    return replace(word, text=(text + segment.text[at:end]).strip(), end=until)
