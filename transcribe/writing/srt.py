"""SubRip subtitles."""

from transcribe.transcript import Transcript
from transcribe.writing.cues import cues, lines
from transcribe.writing.heading import Heading, one_line


def write(transcript: Transcript, heading: Heading) -> bytes:  # noqa: ARG001 - one signature for all writers
    """UTF-8 with CRLF, as most players expect."""
    blocks = []
    for number, cue in enumerate(cues(transcript.segments), 1):
        text = "\n".join(lines(one_line(cue.text)))
        blocks.append(f"{number}\n{mark(cue.start)} --> {mark(cue.end)}\n{text}\n")
    return "\n".join(blocks).replace("\n", "\r\n").encode()


def mark(seconds: float, comma: str = ",") -> str:
    """00:01:02,345."""
    ms = round(seconds * 1000)
    return f"{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02}{comma}{ms % 1000:03}"
