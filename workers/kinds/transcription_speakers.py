"""Speakers, told apart once the text is there: an extra part that reads the original again and never touches a word."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from digilab.errors import ModelMissingError, SpeakerModelAwayError, SpeakersBrokeOffError, SpeakersMalformedError
from digilab.jobs.facts import NewPart
from digilab.jobs.speakers import AUTO, COST, LEAST, MOST, OFF, Wanted, wanted
from digilab.models.folder import chosen_model
from digilab.models.place import held
from digilab.models.sorts import Sort
from workers.context import Context, Extra, InputFile, JobFacts
from workers.failures import OpeningFailedError, OpeningTooLongError
from workers.jail import opened
from workers.kinds.transcription_minutes import RECORD, limits, write


def asked_for(context: Context, seconds: float) -> tuple[list[NewPart], bool]:
    """The extra part that the job's option asks for, and whether it is for want of a model that there is none."""
    speakers = wanted(context.job.options)
    if speakers is None:
        return [], False
    try:
        _model(context)
    except ModelMissingError:
        return [], True
    return [NewPart(0, seconds * COST, {"speakers": speakers})], False


def extra(context: Context) -> Extra:
    """Hear the recordings again and write the minutes anew with who spoke."""
    speakers = wanted(context.part.payload)
    if speakers is None:
        raise SpeakersMalformedError(speakers=OFF, least=LEAST, most=MOST)
    try:
        folder = _model(context)
    except ModelMissingError as error:
        raise SpeakerModelAwayError from error
    try:
        with held(folder):
            recordings = list(_heard(context, folder, speakers))
        written = write(context, recordings)
    except (OpeningFailedError, OpeningTooLongError) as error:  # its words are about a file that nobody could open
        raise SpeakersBrokeOffError(reason=str(error.evidence.get("reason", "time"))) from error
    found = max((recording["speakers"] for recording in written.recordings), default=0)
    each = [{"name": recording["name"], "speakers": recording["speakers"]} for recording in written.recordings]
    result = {"recordings": each, "model": folder.name, "speakers": found}
    return Extra(written.outputs, result, "speakers-separated", {"speakers": found})


def _heard(context: Context, folder: Path, speakers: Wanted) -> Iterator[tuple[Sequence[Path], Path]]:
    """The record of each recording as it stands, and a file of its turns."""
    steps = 0.0
    for number, (file, record) in enumerate(zip(context.job.inputs, _records(context.job), strict=True)):
        path = context.scratch / f"turns-{number}.json"
        steps = _hear(context, file, folder, speakers, path, steps)
        yield [_local(context, record)], path


def _hear(context: Context, file: InputFile, folder: Path, speakers: Wanted, out: Path, done: float) -> float:
    """The turns of one recording in a file of their own; the steps done by then."""
    steps = done
    with context.original(file) as path:
        arguments = {
            "path": str(path),
            "name": file.name,
            "model": str(folder),
            "out": str(out),
            "threads": context.threads,
            "speakers": None if speakers == AUTO else speakers,
            "longest_seconds": context.settings.transcription.max_hours * 3600,
        }
        # One part hears all recordings, of up to twelve hours each: it may take as long as they last, and the usual time besides.
        usual = limits(context)
        allowed = replace(usual, seconds=usual.seconds + context.part.weight / COST)
        with opened("workers.kinds.transcription_turns:turns", arguments, allowed) as records:
            for record in records:
                steps = done + record["heard"] * COST
                context.progress(steps)
    return steps


def _records(job: JobFacts) -> list[InputFile]:
    """The outputs that hold everything, one for each recording and in their order."""
    return [output for output in job.outputs if output.name.endswith(RECORD)]


def _local(context: Context, record: InputFile) -> Path:
    """On this machine until the part ends."""
    path = context.scratch / f"record-{record.key.rpartition('/')[2]}"
    with context.original(record) as found:
        shutil.copyfile(found, path)
    return path


def _model(context: Context) -> Path:
    settings = context.settings
    return chosen_model(settings.models_folder, settings.models.speakers, Sort.SPEAKERS)
