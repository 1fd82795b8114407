"""The record itself, with its head; `Transcript.from_json` reads it back, and `transcribe.stored` bit by bit."""

from collections.abc import Iterator
from dataclasses import replace

from transcribe.transcript import Transcript, record_json, segment_record
from transcribe.writing.heading import Heading, printable

_EMPTY = '\n "segments": [],\n'
_OF_A_PART = ("start", "lead", "tail")
"""What a whole recording has no need to tell."""


def blocks(transcript: Transcript, heading: Heading) -> Iterator[bytes]:
    """UTF-8, sorted keys, whole milliseconds; one segment at a time, as a day of them would not fit."""
    head = {
        "title": printable(heading.title),
        "date": heading.date.isoformat() if heading.date else None,
        "department": printable(heading.department),
        "receipt": printable(heading.receipt),
        "source": printable(heading.source),
    }
    record = {**replace(transcript, segments=()).record(), "heading": head}
    text = record_json({key: value for key, value in record.items() if key not in _OF_A_PART})
    before, _, after = text.partition(_EMPTY)
    yield before.encode()
    told = False
    for segment in transcript.segments:
        lines = "\n".join(f"  {line}" for line in record_json(segment_record(segment)).rstrip("\n").split("\n"))
        yield (f",\n{lines}" if told else f'\n "segments": [\n{lines}').encode()
        told = True
    yield (f"\n ],\n{after}" if told else f"{_EMPTY}{after}").encode()
