"""Transcripts read from their files little by little: a whole day's minutes are written in the memory of a few of them.

Reads what `Transcript.to_json` and `transcribe.writing` write, and nothing else: one line per value, the segments one level down.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from transcribe.segment import Flow, Segment
from transcribe.transcript import Transcript, pieces, segment_of

_BEGIN, _END = ' "segments": [', " ]"
_FIRST, _LAST = "  {", "  }"


def opened(paths: Sequence[Path]) -> Transcript:
    """The transcripts in these files as one, in their order. Its segments are read anew whenever somebody goes through them."""
    whole = Transcript.joined([_head(path) for path in paths])
    return replace(whole, segments=Flow(lambda: _segments(paths)))


def _segments(paths: Sequence[Path]) -> Iterator[Segment]:
    if len(paths) == 1:  # perhaps a whole day
        return _told(paths[0])
    return chain.from_iterable(pieces(Transcript.from_json(path.read_bytes()) for path in paths))


def _head(path: Path) -> Transcript:
    """Everything but the segments."""
    with path.open(encoding="utf-8", newline="\n") as lines:
        kept, inside = [], False
        for line in lines:
            bare = line.rstrip("\n")
            if bare == _BEGIN:
                inside = True
                kept.append(_BEGIN)
            elif inside and bare.rstrip(",") == _END:
                inside = False
                kept.append(bare)
            elif not inside:
                kept.append(bare)
    return Transcript.from_json("\n".join(kept))


def _told(path: Path) -> Iterator[Segment]:
    """The segments one by one."""
    with path.open(encoding="utf-8", newline="\n") as file:
        lines = (line.rstrip("\n") for line in file)
        if _BEGIN not in lines:  # goes on to that line
            return
        for line in lines:
            if line.rstrip(",") == _END:
                return
            yield segment_of(json.loads(_element(line, lines)))


def _element(first: str, lines: Iterable[str]) -> str:
    kept = [first]
    for line in lines:
        if line.rstrip(",") == _LAST:
            return "".join([*kept, "}"])
        kept.append(line)
    raise ValueError("the file ends within a segment")
