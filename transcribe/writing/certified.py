"""What a certificate says, as readers see it: on the last page of the minutes and wherever else it is shown."""

import math
from dataclasses import dataclass

from transcribe.certificate import Gap, Note, Removed
from transcribe.errors import sentence
from transcribe.transcript import Transcript
from transcribe.writing.heading import clock, written_length


@dataclass(frozen=True)
class Fact:
    """One line: a label and what stands beside it."""

    label: str
    value: str


def facts(transcript: Transcript, language: str) -> list[Fact]:
    """The figures, in the order in which they are asked about."""
    certificate = transcript.certificate
    covered: dict[str, str | float | int] = {
        "length": written_length(certificate.covered, language),
        "share": percent(certificate.coverage),
    }
    again: dict[str, str | float | int] = {
        "length": written_length(certificate.decoded_again, language),
        "share": percent(_share(certificate.decoded_again, certificate.speech)),
    }
    rows = (
        ("certificate-speech", written_length(certificate.speech, language)),
        ("certificate-covered", sentence("certificate-share", language, covered)),
        ("certificate-again", sentence("certificate-share", language, again)),
        ("certificate-model", transcript.model),
    )
    return [Fact(sentence(code, language, {}), value) for code, value in rows]


def noted(note: Note, language: str) -> str:
    """A note as a sentence."""
    return _worded(f"note-{note.code}", language, dict(note.evidence)) or note.code


def reason(removed: Removed, language: str) -> str:
    """Why a sentence was taken out."""
    return _worded(f"removed-{removed.reason}", language, {}) or removed.reason


def gap(place: Gap, language: str) -> str:
    """Where a gap is and how much is said in it."""
    evidence: dict[str, str | float | int] = {
        "start": clock(place.start),
        "end": clock(math.ceil(place.end)),
        "seconds": f"{place.speech:.1f}",
    }
    return sentence("certificate-gap", language, evidence)


def percent(share: float) -> str:
    """`99.9 %`. Rounded down: what is not everything is never called 100 %."""
    return f"{math.floor(round(share * 1000, 6)) / 10:.1f} %"


def _worded(code: str, language: str, evidence: dict[str, str | float | int]) -> str:
    """Empty for what another version wrote down and this one has no words for."""
    try:
        return sentence(code, language, evidence)
    except KeyError:
        return ""


def _share(some: float, whole: float) -> float:
    return some / whole if whole > 0 else 0.0
