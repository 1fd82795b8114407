"""How minutes are written from what was spoken. The record itself keeps every sound."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from transcribe.segment import Segment, changed
from transcribe.transcript import Transcript
from transcribe.words.fillers import without_fillers
from transcribe.words.numbers import written


@dataclass(frozen=True)
class Style:
    """`hide_fillers` leaves えー and あのー out; `written_numbers` writes 令和8年 for 令和八年."""

    hide_fillers: bool = False
    written_numbers: bool = False


AS_SPOKEN = Style()


def styled(transcript: Transcript, style: Style) -> Transcript:
    """The transcript as it shall be read. A segment that was nothing but fillers goes."""
    if style == AS_SPOKEN:
        return transcript
    names = [hit.term for hit in transcript.hits]  # the glossary says how they are spelt

    def read(segment: Segment) -> Iterator[Segment]:
        one = without_fillers(segment, transcript.language) if style.hide_fillers else segment
        if one.text:
            yield written(one, names) if style.written_numbers and transcript.language == "ja" else one

    return replace(transcript, segments=changed(transcript.segments, read))
