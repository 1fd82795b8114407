"""One sound track to 16 kHz mono pieces whose times stay true across broken frames, gaps and rate changes."""

from collections.abc import Iterable, Iterator

import av
import numpy as np
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from numpy.typing import NDArray

from transcribe.mixing import Mixer
from transcribe.transcript import Damage

RATE = 16_000
_GROUP = 1 << 18  # source samples resampled at once: single frames cost ten times the calls
_JUMP = 0.25  # seconds: smaller differences between time stamps and sound are rounding
_WORTH_NOTING = 1.0  # seconds: shorter gaps are how recorders save silence
_UNTIMED = frozenset({"mp3", "aac", "amr", "amrnb", "amrwb"})  # bytes without clocks: lost ones are counted
_LONGEST_GAP = 3600.0  # seconds of silence put in at once, at most
_LONGEST_BLIND_GAP = 60.0  # … when no header says how long the file is
_GIVE_UP = 1000  # reads in a row that fail


class ByteClock:
    """Tells time by bytes where a container has no clock: how many seconds did the skipped bytes hold?"""

    def __init__(self) -> None:
        self._good_bytes = 0
        self._good_seconds = 0.0
        self._end: int | None = None
        self._here: int | None = None

    def arrives(self, packet: "Packet[AudioStream]") -> None:
        """A packet was read, good or not."""
        self._here = packet.pos

    def good(self, packet: "Packet[AudioStream]", seconds: float) -> None:
        """It gave `seconds` of sound."""
        self._good_bytes += packet.size
        self._good_seconds += seconds
        self._end = None if packet.pos is None else packet.pos + packet.size

    def lost_seconds(self) -> float:
        """Between the last good packet and the present one, at the usual bytes per second."""
        if self._end is None or self._here is None or not self._good_bytes:
            return 0.0
        return max(0, self._here - self._end) * self._good_seconds / self._good_bytes


class Loose:
    """Iterates over int16 pieces of frames that come without a container; counts `frames`."""

    errors = 0

    def __init__(self, frames: Iterable[AudioFrame], damage: list[Damage]) -> None:
        self._loose, self._damage = frames, damage
        self.frames = 0
        self._broken = False
        self._clock = 0.0  # seconds of sound decoded or put in so far
        self._origin = 0.0
        self._end: float | None = None
        self._form: tuple[str, str, int] | None = None
        self._fifo = AudioFifo()
        self._resampler: AudioResampler | None = None
        self._mixer = Mixer(())
        self._bytes: ByteClock | None = None

    def __iter__(self) -> Iterator[NDArray[np.int16]]:
        for frame in self._loose:
            yield from self._taken(frame)
        yield from self._flushed()

    def _taken(self, frame: AudioFrame) -> Iterator[NDArray[np.int16]]:
        gap = self._gap(frame)
        if gap:
            yield from self._flushed()
            yield from _silence(round(gap * RATE))
            self._clock += gap
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form != self._form:
            yield from self._flushed()
            self._begin(form, frame)
        self.frames += 1
        self._broken = False
        self._clock += frame.samples / frame.sample_rate
        frame.pts = None  # the fifo wants continuous stamps; gaps were dealt with above
        self._fifo.write(frame)
        if self._fifo.samples >= _GROUP:
            yield from self._resampled(self._fifo.read())

    def _gap(self, frame: AudioFrame) -> float:
        """Seconds of silence that belong before this frame."""
        base = frame.time_base
        if frame.pts is None or base is None:
            return 0.0
        # Not as a fraction: fifty times a second of sound that costs as much as a third of the decoding.
        drift = frame.pts * base.numerator / base.denominator - self._origin - self._clock
        if self._bytes and self._broken:
            lost = self._bytes.lost_seconds()
            self._origin += drift - lost
            drift = lost
        if abs(drift) < _JUMP:
            return 0.0
        until = self._clock + drift
        fits = self._end is None or until <= self._end
        believable = fits and drift <= (_LONGEST_BLIND_GAP if self._end is None else _LONGEST_GAP)
        if drift < 0 or not believable:  # stamps that start anew or leap: follow the sound instead
            self._origin += drift
            return 0.0
        if self._broken:
            self._damage[-1] = Damage(self._damage[-1].start, round(until, 3), "gap")
        elif drift >= _WORTH_NOTING:
            self._damage.append(Damage(round(self._clock, 3), round(until, 3), "gap"))
        return drift

    def _begin(self, form: tuple[str, str, int], frame: AudioFrame) -> None:
        self._form = form
        self._fifo = AudioFifo()
        names = tuple(channel.name for channel in frame.layout.channels)
        plain = len(names) == 1
        self._mixer = self._mixer if self._mixer.names == names else Mixer(names)
        self._resampler = AudioResampler("s16" if plain else "fltp", frame.layout, RATE)

    def _flushed(self) -> Iterator[NDArray[np.int16]]:
        """What the fifo and the resampler still hold; a new resampler is needed afterwards."""
        if self._resampler is None:
            return
        if self._fifo.samples:
            yield from self._resampled(self._fifo.read())
        yield from self._resampled(None)
        self._resampler = None
        self._form = None

    def _resampled(self, frame: AudioFrame | None) -> Iterator[NDArray[np.int16]]:
        if self._resampler is None:
            return
        for done in self._resampler.resample(frame):
            yield self._mixer.mono(done.to_ndarray())


class Decoder(Loose):
    """Iterates over int16 pieces; counts `frames` and `errors`, notes damage as it goes."""

    def __init__(self, container: InputContainer, track: AudioStream, damage: list[Damage]) -> None:
        super().__init__((), damage)
        self._container, self._track = container, track
        self.errors = 0
        self._undecoded = 0.0  # time stamp until which packets failed
        self._origin = (container.start_time or 0) / av.time_base
        header = container.duration
        self._end = header / av.time_base + 1.0 if header else None
        self._bytes = ByteClock() if container.format.name in _UNTIMED else None

    def __iter__(self) -> Iterator[NDArray[np.int16]]:
        for packet in self._packets():
            for frame in self._decoded(packet):
                yield from self._taken(frame)
                if self._bytes:
                    self._bytes.good(packet, frame.samples / frame.sample_rate)
        yield from self._flushed()
        self._note_lost_end()

    def _packets(self) -> "Iterator[Packet[AudioStream]]":
        """Every packet; a failing read is counted and tried again at the next place."""
        failures = 0
        while failures < _GIVE_UP:
            try:
                for packet in self._container.demux(self._track):
                    failures = 0
                    yield packet
            except av.FFmpegError:
                failures += 1
                self._note_error()
            else:
                return

    def _decoded(self, packet: "Packet[AudioStream]") -> list[AudioFrame]:
        if self._bytes:
            self._bytes.arrives(packet)
        try:
            return packet.decode()
        except av.FFmpegError:
            self._note_error()
            if packet.pts is not None and packet.time_base is not None:
                self._undecoded = float((packet.pts + (packet.duration or 0)) * packet.time_base)
            return []

    def _note_error(self) -> None:
        self.errors += 1
        if self._broken:
            return
        self._broken = True
        here = round(self._clock, 3)
        if not self._damage or here - self._damage[-1].end > _WORTH_NOTING:
            self._damage.append(Damage(here, here, "corrupt"))

    def _note_lost_end(self) -> None:
        """Packets up to the end that could not be decoded are named, never dropped in silence."""
        until = self._undecoded - self._origin
        if self._broken and until - self._clock >= _WORTH_NOTING:
            self._damage[-1] = Damage(self._damage[-1].start, round(until, 3), "gap")


def _silence(samples: int) -> Iterator[NDArray[np.int16]]:
    """In pieces, so that an hour of it takes no room."""
    for begin in range(0, samples, _GROUP):
        yield np.zeros(min(_GROUP, samples - begin), np.int16)
