"""A recording's minutes as their job's page and the API tell of them: how complete they are, who speaks, what a person has to do."""

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from digilab.jobs import sight
from digilab.jobs.records import Job, Part
from digilab.jobs.rules import PartState
from digilab.jobs.speakers import OFF
from digilab.language import Language, text
from digilab.web.wording import clock_text, exact_text, percent_text


@dataclass(frozen=True)
class GapView:
    """A place where somebody speaks and no text stands, seconds of the recording."""

    start: float
    end: float
    speech: float
    place: str
    """`0:01:02～0:01:07`."""
    spoken: str
    """`4.2`: seconds of speech in it."""


@dataclass(frozen=True)
class RemovedView:
    """A sentence that the model wrote and nobody said."""

    start: float
    at: str
    text: str
    reason: str


@dataclass(frozen=True)
class HitView:
    """How often a term of the glossary was said."""

    term: str
    count: int


@dataclass(frozen=True)
class CertificateView:
    """Of one recording. Lists are cut after some hundred entries; the counts are of all."""

    name: str
    speech_seconds: float
    covered_seconds: float
    decoded_again_seconds: float
    coverage: float
    speech: str
    covered: str
    share: str
    again: str
    again_share: str
    model: str
    notes: list[str]
    gaps: list[GapView]
    gap_count: int
    removed: list[RemovedView]
    removed_count: int
    hits: list[HitView]
    hit_count: int
    incomplete: list[str]
    """Why a person must look, in sentences; empty when nothing is the matter."""


@dataclass(frozen=True)
class SpeakersView:
    """How far telling speakers apart is."""

    standing: str
    """`off`, `no-model`, `waiting`, `running`, `done`, `failed`."""
    asked: str
    """`auto` or the number that was asked for."""
    found: int
    sentence: str
    """The standing in words; of a failure why, and what to do."""
    code: str
    """Of a failure."""

    @property
    def open(self) -> bool:
        """Whether the results will still be written anew."""
        return self.standing in ("waiting", "running")


@dataclass(frozen=True)
class MinutesView:
    """All that is told of a job's recordings."""

    certificates: list[CertificateView]
    speakers: SpeakersView | None
    """None before the minutes are there."""

    @property
    def incomplete(self) -> bool:
        """Whether a person must look at one of them."""
        return any(each.incomplete for each in self.certificates)


def minutes_view(session: Session, job: Job, language: Language) -> MinutesView:
    """Of a job of recordings. Empty of certificates for minutes that were written before there were any."""
    result = sight.joined_result(session, job.id)
    recordings = [each for each in result.get("recordings", ()) if each.get("certificate")]
    return MinutesView(
        certificates=[_certificate(each, language) for each in recordings],
        speakers=speakers_view(session, job, language) if job.status.ended_well else None,
    )


def speakers_view(session: Session, job: Job, language: Language) -> SpeakersView:
    """Of a job whose minutes are there."""
    part = sight.extra_part(session, job.id)
    if part is None:
        missing = bool(sight.joined_result(session, job.id).get("no_speaker_model"))
        standing = "no-model" if missing else "off"
        return SpeakersView(standing, OFF, 0, text(language, f"pages.speakers.{standing}"), "")
    return part_view(part, language)


def part_view(part: Part, language: Language) -> SpeakersView:
    """Where the part stands that does it."""
    asked, result = str(part.payload.get("speakers", OFF)), part.result or {}
    match PartState(part.state):
        case PartState.DONE:
            found = int(result.get("speakers", 0))
            key = "done" if found else "done-nobody"
            return SpeakersView("done", asked, found, text(language, f"pages.speakers.{key}", count=found), "")
        case PartState.FAILED:
            failure = result.get("failure")
            why = failure["sentences"].get(language, "") if failure else text(language, "pages.speakers.given-up")
            return SpeakersView("failed", asked, 0, why, failure["code"] if failure else "")
        case PartState.LEASED if part.worker is not None:
            share = min(1.0, part.progress / part.weight) if part.weight else 0.0
            words = text(language, "pages.speakers.running", percent=math.floor(share * 100))
            return SpeakersView("running", asked, 0, words, "")
        case _:
            return SpeakersView("waiting", asked, 0, text(language, "pages.speakers.waiting"), "")


def _certificate(recording: dict[str, Any], language: Language) -> CertificateView:
    kept = recording["certificate"]
    again = kept["decoded_again"] / kept["speech"] if kept["speech"] else 0.0
    return CertificateView(
        name=recording["name"],
        speech_seconds=kept["speech"],
        covered_seconds=kept["covered"],
        decoded_again_seconds=kept["decoded_again"],
        coverage=kept["coverage"],
        speech=exact_text(language, kept["speech"]),
        covered=exact_text(language, kept["covered"]),
        share=percent_text(kept["coverage"]),
        again=exact_text(language, kept["decoded_again"]),
        again_share=percent_text(again),
        model=kept["model"],
        notes=[str(note[language]) for note in kept["notes"]],
        gaps=[_gap(gap, language) for gap in kept["gaps"]],
        gap_count=kept["gap_count"],
        removed=[
            RemovedView(each["start"], clock_text(each["start"]), each["text"], str(each["reason"][language]))
            for each in kept["removed"]
        ],
        removed_count=kept["removed_count"],
        hits=[HitView(each["term"], each["count"]) for each in kept["hits"]],
        hit_count=kept["hit_count"],
        incomplete=_reasons(recording, language),
    )


def _gap(kept: dict[str, float], language: Language) -> GapView:
    start, end = clock_text(kept["start"]), clock_text(math.ceil(kept["end"]))
    place = text(language, "pages.certificate.place", start=start, end=end)
    return GapView(kept["start"], kept["end"], kept["speech"], place, f"{kept['speech']:.1f}")


def _reasons(recording: dict[str, Any], language: Language) -> list[str]:
    why, coverage = recording.get("incomplete"), recording["certificate"]["coverage"]
    if not why:
        return []
    found = []
    if coverage < why["least_coverage"]:
        shares = {"share": percent_text(coverage), "least": percent_text(why["least_coverage"])}
        found.append(text(language, "pages.certificate.low", **shares))
    if why["long_gaps"]:
        seconds = f"{why['most_gap_seconds']:g}"
        found.append(text(language, "pages.certificate.long-gaps", seconds=seconds, count=why["long_gaps"]))
    return found
