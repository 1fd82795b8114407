"""Diarisation error rate, so that a separation can be judged against a truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcribe.speakers.turns import Turn

COLLAR = 0.25
"""Seconds before and after each true beginning and end that are not judged: truths are not more exact than that."""
_TICK = 0.01

_Labels = NDArray[np.int16]
NOBODY = -1


@dataclass(frozen=True)
class ErrorRate:
    """Seconds that were judged, and of them those missed, those given to a voice while nobody spoke, those of another voice."""

    judged: float
    missed: float
    false_alarm: float
    confused: float

    @property
    def rate(self) -> float:
        """All three over the seconds in which somebody truly speaks."""
        return (self.missed + self.false_alarm + self.confused) / self.judged if self.judged else 0.0


def error_rate(truth: Sequence[Turn], found: Sequence[Turn], collar: float = COLLAR) -> ErrorRate:
    """With the names of the found voices matched to the true ones in the best possible way.

    Neither side may have two turns at one time: where voices overlap, the truth is what the better heard one says.
    """
    ticks = round(max((one.end for one in (*truth, *found)), default=0.0) / _TICK) + 1
    true, true_voices = _labels(truth, ticks)
    heard, heard_voices = _labels(found, ticks)
    judged = np.ones(ticks, bool)
    for one in truth:
        for edge in (one.start, one.end):
            judged[max(0, _tick(edge - collar)) : max(0, _tick(edge + collar))] = False
    true, heard = true[judged], heard[judged]
    both = (true != NOBODY) & (heard != NOBODY)
    together = np.zeros((true_voices, heard_voices), np.int64)
    np.add.at(together, (true[both], heard[both]), 1)
    return ErrorRate(
        judged=int((true != NOBODY).sum()) * _TICK,
        missed=int(((true != NOBODY) & (heard == NOBODY)).sum()) * _TICK,
        false_alarm=int(((true == NOBODY) & (heard != NOBODY)).sum()) * _TICK,
        confused=(int(both.sum()) - _best_match(together)) * _TICK,
    )


def _labels(turns: Sequence[Turn], ticks: int) -> tuple[_Labels, int]:
    numbers: dict[str, int] = {}
    labels = np.full(ticks, NOBODY, np.int16)
    for one in turns:
        labels[_tick(one.start) : _tick(one.end)] = numbers.setdefault(one.speaker, len(numbers))
    return labels, len(numbers)


def _best_match(together: NDArray[np.int64]) -> int:
    """The greatest sum of entries of which no two share a row or a column; over subsets of the shorter side."""
    table = together if together.shape[0] >= together.shape[1] else together.T
    best = {0: 0}
    for row in table.tolist():
        after = dict(best)
        for used, total in best.items():
            for column, here in enumerate(row):
                if not used >> column & 1:
                    key = used | 1 << column
                    after[key] = max(after.get(key, 0), total + here)
        best = after
    return max(best.values())


def _tick(seconds: float) -> int:
    return round(seconds / _TICK)
