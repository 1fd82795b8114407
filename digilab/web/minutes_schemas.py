"""What the API answers of a recording's minutes."""

from typing import Literal

from pydantic import Field

from digilab.web.minutes import CertificateView
from digilab.web.shapes import Shape


class Gap(Shape):
    """A place where somebody speaks and no text stands."""

    start: float = Field(description="Seconds of the recording.")
    end: float
    speech: float = Field(description="Seconds of speech in it.")


class RemovedSentence(Shape):
    """A sentence that the model wrote and nobody said."""

    start: float
    text: str
    reason: str


class TermHit(Shape):
    """How often a term of the glossary was said."""

    term: str
    count: int


class Certificate(Shape):
    """How complete the minutes of one recording are. Lists are cut after 200 entries; the JSON file has them all."""

    name: str = Field(description="Of the recording.")
    speech_seconds: float
    covered_seconds: float = Field(description="Seconds of speech under a text.")
    decoded_again_seconds: float
    coverage: float = Field(ge=0, le=1)
    model: str
    notes: list[str]
    gaps: list[Gap]
    gap_count: int
    removed: list[RemovedSentence]
    removed_count: int
    hits: list[TermHit]
    hit_count: int
    incomplete: list[str] = Field(description="Why a person must look; empty when nothing is the matter.")


class SpeakersState(Shape):
    """How far telling speakers apart is."""

    standing: str = Field(description="`off`, `no-model`, `waiting`, `running`, `done`, `failed`.")
    asked: str = Field(description="`off`, `auto` or a number.")
    found: int
    sentence: str
    code: str = Field(description="Of a failure.")


class Speakers(Shape):
    """How many people speak."""

    speakers: int | Literal["auto"] = Field("auto", description="2 to 10 where the number is known.")


def certificate(view: CertificateView) -> Certificate:
    """Of one recording."""
    return Certificate(
        name=view.name,
        speech_seconds=view.speech_seconds,
        covered_seconds=view.covered_seconds,
        decoded_again_seconds=view.decoded_again_seconds,
        coverage=view.coverage,
        model=view.model,
        notes=view.notes,
        gaps=[Gap(start=each.start, end=each.end, speech=each.speech) for each in view.gaps],
        gap_count=view.gap_count,
        removed=[RemovedSentence(start=each.start, text=each.text, reason=each.reason) for each in view.removed],
        removed_count=view.removed_count,
        hits=[TermHit(term=each.term, count=each.count) for each in view.hits],
        hit_count=view.hit_count,
        incomplete=view.incomplete,
    )
