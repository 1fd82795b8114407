"""The minutes of a job, recording by recording: its join writes them, and its extra parts write them anew."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePath
from typing import Any

from digilab.errors import OptionsMalformedError
from digilab.jobs.facts import Output
from digilab.jobs.names import unique_names
from workers.context import Context, JobFacts
from workers.jail import Limits, opened

CONTENT_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".txt": "text/plain; charset=utf-8",
    ".srt": "application/x-subrip; charset=utf-8",
    ".vtt": "text/vtt; charset=utf-8",
    ".json": "application/json",
}
RECORD = ".json"
"""Ending of the output that holds everything: what is done afterwards begins with it."""


@dataclass
class Written:
    """What was written of all recordings of a job."""

    outputs: list[Output] = field(default_factory=list)
    recordings: list[dict[str, Any]] = field(default_factory=list)
    """What the page tells of each: `name`, `certificate` (None where nothing was measured), `speakers`."""
    seconds: float = 0.0


def write(context: Context, recordings: Sequence[tuple[Sequence[Path], Path | None]]) -> Written:
    """The minutes of each recording, from its transcripts in order and, where speakers were separated, a file of their turns.

    In a child process, not because of what is read but so that the memory of a worker never depends on how long a recording was.
    """
    written = Written()
    stems = unique_names([PurePath(file.name).stem for file in context.job.inputs])
    for number, (stem, (parts, turns)) in enumerate(zip(stems, recordings, strict=True)):
        title = stem if len(stems) > 1 else context.job.title
        arguments = {
            "parts": [str(part) for part in parts],
            "turns": None if turns is None else str(turns),
            "folder": str(context.scratch / f"minutes-{number}"),
            "title": title,
            "day": str(context.job.options.get("meeting_date", "")),
            "department": context.job.department,
            "receipt": context.job.receipt,
            "hide_fillers": context.job.options.get("fillers") == "hide",
            "written_numbers": context.job.options.get("numbers") == "written",
        }
        with opened("workers.kinds.transcription_writing:minutes", arguments, limits(context)) as records:
            for record in records:
                if "recording" in record:
                    written.recordings.append({"name": context.job.inputs[number].name, **record["recording"]})
                    written.seconds += record["seconds"]
                if "file" in record:
                    path = Path(record["file"])
                    written.outputs.append(context.output(path, f"{title}{path.suffix}", CONTENT_TYPES[path.suffix]))
    # Names that differ at their end only may have been cut to the same.
    names = unique_names([output.name for output in written.outputs])
    written.outputs = [replace(output, name=name) for output, name in zip(written.outputs, names, strict=True)]
    return written


def meeting_date(job: JobFacts) -> date | None:
    """The option of that name, as YYYY-MM-DD. Raises OptionsMalformedError."""
    given = str(job.options.get("meeting_date", ""))
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise OptionsMalformedError from error


def limits(context: Context) -> Limits:
    """Of the child processes that handle recordings."""
    return Limits(context.settings.work.jail_memory_mib, context.settings.work.jail_seconds)
