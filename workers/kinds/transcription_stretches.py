"""Cuts recordings into stretches, in a child process that needs neither the database nor a model of speech."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from transcribe.audio import probe
from transcribe.errors import TranscribeError
from transcribe.speech import cut
from workers.failures import EngineFailedError, told


def stretches(
    path: str, name: str, folder: str, stretch_seconds: float, longest_seconds: float, *, salvage: bool
) -> Iterator[dict[str, Any]]:
    """Runs in the jail: writes each stretch as a WAV file into `folder` and tells about it."""
    try:
        if not salvage and (promised := probe(Path(path)).seconds):
            yield {"expected": promised}
        for stretch in cut(
            Path(path),
            target_seconds=stretch_seconds,
            most_seconds=stretch_seconds * 5 / 3,
            longest_seconds=longest_seconds,
            salvage=salvage,
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
