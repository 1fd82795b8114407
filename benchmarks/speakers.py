"""Telling speakers apart, measured: made conversations of two and three voices that the demo model was not trained on.

.venv/bin/python benchmarks/speakers.py [--only two three] [--json FILE]

All voices are bent from one synthetic voice, nobody speaks at the same time as another, the room is dead: this shows that
the engine works, not how well it would do in a council chamber.
"""

import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# This folder's names would hide those of the tools and the engine.
sys.path.append(sys.path.pop(0))

from harness.bounds import Row, Table, arguments

from tools.made_conversations import FACTORS, RATE, Conversation, conversation, drawn
from transcribe.engine import Transcriber
from transcribe.segment import Segment
from transcribe.speakers import Separator, Turn, assigned, open_separator
from transcribe.speakers.error_rate import error_rate
from transcribe.speech import cut_blocks
from transcribe.transcript import Transcript

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "models" / "demo-speakers"
CONVERSATIONS, SECONDS = 8, 120.0
SAMPLE_VOICES = "ABCD"


def two(table: Table, separator: Separator) -> None:
    """Two voices."""
    _rates(table, separator, "two", 2, known=0.05, found=0.10)


def three(table: Table, separator: Separator) -> None:
    """Three voices."""
    _rates(table, separator, "three", 3, known=0.05, found=0.10)


def quick(table: Table, separator: Separator) -> None:
    """Three voices that give each other no pause."""
    errors = judged = 0.0
    for made in _conversations(3, pauses=(0.0, 0.1)):
        rate = error_rate(_truth(made), separator.turns([made.sound], speakers=3))
        errors, judged = errors + rate.rate * rate.judged, judged + rate.judged
    table.add(Row("three voices without pauses, number given: error rate", errors / judged, "share", most=0.08))


def one(table: Table, separator: Separator) -> None:
    """One voice that nobody said was alone."""
    given = [conversation((voice,), SECONDS / 2, 100 + at) for at, voice in enumerate(product(SAMPLE_VOICES, FACTORS))]
    counts = [len({turn.speaker for turn in separator.turns([made.sound])}) for made in given]
    table.add(Row("one voice: found to be one", counts.count(1) / len(counts), "share", least=0.75))


def words(table: Table, separator: Separator) -> None:
    """Through the demo transcription: characters that stand under the wrong speaker."""
    wrong = total = 0
    with Transcriber(ROOT / "models" / "demo") as engine:
        for made in _conversations(3, count=4):
            text = assigned(_transcribed(engine, made), separator.turns([made.sound], speakers=3))
            missed, all_of_them = _misplaced(made, text)
            wrong, total = wrong + missed, total + all_of_them
    table.add(Row("three voices: characters under the wrong speaker", wrong / total, "share", most=0.05))


def pace(table: Table, separator: Separator) -> None:
    """How fast, on one thread."""
    made = conversation((("A", 1.0), ("B", 1.06), ("D", 1.0)), 600.0, 7)
    begun = time.process_time()
    separator.turns([made.sound])
    table.add(Row("CPU time for an hour of recording", (time.process_time() - begun) * 6, "s", most=600))


def memory(table: Table, _: Separator) -> None:
    """Peak of a process that hears four hours against one that hears one. Twelve: --hear 12 prints the peak in MiB."""
    one, four = _peak(1), _peak(4)
    table.add(Row("peak memory, one hour", one, "MiB"))
    table.add(Row("peak memory, four hours / one hour", four / one, "times", most=1.1))


MEASURES: dict[str, Callable[[Table, Separator], None]] = {
    "two": two,
    "three": three,
    "quick": quick,
    "one": one,
    "words": words,
    "pace": pace,
    "memory": memory,
}


def _rates(table: Table, separator: Separator, name: str, number: int, known: float, found: float) -> None:
    """Diarisation error rate over all the seconds of all conversations, number given and number found."""
    made = list(_conversations(number))
    for how, speakers, most in (("given", number, known), ("found", None, found)):
        errors = judged = missed = right = 0.0
        for each in made:
            turns = separator.turns([each.sound], speakers=speakers)
            rate = error_rate(_truth(each), turns)
            errors, judged = errors + rate.rate * rate.judged, judged + rate.judged
            missed += rate.missed
            right += len({turn.speaker for turn in turns}) == number
        note = f"missed {missed / judged:.3f}; number right in {right:.0f} of {len(made)}"
        table.add(Row(f"{name} voices, number {how}: error rate", errors / judged, "share", most=most, note=note))


def _conversations(
    number: int, count: int = CONVERSATIONS, pauses: tuple[float, float] = (0.25, 1.2)
) -> Iterator[Conversation]:
    """Each of other voices and other sentences."""
    for at in range(count):
        yield conversation(drawn(random.Random(f"{number} {at}"), number), SECONDS, number * 1000 + at, pauses)


def _truth(made: Conversation) -> list[Turn]:
    return [Turn(one.start, one.end, one.voice) for one in made.said]


def _transcribed(engine: Transcriber, made: Conversation) -> Transcript:
    return Transcript.joined(
        engine.transcribe(one.samples, one.heard, one.sound_start, lead=one.lead, tail=one.tail)
        for one in cut_blocks(_windows(made.sound), [], 300.0, 500.0)
    )


def _windows(sound: NDArray[np.int16], length: int = 1024 * 512) -> Iterator[NDArray[np.int16]]:
    return (sound[begin : begin + length] for begin in range(0, len(sound), length))


def _misplaced(made: Conversation, text: Transcript) -> tuple[int, int]:
    """Characters whose word lies in a sentence of another voice than most of its speaker's, and all that lie in one."""
    counts: dict[tuple[str, str], int] = {}
    for segment in text.segments:
        for voice, characters in _voices(made, segment):
            counts[segment.speaker, voice] = counts.get((segment.speaker, voice), 0) + characters
    speakers = sorted({speaker for speaker, _ in counts})
    heard = sorted({voice for _, voice in counts})
    table = np.array([[counts.get((speaker, voice), 0) for voice in heard] for speaker in speakers])
    best = max(_sum(table, order) for order in _orders(len(speakers), len(heard)))
    return int(table.sum()) - best, int(table.sum())


def _voices(made: Conversation, segment: Segment) -> Iterator[tuple[str, int]]:
    for word in segment.words:
        middle = (word.start + word.end) / 2
        for said in made.said:
            if said.start <= middle <= said.end:
                yield said.voice, len(word.text.strip())


def _orders(rows: int, columns: int) -> Iterator[tuple[int, ...]]:
    return (order for order in product(range(columns), repeat=rows) if len(set(order)) == min(rows, columns))


def _sum(table: NDArray[np.int64], order: tuple[int, ...]) -> int:
    return int(sum(table[row, column] for row, column in enumerate(order)))


def _peak(hours: int) -> float:
    """MiB of a process of its own that hears so many hours."""
    call = [sys.executable, __file__, "--hear", str(hours)]
    return float(subprocess.run(call, check=True, capture_output=True, text=True).stdout)


def _hear(hours: int) -> None:
    sound = conversation((("A", 1.0), ("B", 1.06), ("D", 1.0)), 300.0, 7).sound[: 300 * RATE]
    with open_separator(MODEL) as separator:
        separator.turns(block for _ in range(hours * 12) for block in _windows(sound))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> int:
    """Command line."""
    if sys.argv[1:2] == ["--hear"]:
        _hear(int(sys.argv[2]))
        return 0
    call = arguments(__doc__ or "", list(MEASURES))
    table = Table()
    with open_separator(MODEL) as separator:
        for name in call.only:
            MEASURES[name](table, separator)
    if call.json:
        table.write(call.json)
    return 0 if table.kept else 1


if __name__ == "__main__":
    sys.exit(main())
