"""Errors that come from engines and jails, in the form that the record keeps."""

import errno
from collections.abc import Sequence
from typing import Any, Protocol

from digilab.errors import DigilabError
from digilab.jobs.facts import Failure, Output
from digilab.language import LANGUAGES, text


class EngineFailedError(DigilabError):
    """An engine says in words why this input cannot be done. Never retried by itself. `outputs` show the reason."""

    code = "engine-failed"

    def __init__(self, failure: Failure, outputs: Sequence[Output] = ()) -> None:
        super().__init__(engine_code=failure.code)
        self.failure = failure
        self.outputs = tuple(outputs)


class OpeningFailedError(DigilabError):
    """The child process that opened a file from outside died or ran out of memory."""

    code = "opening-failed"


class OpeningTooLongError(DigilabError):
    """The child process that opened a file from outside took too long."""

    code = "opening-too-long"


class Spoken(Protocol):
    """An engine's error: all engines' trees have these three."""

    code: str
    evidence: dict[str, Any]

    def sentence(self, language: str = "ja") -> str:
        """What, where and what to do."""
        ...


def disk_full(error: BaseException) -> bool:
    """Whether an error of the operating system means that no room is left."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def told(error: Spoken, file: str) -> Failure:
    """The engine's error and the file that it is about, ready for the record."""
    sentences: dict[str, str] = {
        language: text(language, "failures.in-file", name=file, sentence=error.sentence(language))
        for language in LANGUAGES
    }
    return Failure(error.code, sentences, {**error.evidence, "name": file})
