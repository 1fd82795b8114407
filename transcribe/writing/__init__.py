"""Transcripts as files: Word minutes, text, subtitles, and the record itself."""

from collections.abc import Callable
from pathlib import Path

from transcribe.transcript import Transcript
from transcribe.words.style import AS_SPOKEN, Style, styled
from transcribe.writing import docx, json, srt, txt, vtt
from transcribe.writing.heading import Heading

__all__ = ["Heading", "write_all"]

_WRITERS: dict[str, Callable[[Transcript, Heading], bytes]] = {
    "docx": docx.write,
    "txt": txt.write,
    "srt": srt.write,
    "vtt": vtt.write,
}


def write_all(
    transcript: Transcript, heading: Heading, folder: Path, stem: str = "minutes", style: Style = AS_SPOKEN
) -> list[Path]:
    """Every format as `stem`.suffix in `folder`, which is made; equal input gives equal bytes.

    `style` is that of what people read; the record itself keeps every sound.
    """
    read = styled(transcript, style)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for suffix, write in _WRITERS.items():
        path = folder / f"{stem}.{suffix}"
        path.write_bytes(write(read, heading))
        paths.append(path)
    record = folder / f"{stem}.json"
    with record.open("wb") as file:
        file.writelines(json.blocks(transcript, heading))
    return [*paths, record]
