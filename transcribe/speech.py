"""Cuts a recording into stretches at silences while it is still being read.

Where it is cut depends on the sound alone: not on time, block size or number of workers.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcribe.audio import LONGEST_SECONDS, RATE, stream
from transcribe.coverage.quiet import with_quiet_speech
from transcribe.cutter import Cutter
from transcribe.errors import AudioNoSpeechError, AudioTooShortError
from transcribe.stretch import Span, Stretch
from transcribe.transcript import Damage
from transcribe.voice import WINDOW, SpanFinder, VoiceProbability
from transcribe.voicing import spoken

LEAST_SECONDS = 0.5
_BLOCK = 1024 * WINDOW  # 32.8 s; a whole number of windows, as the network's state demands


def cut(
    path: Path,
    *,
    target_seconds: float = 300.0,
    most_seconds: float = 500.0,
    longest_seconds: float = LONGEST_SECONDS,
    salvage: bool = False,
) -> Iterator[Stretch]:
    """Stretches of about `target_seconds`, each as soon as it is known; together they are the whole recording.

    The first two are of about half of it. Cuts lie in silences; only speech without any pause until `most_seconds` is cut inside, at its
    quietest place. Raises an AudioError: AudioNoSpeechError, AudioTooShortError and AudioEndsEarlyError come at the end of reading,
    so earlier stretches may already be out. With `salvage` an early end is only noted as damage.
    """
    source = stream(path, block_seconds=_BLOCK / RATE, longest_seconds=longest_seconds, salvage=salvage)
    voice = False
    for stretch in cut_blocks(source, source.damage, target_seconds, most_seconds):
        voice = voice or _holds_voice(stretch)
        yield stretch
    if not voice:
        raise AudioNoSpeechError(seconds=round(source.seconds, 1))


def _holds_voice(stretch: Stretch) -> bool:
    """Does anybody speak, however softly? A telephone that rings is no reason to write minutes."""
    spans = [Span(one.start - stretch.sound_start, one.end - stretch.sound_start) for one in stretch.heard]
    return bool(spoken(with_quiet_speech(spans, stretch.samples), stretch.samples))


def cut_blocks(
    blocks: Iterable[NDArray[np.int16]],
    damage: list[Damage],
    target_seconds: float,
    most_seconds: float,
) -> Iterator[Stretch]:
    """The stretches of blocks whose lengths are whole windows, save the last."""
    voice, finder = VoiceProbability(), SpanFinder()
    cutter = Cutter(round(target_seconds * RATE), round(most_seconds * RATE), damage)
    now = 0
    for block in blocks:
        cutter.hear(block)
        for probability in voice(block).tolist():
            now = min(now + WINDOW, cutter.heard)
            if stretch := cutter.step(now, finder.step(probability)):
                yield stretch
    if cutter.heard < LEAST_SECONDS * RATE:
        raise AudioTooShortError(seconds=round(cutter.heard / RATE, 1), least=LEAST_SECONDS)
    yield from cutter.finish(finder.finish(cutter.heard))
