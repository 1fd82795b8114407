"""Hears who speaks when, in a child process that needs neither the database nor the model of the text."""

import json
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from digilab.jobs.facts import Failure
from digilab.language import LANGUAGES
from transcribe.audio import stream
from transcribe.errors import ModelError, TranscribeError
from transcribe.speakers import open_separator
from workers.failures import EngineFailedError, told


def turns(
    path: str, name: str, model: str, out: str, threads: int, speakers: int | None, longest_seconds: float
) -> Iterator[dict[str, Any]]:
    """Runs in the jail: writes the turns into the file `out` and tells how far it is."""
    heard: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    trouble: list[BaseException] = []

    def separate() -> None:
        try:
            with open_separator(Path(model), threads) as separator:
                # The text is there already: of a recording whose end is missing the speakers of the rest are told apart.
                blocks = stream(Path(path), longest_seconds=longest_seconds, salvage=True)
                found = separator.turns(blocks, speakers=speakers, progress=heard.put)
            Path(out).write_text(json.dumps([[turn.start, turn.end, turn.speaker] for turn in found]))
        except BaseException as error:  # noqa: BLE001 - raised again below, in the thread that tells
            trouble.append(error)
        finally:
            heard.put(None)

    worker = threading.Thread(target=separate, daemon=True)
    worker.start()
    while (seconds := heard.get()) is not None:
        yield {"heard": seconds}
    worker.join()
    for error in trouble:
        if isinstance(error, ModelError):
            raise EngineFailedError(_about_model(error, Path(model))) from error
        if isinstance(error, TranscribeError):
            raise EngineFailedError(told(error, name)) from error
        raise error


def _about_model(error: ModelError, folder: Path) -> Failure:
    """Where models lie on the server is nobody's business who reads the page."""
    shown = type(error)(
        **{
            name: value.replace(str(folder), folder.name) if isinstance(value, str) else value
            for name, value in error.evidence.items()
        }
    )
    return Failure(error.code, {language: shown.sentence(language) for language in LANGUAGES}, shown.evidence)
