"""Recordings of every kind, good and broken, built by code from samples. Numbers (A1 …) are those of the corpus."""

import json
import struct
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

RATE = 16_000
Sound = NDArray[np.int16]
Maker = Callable[..., Sound]

# suffix -> (container, codec, rates that the codec takes, bit rate)
FORMATS: dict[str, tuple[str, str, tuple[int, ...], int]] = {
    "wav": ("wav", "pcm_s16le", (8000, 11025, 16000, 44100, 48000, 96000), 0),
    "24.wav": ("wav", "pcm_s24le", (48000, 96000), 0),
    "ulaw.wav": ("wav", "pcm_mulaw", (8000,), 0),
    "w64": ("w64", "pcm_s16le", (44100,), 0),
    "aiff": ("aiff", "pcm_s16be", (44100,), 0),
    "caf": ("caf", "pcm_s16le", (44100,), 0),
    "mp3": ("mp3", "libmp3lame", (8000, 16000, 44100, 48000), 64_000),
    "m4a": ("ipod", "aac", (8000, 16000, 44100, 48000, 96000), 96_000),
    "aac": ("adts", "aac", (16000, 44100), 96_000),
    "wma": ("asf", "wmav2", (16000, 44100, 48000), 64_000),
    "ogg": ("ogg", "libopus", (16000, 48000), 48_000),
    "flac": ("flac", "flac", (16000, 44100, 96000), 0),
    "mp4": ("mp4", "aac", (44100,), 96_000),
    "mov": ("mov", "aac", (48000,), 96_000),
    "webm": ("webm", "libopus", (48000,), 48_000),
    "amr": ("amr", "libopencore_amrnb", (8000,), 12_200),
    "3gp": ("3gp", "libopencore_amrnb", (8000,), 12_200),
    "mkv": ("matroska", "flac", (48000,), 0),
}

MONO_ONLY = ("amr", "3gp")  # what phones record


def speech(folder: Path, name: str = "meeting-1.ogg", seconds: float | None = None) -> Sound:
    """16 kHz mono speech of the shipped samples."""
    resampler = AudioResampler("s16", "mono", RATE)
    with av.open(str(folder / name)) as container:
        frames = [done for frame in container.decode(audio=0) for done in resampler.resample(frame)]
    sound = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    return sound if seconds is None else sound[: int(seconds * RATE)]


def write(
    path: Path,
    sound: Sound,
    suffix: str = "wav",
    *,
    rate: int = RATE,
    layout: str = "mono",
    options: dict[str, str] | None = None,
    video: bool = False,
) -> Path:
    """`sound` at 16 kHz, shaped (samples,) or (channels, samples), as a file of the given kind."""
    container_name, codec, _, bit_rate = FORMATS[suffix]
    with av.open(str(path), "w", format=container_name, options=options or {}) as target:
        track = target.add_stream(codec, rate=rate, layout=layout)
        if bit_rate:
            track.bit_rate = bit_rate
        picture = target.add_stream("mpeg4", rate=5) if video else None
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        resampler = AudioResampler(track.format, layout, rate, frame_size=track.codec_context.frame_size or 4096)
        for frame in [_frame(sound, layout), None]:
            for done in resampler.resample(frame):
                target.mux(track.encode(done))
        target.mux(track.encode(None))
        if picture is not None:
            _film(target, picture, len(sound) / RATE)
    return path


def _frame(sound: Sound, layout: str) -> av.AudioFrame:
    channels = av.AudioLayout(layout).nb_channels
    planes = np.broadcast_to(sound, (channels, sound.shape[-1])) if sound.ndim == 1 else sound
    interleaved = np.ascontiguousarray(planes.T).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout=layout)
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    return frame


def _film(target: av.container.OutputContainer, picture: av.VideoStream, seconds: float) -> None:
    for number in range(int(seconds * 5)):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number % 255, np.uint8), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, 5)
        target.mux(picture.encode(frame))
    target.mux(picture.encode(None))


def empty(path: Path) -> Path:
    """A1"""
    path.write_bytes(b"")
    return path


def random_bytes(path: Path, count: int = 200_000) -> Path:
    """A2"""
    path.write_bytes(np.random.default_rng(2).bytes(count))
    return path


def pdf(path: Path) -> Path:
    """A3"""
    path.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
    return path


def text(path: Path, content: str = "本日の議題は予算です。\n" * 20, encoding: str = "utf-8") -> Path:
    """A text with the name of a recording."""
    path.write_bytes(content.encode(encoding))
    return path


def zipped(path: Path, inside: str = "audio1.m4a") -> Path:
    """A18: a meeting service's archive of several tracks."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inside, b"\0" * 100)
    return path


def cut_off(path: Path, share: float = 0.5) -> Path:
    """A4 and its kin: the file stops in the middle."""
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    return path


def dss(path: Path, blocks: int = 60) -> Path:
    """A17: the container of IC recorders, its frames filled by chance: 11,025 Hz, about 0.3 s a block."""
    head = bytearray(1024)
    head[:4], head[0x26:0x3E] = b"\x02dss", b"261121100000261121100100"
    block = b"\0\0\x0c\0\xff\xff"
    sound = np.random.default_rng(17)
    path.write_bytes(bytes(head) + b"".join(block + sound.bytes(512 - len(block)) for _ in range(blocks)))
    return path


def film_without_sound(path: Path) -> Path:
    """A5"""
    with av.open(str(path), "w", format="mp4") as target:
        picture = target.add_stream("mpeg4", rate=5)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        _film(target, picture, 3.0)
    return path


def silence(seconds: float) -> Sound:
    """A6"""
    return np.zeros(int(seconds * RATE), np.int16)


def corrupted(path: Path, start: float = 0.45, end: float = 0.55) -> Path:
    """A13: bytes in the middle are overwritten."""
    whole = bytearray(path.read_bytes())
    low, high = int(len(whole) * start), int(len(whole) * end)
    whole[low:high] = np.random.default_rng(13).bytes(high - low)
    path.write_bytes(bytes(whole))
    return path


def wav_bytes(sound: Sound, *, riff: int | None = None, data: int | None = None, name: bytes = b"RIFF") -> bytes:
    """A WAV file by hand, with sizes that may lie (A14, A19)."""
    body = sound.astype("<i2").tobytes()
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, RATE * 2, 2, 16)
    long_sizes = struct.pack("<4sIQQQI", b"ds64", 28, len(body) + 80, len(body), len(body) // 2, 0)
    middle = (long_sizes if name == b"RF64" else b"") + form
    data = len(body) if data is None else data
    riff = 4 + len(middle) + 8 + len(body) if riff is None else riff
    return name + struct.pack("<I", riff) + b"WAVE" + middle + b"data" + struct.pack("<I", data) + body


def patched(path: Path, before: bytes, after: bytes) -> Path:
    """The file with one thing replaced everywhere; both must have the same length."""
    whole = path.read_bytes()
    if before not in whole or len(before) != len(after):
        raise ValueError("nothing to patch")
    path.write_bytes(whole.replace(before, after))
    return path


def with_tag(path: Path, picture_bytes: int) -> Path:
    """A21: an MP3 with a cover picture of any size before its sound."""
    picture = b"\x03image/jpeg\0\x03\0" + b"\xff\xd8\xff\xe0" + b"\0" * picture_bytes
    frame = b"APIC" + struct.pack(">IH", len(picture), 0) + picture
    size = len(frame)
    sizes = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\0\0" + sizes + frame + path.read_bytes())
    return path


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n",
    "m3u without head": "http://127.0.0.1:9/a.mp3\n{target}\n",
    "concat": "ffconcat version 1.0\nfile '{target}'\n",
    "concat without head": "file '{target}'\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 5004 RTP/AVP 0\n",
    "pls": "[playlist]\nFile1={target}\n",
    "asx": "<asx version='3.0'><entry><ref href='{target}'/></entry></asx>",
    "dash": "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'></MPD>",
}


def playlist(path: Path, kind: str, target: Path) -> Path:
    """A15"""
    path.write_text(PLAYLISTS[kind].format(target=target))
    return path


def raw(path: Path, content: bytes) -> Path:
    """Any bytes as a file."""
    path.write_bytes(content)
    return path


def write_with_gap(path: Path, sound: Sound, *, at: float, gap: float, live: bool = False) -> Path:
    """A12: packets from `at` seconds on carry stamps that are `gap` seconds later."""
    # A live file states no duration in its header.
    options = {"live": "1"} if live else {}
    with av.open(str(path), "w", format="matroska", options=options) as target:
        track = target.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for begin in range(0, len(sound), 1600):
            frame = _frame(sound[begin : begin + 1600], "mono")
            frame.pts = begin + (round(gap * RATE) if begin >= at * RATE else 0)
            target.mux(track.encode(frame))
        target.mux(track.encode(None))
    return path


def endless(path: Path, hours: float, rate: int = 8000) -> Path:
    """A8: silence of any length that takes no room on the disk."""
    size = int(hours * 3600 * rate) * 2
    form = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16)
    head = b"RIFF" + struct.pack("<I", 36 + size) + form + b"data" + struct.pack("<I", size)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + size)
    return path


def truth(folder: Path) -> list[tuple[float, float, str]]:
    """Start, end and text of every sentence of the samples laid end to end in the order of their names."""
    told = json.loads((folder / "truth.json").read_text("utf-8"))
    found: list[tuple[float, float, str]] = []
    offset = 0.0
    for path in sorted(folder.glob("*.ogg")):
        found.extend((one["start"] + offset, one["end"] + offset, one["text"]) for one in told[path.name])
        offset += len(speech(folder, path.name)) / RATE
    return found
