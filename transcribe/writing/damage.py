"""Broken places of a recording in words."""

from transcribe.errors import sentence
from transcribe.transcript import Transcript
from transcribe.writing.heading import clock

_MOST = 20  # a file that is broken everywhere needs no longer list


def damage_notes(transcript: Transcript, language: str) -> list[str]:
    """One sentence per broken place."""
    return [
        sentence(
            f"place-{one.kind}",
            language,
            {"start": clock(one.start), "seconds": max(1, round(one.end - one.start))},
        )
        for one in transcript.damage[:_MOST]
    ]
