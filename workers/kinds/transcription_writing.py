"""Writes minutes, in a child process that needs neither the database nor a model."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from transcribe.speakers import Turn, assigned
from transcribe.stored import opened as joined
from transcribe.words import Style, recounted
from transcribe.writing import Heading, write_all
from workers.kinds.transcription_certificate import certified


def minutes(
    parts: list[str],
    turns: str | None,
    folder: str,
    title: str,
    day: str,
    department: str,
    receipt: str,
    *,
    hide_fillers: bool,
    written_numbers: bool,
) -> Iterator[dict[str, Any]]:
    """Runs in the child: joins the stretches' transcripts and writes every format into `folder`."""
    transcript = recounted(joined([Path(part) for part in parts]))
    if turns is not None:
        transcript = assigned(transcript, [Turn(*turn) for turn in json.loads(Path(turns).read_bytes())])
    heading = Heading(
        title=title, date=date.fromisoformat(day) if day else None, department=department, receipt=receipt
    )
    style = Style(hide_fillers=hide_fillers, written_numbers=written_numbers)
    for path in write_all(transcript, heading, Path(folder), style=style):
        yield {"file": str(path)}
    speakers = len({segment.speaker for segment in transcript.segments if segment.speaker})
    recording = {"certificate": certified(transcript), "speakers": speakers}
    yield {"recording": recording, "seconds": transcript.duration}
