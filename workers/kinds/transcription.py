"""Recordings: the only bridge between jobs and the engine `transcribe`."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from pathlib import Path, PurePath
from typing import Any

from digilab.errors import ModelDamagedError, OptionsMalformedError
from digilab.jobs.lifecycle import NewPart, Output
from digilab.jobs.names import unique_names
from digilab.models.folder import chosen_model
from transcribe.audio import probe
from transcribe.engine import Transcriber
from transcribe.errors import ModelError as EngineModelError
from transcribe.errors import TranscribeError
from transcribe.speech import cut
from transcribe.stretch import Stretch
from transcribe.transcript import Transcript
from transcribe.writing import Heading, write_all
from workers.context import Context, Done, Joined
from workers.failures import EngineFailedError, told
from workers.jail import Limits, opened

PER_FILE = 100_000
"""Ordinals of one file's stretches begin at its number times this."""

CONTENT_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".txt": "text/plain; charset=utf-8",
    ".srt": "application/x-subrip; charset=utf-8",
    ".vtt": "text/vtt; charset=utf-8",
    ".json": "application/json",
}


def split(context: Context) -> Done:
    """Cut each recording at silences; every stretch is handed over as soon as it is known."""
    _meeting_date(context)
    settings = context.settings
    # A split that runs again cuts as the first run did, whatever the setting says by now: else stretches would overlap or leave gaps.
    cut_at = next((known["cut_at"] for known in context.known_work.values()), settings.transcription.stretch_seconds)
    total = 0.0
    for number, file in enumerate(context.job.inputs):
        end = 0.0
        with context.original(file) as path:
            arguments = {
                "path": str(path),
                "name": file.name,
                "folder": str(context.scratch),
                "stretch_seconds": cut_at,
                "longest_seconds": settings.transcription.max_hours * 3600,
            }
            with opened("workers.kinds.transcription:stretches", arguments, _limits(context)) as records:
                for record in records:
                    if "expected" in record:
                        context.expect(total + record["expected"])
                        continue
                    _hand_over(context, number, record, cut_at)
                    end = record["end"]
                    context.progress(0.0)
            total += end
            context.expect(total)
    return Done({"seconds": total})


def stretches(
    path: str, name: str, folder: str, stretch_seconds: float, longest_seconds: float
) -> Iterator[dict[str, Any]]:
    """Runs in the jail: writes each stretch as a WAV file into `folder` and tells about it."""
    try:
        recording = probe(Path(path))
        if recording.seconds:
            yield {"expected": recording.seconds}
        for stretch in cut(
            Path(path),
            target_seconds=stretch_seconds,
            most_seconds=stretch_seconds * 5 / 3,
            longest_seconds=longest_seconds,
        ):
            wav = Path(folder) / f"{stretch.index}.wav"
            wav.write_bytes(stretch.to_wav())
            yield {
                "index": stretch.index,
                "start": stretch.start,
                "end": stretch.end,
                "record": stretch.to_json(),
                "wav": str(wav),
            }
    except TranscribeError as error:
        raise EngineFailedError(told(error, name)) from error


def _hand_over(context: Context, number: int, record: dict[str, Any], cut_at: float) -> None:
    """Keep a stretch in the store and make it a part, unless an earlier run did."""
    ordinal = number * PER_FILE + record["index"]
    wav = Path(record["wav"])
    if ordinal in context.known_work:
        if context.known_work[ordinal]["stretch"] != record["record"]:
            raise RuntimeError(f"stretch {ordinal} was cut differently before; put together they would lose speech")
    else:
        key = context.put(context.key(f"{ordinal}.wav"), wav.read_bytes())
        seconds = record["end"] - record["start"]
        payload = {"file": number, "stretch": record["record"], "wav": key, "cut_at": cut_at}
        context.add_work([NewPart(ordinal, seconds, payload)])
    wav.unlink()


def work(context: Context) -> Done:
    """Transcribe one stretch."""
    payload = context.part.payload
    stretch = Stretch.read(payload["stretch"], context.get(payload["wav"]))
    try:
        transcript = _transcriber(context).transcribe(
            stretch.samples,
            stretch.heard,
            stretch.sound_start,
            damage=stretch.damage,
            lead=stretch.lead,
            tail=stretch.tail,
            progress=context.progress,
        )
    except TranscribeError as error:
        raise EngineFailedError(told(error, context.job.inputs[payload["file"]].name)) from error
    key = context.put(context.key("transcript.json"), transcript.to_json().encode())
    return Done({"file": payload["file"], "transcript": key}, steps=context.part.weight)


def _transcriber(context: Context) -> Transcriber:
    settings = context.settings
    folder = chosen_model(settings.models_folder, settings.models.transcription)

    def opening() -> AbstractContextManager[Transcriber]:
        return Transcriber(folder, threads=context.threads, batch_size=settings.transcription.batch_size)

    try:
        transcriber: Transcriber = context.engines.get(f"transcription:{folder}", opening)
    except EngineModelError as error:
        raise ModelDamagedError(name=folder.name, file=str(error.evidence.get("file", "model.bin"))) from error
    return transcriber


def join(context: Context) -> Joined:
    """Put the stretches together and write the minutes drafts of every recording.

    In a child process, not because of what is read but so that the memory of a worker never depends on how long a recording was.
    """
    results = list(context.results())
    outputs: list[Output] = []
    seconds = 0.0
    stems = unique_names([PurePath(file.name).stem for file in context.job.inputs])
    for number, stem in enumerate(stems):
        title = stem if len(stems) > 1 else context.job.title
        arguments = {
            "parts": [str(context.fetched(result["transcript"])) for result in results if result["file"] == number],
            "folder": str(context.scratch / f"minutes-{number}"),
            "title": title,
            "day": str(context.job.options.get("meeting_date", "")),
            "department": context.job.department,
            "receipt": context.job.receipt,
        }
        with opened("workers.kinds.transcription:minutes", arguments, _limits(context)) as records:
            for record in records:
                seconds += record.get("seconds", 0.0)
                if "file" in record:
                    path = Path(record["file"])
                    outputs.append(context.output(path, f"{title}{path.suffix}", CONTENT_TYPES[path.suffix]))
    # Names that differ at their end only may have been cut to the same.
    names = unique_names([output.name for output in outputs])
    return Joined([replace(output, name=name) for output, name in zip(outputs, names, strict=True)], verified=seconds)


def minutes(
    parts: list[str], folder: str, title: str, day: str, department: str, receipt: str
) -> Iterator[dict[str, Any]]:
    """Runs in the child: joins the stretches' transcripts and writes every format into `folder`."""
    transcript = Transcript.joined(Transcript.from_json(Path(part).read_bytes()) for part in parts)
    heading = Heading(
        title=title, date=date.fromisoformat(day) if day else None, department=department, receipt=receipt
    )
    for path in write_all(transcript, heading, Path(folder)):
        yield {"file": str(path)}
    yield {"seconds": transcript.duration}


def _meeting_date(context: Context) -> date | None:
    """The option of that name, as YYYY-MM-DD. Raises OptionsMalformedError."""
    given = str(context.job.options.get("meeting_date", ""))
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise OptionsMalformedError from error


def _limits(context: Context) -> Limits:
    return Limits(context.settings.work.jail_memory_mib, context.settings.work.jail_seconds)
