"""The record itself, with its head; `Transcript.from_json` reads it back."""

from transcribe.transcript import Transcript, record_json
from transcribe.writing.heading import Heading


def write(transcript: Transcript, heading: Heading) -> bytes:
    """UTF-8, sorted keys, whole milliseconds."""
    head = {
        "title": heading.title,
        "date": heading.date.isoformat() if heading.date else None,
        "department": heading.department,
        "receipt": heading.receipt,
        "source": heading.source,
    }
    return record_json({**transcript.record(), "heading": head}).encode()
