"""The certificate of a recording as the record keeps it for the job's page, and whether a person must look at it."""

from typing import TYPE_CHECKING, Any

from digilab.language import LANGUAGES
from transcribe.transcript import Transcript
from transcribe.writing.certified import noted, reason

if (
    TYPE_CHECKING
):  # the child that writes minutes needs no settings, and they take longer to load than short minutes to write
    from digilab.config import TranscriptionSettings

MOST = 200
"""Entries of one list; the JSON file has them all."""


def certified(transcript: Transcript) -> dict[str, Any] | None:
    """Figures, places and sentences in every language; None for a transcript that was never measured."""
    if not transcript.measured:
        return None
    certificate = transcript.certificate
    longest = sorted(certificate.gaps, key=lambda gap: gap.speech, reverse=True)[:MOST]
    return {
        "duration": transcript.duration,
        "speech": certificate.speech,
        "covered": certificate.covered,
        "coverage": round(certificate.coverage, 6),
        "decoded_again": certificate.decoded_again,
        "model": transcript.model,
        "gap_count": len(certificate.gaps),
        "gaps": [
            {"start": gap.start, "end": gap.end, "speech": gap.speech}
            for gap in sorted(longest, key=lambda gap: gap.start)
        ],
        "removed_count": len(certificate.removed),
        "removed": [
            {
                "start": one.start,
                "text": one.text[:200],
                "reason": {language: reason(one, language) for language in LANGUAGES},
            }
            for one in certificate.removed[:MOST]
        ],
        "notes": [{language: noted(note, language) for language in LANGUAGES} for note in certificate.notes[:MOST]],
        "hits": [{"term": hit.term[:200], "count": hit.count} for hit in transcript.hits[:MOST]],
        "hit_count": len(transcript.hits),
    }


def incomplete(certificate: dict[str, Any] | None, settings: "TranscriptionSettings") -> dict[str, Any] | None:
    """Why a person must look: the limits that were in force and what did not keep them; None when nothing is the matter."""
    if certificate is None:
        return None
    long = sum(gap["speech"] > settings.most_gap_seconds for gap in certificate["gaps"])
    if certificate["coverage"] >= settings.least_coverage and not long:
        return None
    return {
        "least_coverage": settings.least_coverage,
        "most_gap_seconds": settings.most_gap_seconds,
        "long_gaps": long,
    }
