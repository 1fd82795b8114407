"""Sound out of an MP4 whose recorder died before it wrote the index: no one knows where its AAC frames begin, but they follow each other.

The decoder itself finds the end of each frame. What only the index told is guessed: the sampling rate, by what decodes without complaint.
"""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame

_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
"""In the order of the standard (ISO/IEC 14496-3), whose numbers they have."""
_LIKELY = (44100, 48000, 16000, 22050, 24000, 32000, 8000, 11025, 12000)
"""Rates that recorders write, likely ones first. 44100 and 48000 share their tables: a wrong guess is 9 % off in time, and is told."""
_BLOCK = 1 << 22  # some minutes; more would need more memory than a stretch
_PROOF = 1 << 13  # bytes that must decode without complaint …
_ENOUGH = 8  # … to at least so many frames, before a place counts as the beginning of one
_SEARCH = 1 << 13  # bytes: no frame is longer
_CHANNELS = 2
_LOW_COMPLEXITY = 2


def frames(path: Path, start: int, end: int) -> Iterator[AudioFrame]:
    """The frames between two places of the file, in order; none when no sound is found there."""
    with path.open("rb") as file:
        file.seek(start)
        head = file.read(_PROOF + _SEARCH)
        begins = _rate_and_place(head)
        if begins is None:
            return
        rate, skip = begins
        decoder = _decoder(rate)
        file.seek(start + skip)
        form: tuple[int, int] | None = None
        while (left := end - file.tell()) > 0 and (block := file.read(min(_BLOCK, left)).rstrip(b"\0")):
            for found in _runs(block, decoder, begun=form is None):
                # The very first frame is the encoder's run-up, which the index would have left out.
                skipped = 0 if form else 1
                form = form or _form(found[0])
                for number, frame in enumerate(found[skipped:], 1 + skipped):
                    # The last one lies across two blocks; what has another form is no sound.
                    yield frame if _form(frame) == form and number < len(found) else _silent(form, rate)


def _runs(block: bytes, decoder: AudioCodecContext, *, begun: bool = False) -> Iterator[list[AudioFrame]]:
    """Frames that follow each other; a block with a broken place in it is halved until the rest can be read."""
    begin = 0 if begun else _place(block[: _PROOF + _SEARCH], decoder)
    found = [] if begin is None else _decoded(block[begin:], decoder)
    if found:
        yield found
    elif len(block) > _PROOF + _SEARCH:
        yield from _runs(block[: len(block) // 2], decoder, begun=begun)
        yield from _runs(block[len(block) // 2 :], decoder)


def _form(frame: AudioFrame) -> tuple[int, int]:
    return frame.layout.nb_channels, frame.samples


def _rate_and_place(head: bytes) -> tuple[int, int] | None:
    """Of the rates with which a run of frames begins first the one that gives most of them."""
    best: tuple[int, int, int] | None = None
    for rate in _LIKELY:
        decoder = _decoder(rate)
        place = _place(head, decoder)
        if place is not None:
            worth = (-place, len(_decoded(head[place:], decoder)))
            if best is None or worth > best[:2]:
                best = (*worth, rate)
    return None if best is None else (best[2], -best[0])


def _place(head: bytes, decoder: AudioCodecContext) -> int | None:
    """Where a run of whole frames begins."""
    for place in range(min(_SEARCH, len(head))):
        forms = [_form(frame) for frame in _decoded(head[place : place + _PROOF], decoder)[:_ENOUGH]]
        if len(forms) == _ENOUGH and len(set(forms)) == 1 and forms[0][0] <= _CHANNELS:
            return place
    return None


def _decoder(rate: int) -> AudioCodecContext:
    decoder = av.CodecContext.create("aac", "r")
    # AudioSpecificConfig: object type, number of the rate, channels; the frames say themselves how many they have.
    decoder.extradata = (_LOW_COMPLEXITY << 11 | _RATES.index(rate) << 7 | 2 << 3).to_bytes(2, "big")
    decoder.open()
    return decoder


def _decoded(block: bytes, decoder: AudioCodecContext) -> list[AudioFrame]:
    """The frames until the first complaint; the last one may be cut."""
    decoder.flush_buffers()
    try:
        return list(decoder.decode(av.Packet(block)))
    except av.FFmpegError:
        return []


def _silent(form: tuple[int, int], rate: int) -> AudioFrame:
    channels, samples = form
    nothing = np.zeros((channels, samples), np.float32)
    frame = AudioFrame.from_ndarray(nothing, format="fltp", layout="mono" if channels == 1 else "stereo")
    frame.sample_rate = rate
    return frame
