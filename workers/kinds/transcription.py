"""Recordings: the only bridge between jobs and the engine `transcribe`."""

from pathlib import Path
from typing import Any

from digilab.errors import CutChangedError
from digilab.jobs.facts import NewPart
from digilab.jobs.speakers import wanted
from transcribe.errors import TranscribeError
from transcribe.stretch import Stretch
from workers.context import Context, Done, Joined
from workers.failures import EngineFailedError, told
from workers.jail import opened
from workers.kinds.transcription_certificate import incomplete
from workers.kinds.transcription_engine import transcriber
from workers.kinds.transcription_glossary import KEY, pinned, terms_of
from workers.kinds.transcription_minutes import limits, meeting_date, write
from workers.kinds.transcription_speakers import asked_for, extra

__all__ = ["extra", "join", "split", "work"]

PER_FILE = 100_000
"""Ordinals of one file's stretches begin at its number times this."""


def split(context: Context) -> Done:
    """Cut each recording at silences; every stretch is handed over as soon as it is known."""
    meeting_date(context.job)
    wanted(context.job.options)
    settings = context.settings
    # A split that runs again cuts as the first run did, whatever the setting says by now: else stretches would overlap or leave gaps.
    cut_at = next((known["cut_at"] for known in context.known_work.values()), settings.transcription.stretch_seconds)
    glossary = pinned(context)
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
                "salvage": context.job.options.get("salvage") == "yes",
            }
            with opened("workers.kinds.transcription_stretches:stretches", arguments, limits(context)) as records:
                for record in records:
                    if "expected" in record:
                        context.expect(total + record["expected"])
                        continue
                    _hand_over(context, number, record, {"cut_at": cut_at, KEY: glossary})
                    end = record["end"]
                    context.progress(0.0)
            total += end
            context.expect(total)
    return Done({"seconds": total})


def _hand_over(context: Context, number: int, record: dict[str, Any], same: dict[str, Any]) -> None:
    """Keep a stretch in the store and make it a part, unless an earlier run did. `same`: what is the same for all of them."""
    ordinal = number * PER_FILE + record["index"]
    wav = Path(record["wav"])
    if ordinal in context.known_work:
        if context.known_work[ordinal]["stretch"] != record["record"]:
            raise CutChangedError(name=context.job.inputs[number].name)
    else:
        key = context.put(context.key(f"{ordinal}.wav"), wav.read_bytes())
        seconds = record["end"] - record["start"]
        payload = {"file": number, "stretch": record["record"], "wav": key, **same}
        context.add_work([NewPart(ordinal, seconds, payload)])
    wav.unlink()


def work(context: Context) -> Done:
    """Transcribe one stretch."""
    payload = context.part.payload
    stretch = Stretch.read(payload["stretch"], context.get(payload["wav"]))
    try:
        with transcriber(context) as engine:
            transcript = engine.transcribe(
                stretch.samples,
                stretch.heard,
                stretch.sound_start,
                damage=stretch.damage,
                terms=terms_of(context, payload),
                lead=stretch.lead,
                tail=stretch.tail,
                progress=context.progress,
            )
    except TranscribeError as error:
        raise EngineFailedError(told(error, context.job.inputs[payload["file"]].name)) from error
    key = context.put(context.key("transcript.json"), transcript.to_json().encode())
    return Done({"file": payload["file"], "transcript": key}, steps=context.part.weight)


def join(context: Context) -> Joined:
    """Put the stretches together and write the minutes drafts of every recording; a person must look where speech has no text."""
    results = list(context.results())
    numbers = range(len(context.job.inputs))
    recordings = [
        [context.fetched(result["transcript"]) for result in results if result["file"] == number] for number in numbers
    ]
    written = write(context, [(parts, None) for parts in recordings])
    for recording in written.recordings:
        recording["incomplete"] = incomplete(recording["certificate"], context.settings.transcription)
    afterwards, no_model = asked_for(context, written.seconds)
    return Joined(
        written.outputs,
        verified=written.seconds,
        review=any(recording["incomplete"] for recording in written.recordings),
        result={"recordings": written.recordings, "no_speaker_model": no_model},
        extra=afterwards,
    )
