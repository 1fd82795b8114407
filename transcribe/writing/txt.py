"""Plain text: a head, then paragraphs with their time."""

from transcribe.errors import sentence
from transcribe.transcript import Transcript
from transcribe.writing.damage import damage_notes
from transcribe.writing.heading import Heading, clock, printable, written_date, written_length
from transcribe.writing.paragraphs import Paragraph, paragraphs
from transcribe.writing.speakers import shown


def write(transcript: Transcript, heading: Heading) -> bytes:
    """UTF-8 with CRLF and a byte order mark, so that every Windows editor shows it right."""
    language = heading.language
    head = [heading.title or sentence("minutes-title", language, {})]
    if heading.date:
        head.append(f"{sentence('minutes-date', language, {})}: {written_date(heading.date, language)}")
    length = written_length(transcript.duration, language)
    head.append(f"{sentence('minutes-length', language, {})}: {length}")
    head.extend(damage_notes(transcript, language))
    body = [f"[{clock(one.start)}] {_said(one, language)}" for one in paragraphs(transcript.segments)]
    text = "\n".join([*head, "", *(body or [sentence("minutes-empty", language, {})]), ""])
    return ("\ufeff" + printable(text).replace("\n", "\r\n")).encode()


def _said(one: Paragraph, language: str) -> str:
    if not one.speaker:
        return one.text
    return sentence("minutes-said", language, {"speaker": shown(one.speaker, language), "text": one.text})
