"""How well probabilities of being wrong keep what they say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Bin:
    """Values with a similar P(wrong): how many, what was said on average, what came true."""

    count: int
    said: float
    wrong: float


@dataclass(frozen=True)
class Acceptance:
    """Values that may pass without a look: those with P(wrong) up to `threshold`."""

    budget: float
    """Share of the accepted that may be wrong."""
    threshold: float
    share: float
    """Accepted of all."""
    wrong: float
    """Wrong of the accepted."""


def curve(said: Floats, wrong: Flags, bins: int = 15) -> tuple[Bin, ...]:
    """Reliability curve over bins of equal count, so that the many nearly certain values do not hide in one bin."""
    order = np.argsort(said, kind="stable")
    return tuple(
        Bin(len(part), float(said[part].mean()), float(wrong[part].mean()))
        for part in np.array_split(order, min(bins, len(order)))
        if len(part)
    )


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Mean distance of what was said from what came true, weighted by count (Naeini, Cooper, Hauskrecht: AAAI 2015)."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.said - each.wrong) for each in bins) / total if total else 0.0


def acceptance(said: Floats, wrong: Flags, budget: float) -> Acceptance:
    """The largest share that keeps to the budget, counted on these labelled values. Equal probabilities stand or fall together."""
    order = np.argsort(said, kind="stable")
    ordered = said[order]
    errors = np.cumsum(wrong[order])
    counts = np.arange(1, len(order) + 1)
    last_of_equals = np.append(ordered[1:] > ordered[:-1], True) if len(order) else np.zeros(0, dtype=bool)
    fitting = np.flatnonzero(last_of_equals & (errors <= budget * counts))
    if not len(fitting):
        return Acceptance(budget, 0.0, 0.0, 0.0)
    last = int(fitting[-1])
    return Acceptance(budget, float(ordered[last]), (last + 1) / len(order), float(errors[last] / (last + 1)))


def expected_threshold(said: Floats, budget: float) -> float:
    """The threshold that keeps to the budget by the probabilities' own word: the mean P(wrong) of what lies below it is the budget."""
    ordered = np.sort(said)
    means = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    fitting = np.flatnonzero(means <= budget)
    return float(ordered[fitting[-1]]) if len(fitting) else 0.0
