"""Recordings: the only bridge between jobs and the engine `transcribe`."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path, PurePath
from typing import Any

from digilab.errors import ModelDamagedError, OptionsMalformedError
from digilab.jobs.lifecycle import NewPart, Output
from digilab.jobs.names import display_name, unique_names
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
    limits = Limits(settings.work.jail_memory_mib, settings.work.jail_seconds)
    total = 0.0
    for number, file in enumerate(context.job.inputs):
        end = 0.0
        with context.original(file) as path:
            arguments = {
                "path": str(path),
                "name": file.name,
                "folder": str(context.scratch),
                "stretch_seconds": settings.transcription.stretch_seconds,
                "longest_seconds": settings.transcription.max_hours * 3600,
            }
            with opened("workers.kinds.transcription:stretches", arguments, limits) as records:
                for record in records:
                    if "expected" in record:
                        context.expect(total + record["expected"])
                        continue
                    _hand_over(context, number, record)
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


def _hand_over(context: Context, number: int, record: dict[str, Any]) -> None:
    """Keep a stretch in the store and make it a part, unless an earlier run did."""
    ordinal = number * PER_FILE + record["index"]
    wav = Path(record["wav"])
    if ordinal not in context.known_work:
        key = context.key(f"{ordinal}.wav")
        with context.store.receive() as incoming:
            incoming.write(wav.read_bytes())
            context.store.keep(incoming, key)
        seconds = record["end"] - record["start"]
        context.add_work([NewPart(ordinal, seconds, {"file": number, "stretch": record["record"], "wav": key})])
    wav.unlink()


def work(context: Context) -> Done:
    """Transcribe one stretch."""
    payload = context.part.payload
    with context.store.open(payload["wav"]) as blocks:
        stretch = Stretch.read(payload["stretch"], b"".join(blocks))
    try:
        transcript = _transcriber(context).transcribe(
            stretch.samples, stretch.spans, stretch.start, damage=stretch.damage, progress=context.progress
        )
    except TranscribeError as error:
        raise EngineFailedError(told(error, context.job.inputs[payload["file"]].name)) from error
    key = context.key("transcript.json")
    with context.store.receive() as incoming:
        incoming.write(transcript.to_json().encode())
        context.store.keep(incoming, key)
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
    """Put the stretches together and write the minutes drafts of every recording."""
    results = list(context.results())
    outputs: list[Output] = []
    seconds = 0.0
    stems = unique_names([PurePath(file.name).stem for file in context.job.inputs])
    for number, stem in enumerate(stems):
        transcript = Transcript.joined(
            _read(context, result["transcript"]) for result in results if result["file"] == number
        )
        seconds += transcript.duration
        outputs += _written(context, transcript, stem if len(stems) > 1 else context.job.title)
    return Joined(outputs, verified=seconds)


def _meeting_date(context: Context) -> date | None:
    """The option of that name, as YYYY-MM-DD. Raises OptionsMalformedError."""
    given = str(context.job.options.get("meeting_date", ""))
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise OptionsMalformedError from error


def _read(context: Context, key: str) -> Transcript:
    with context.store.open(key) as blocks:
        return Transcript.from_json(b"".join(blocks))


def _written(context: Context, transcript: Transcript, title: str) -> list[Output]:
    heading = Heading(
        title=title,
        date=_meeting_date(context),
        department=context.job.department,
        receipt=context.job.receipt,
    )
    outputs = []
    for path in write_all(transcript, heading, context.scratch, stem="minutes"):
        with context.store.receive() as incoming:
            incoming.write(path.read_bytes())
            key = f"outputs/{context.job.id}/{context.part.epoch}/{incoming.path.name}{path.suffix}"
            stored = context.store.keep(incoming, key)
        outputs.append(Output(display_name(f"{title}{path.suffix}"), CONTENT_TYPES[path.suffix], stored))
        path.unlink()
    return outputs
