"""WebVTT subtitles."""

from transcribe.transcript import Transcript
from transcribe.writing.cues import cues, lines
from transcribe.writing.heading import Heading, one_line
from transcribe.writing.speakers import shown
from transcribe.writing.srt import mark


def write(transcript: Transcript, heading: Heading) -> bytes:
    """UTF-8; the signs that WebVTT reads as markup are escaped. Speakers are voice tags."""
    title = one_line(heading.title)
    blocks = [f"WEBVTT - {title}\n" if title else "WEBVTT\n"]
    for cue in cues(transcript.segments):
        text = "\n".join(_escaped(line) for line in lines(one_line(cue.text)))
        if cue.speaker:
            text = f"<v {_escaped(one_line(shown(cue.speaker, heading.language)))}>{text}"
        blocks.append(f"{mark(cue.start, '.')} --> {mark(cue.end, '.')}\n{text}\n")
    return "\n".join(blocks).encode()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
