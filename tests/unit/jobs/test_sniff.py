"""What a file really is: the beginnings of real files."""

import io
import zipfile
import zlib
from pathlib import Path

import av
import numpy as np
import pytest

from digilab.services.rules import AUDIO, VIDEO, Kind
from digilab.services.sniff import HEAD, agrees, family

SPEECH = Path(__file__).parents[3] / "samples" / "speech"

# Container and codec as FFmpeg names them, by the ending of the file's name.
MADE: dict[str, tuple[str, str]] = {
    "aac": ("adts", "aac"),
    "aif": ("aiff", "pcm_s16be"),
    "aiff": ("aiff", "pcm_s16be"),
    "flac": ("flac", "flac"),
    "m4a": ("ipod", "aac"),
    "mka": ("matroska", "aac"),
    "mp3": ("mp3", "libmp3lame"),
    "oga": ("oga", "libopus"),
    "ogg": ("ogg", "libopus"),
    "opus": ("opus", "libopus"),
    "wav": ("wav", "pcm_s16le"),
    "wma": ("asf", "wmav2"),
    "avi": ("avi", "pcm_s16le"),
    "m4v": ("mp4", "aac"),
    "mkv": ("matroska", "aac"),
    "mov": ("mov", "aac"),
    "mp4": ("mp4", "aac"),
    "mpg": ("mpeg", "mp2"),
    "webm": ("webm", "libopus"),
    "wmv": ("asf", "wmav2"),
}


def made(container: str, codec: str, **options: str) -> bytes:
    """A second of a tone."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options=options) as output:
        stream = output.add_stream(codec, rate=48000, layout="mono")
        stream.bit_rate = 64_000
        tone = (np.sin(np.arange(48000) / 17) * 9000).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        frame.sample_rate = 48000
        for converted in av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=48000).resample(
            frame
        ):
            output.mux(stream.encode(converted))
        output.mux(stream.encode(None))
    return buffer.getvalue()[:HEAD]


def test_every_accepted_ending_is_tried() -> None:
    # FFmpeg writes no AMR here; its beginning is fixed by RFC 4867.
    assert AUDIO | VIDEO == {*MADE, "amr"} == Kind.TRANSCRIPTION.value.accepts


@pytest.mark.parametrize("ending", MADE)
def test_every_accepted_container_is_taken_for_sound(ending: str) -> None:
    assert family(made(*MADE[ending])) == "sound"


def test_amr_is_taken_for_sound() -> None:
    assert family(b"#!AMR\n\x3c\x91\x17") == "sound"
    assert family(b"#!AMR-WB\n\x04\x10\x20") == "sound"


def test_other_shapes_of_known_containers_are_taken_for_sound() -> None:
    assert family(made("mp3", "libmp3lame", write_id3v2="0", write_xing="0")) == "sound"
    assert family(made("wav", "pcm_s16le", rf64="always")) == "sound"
    assert family(made("w64", "pcm_s16le")) == "sound"
    assert family(made("mpegts", "aac")) == "sound"
    assert family(b"\x00\x00\x00\x08wide\x00\x00\x10\x00mdat" + bytes(range(256))) == "sound"
    assert family(b"\x00\x00\x00\x08free\x00\x00\x10\x00mdat" + bytes(range(256))) == "sound"


def test_the_shipped_speech_is_taken_for_sound() -> None:
    files = sorted(path for path in SPEECH.rglob("*") if path.suffix.lstrip(".") in AUDIO)
    assert files
    for path in files:
        with path.open("rb") as file:
            assert family(file.read(HEAD)) == "sound", path


def a_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return buffer.getvalue()


REFUSED = {
    "pdf": [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"],
    "zip": [a_zip()],
    "office": [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)],
    "image": [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
        b"\xff\xd8\xff\xe1\x1e\x00Exif\x00\x00",
        b"GIF89a\x01\x00\x01\x00",
        b"II*\x00\x08\x00\x00\x00",
        b"MM\x00*\x00\x00\x00\x08",
        b"RIFF\x24\x00\x00\x00WEBPVP8 ",
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
        b"\x00\x00\x00\x20ftypavif\x00\x00\x00\x00avifmif1",
        b"BM\x36\x00\x0c\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00",
    ],
    "program": [b"MZ\x90\x00\x03\x00\x00\x00", b"\x7fELF\x02\x01\x01\x00"],
    "archive": [
        b"Rar!\x1a\x07\x01\x00",
        b"7z\xbc\xaf\x27\x1c\x00\x04",
        b"\x1f\x8b\x08\x00" + zlib.compress(b"x" * 40),
    ],
    "text": [
        "議事録\n一、開会".encode(),
        "議事録\r\n一、開会".encode("cp932"),
        "議事録".encode("utf-16"),
        "\ufeff議事録".encode(),
        b"plain words\n",
        b"<html><body>",
        b'{"a": 1}',
        b"#EXTM3U\n#EXTINF:10,\nhttp://example.invalid/a.ts\n",
        b"ID,name\n1,a\n",
        b"MZ is how this sentence begins",
        b"FORM of a meeting",
        b"ID3 is a tag and this is a sentence about it",
    ],
}


@pytest.mark.parametrize(("expected", "head"), [(name, head) for name, heads in REFUSED.items() for head in heads])
def test_what_is_no_recording_is_called_by_its_name(expected: str, head: bytes) -> None:
    assert family(head) == expected
    assert expected not in Kind.TRANSCRIPTION.value.families


def test_a_long_text_cut_in_the_middle_of_a_sign_is_still_text() -> None:
    for shift in range(4):
        for encoding in ("utf-8", "cp932"):
            head = (b"a" * shift + ("議事録" * HEAD).encode(encoding))[:HEAD]
            assert family(head) == "text"


@pytest.mark.parametrize("head", [b"\x00" * 64, bytes(range(32)) * 4, b"\x01\x02\x03\x04\x80\x90\xa0"])
def test_what_nobody_knows_is_unknown_and_left_to_the_engine(head: bytes) -> None:
    assert family(head) == "unknown"


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n\n", bytes(40)])
def test_a_pdf_may_have_blanks_before_its_signature_and_nothing_else(before: bytes) -> None:
    start = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj" + bytes(range(256))
    assert family(before + start) == "pdf"
    assert family(before + b"<html><script>x</script>" + start) != "pdf"
    assert family(b"PK\x03\x04" + before + start) == "zip"


def test_content_that_is_not_known_may_be_sound_but_no_scan() -> None:
    sound, scans = Kind.TRANSCRIPTION.value.families, Kind.FORM.value.families
    assert agrees("mp3", "unknown", sound)
    assert not agrees("mp3", "pdf", sound)
    assert [ending for ending in sorted(Kind.FORM.value.accepts) if agrees(ending, "unknown", scans)] == []
    assert {
        ending for ending in Kind.FORM.value.accepts if agrees(ending, "image", scans)
    } == Kind.FORM.value.accepts - {"pdf"}
    assert agrees("pdf", "pdf", scans)
    assert not agrees("pdf", "image", scans)


@pytest.mark.parametrize("head", [b"II+\x00\x08\x00\x00\x00", b"MM\x00+\x00\x08\x00\x00"])
def test_a_large_tiff_is_a_picture(head: bytes) -> None:
    assert family(head) == "image"


def test_postscript_is_no_picture() -> None:
    assert family(b"\xc5\xd0\xd3\xc6\x1e\x00\x00\x00") == "postscript"
    assert family(b"%!PS-Adobe-3.0 EPSF-3.0\n") == "text"
