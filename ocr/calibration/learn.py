"""From labelled forms to a calibration: what is learnt, and how well it keeps to what it says on values that it had not seen."""

import random
from collections.abc import Sequence

import numpy as np

from ocr.calibration.example import Example
from ocr.calibration.model import BUDGETS, Calibration, fit
from ocr.calibration.reliability import Flags, Floats, acceptance, curve, expected_calibration_error, expected_threshold
from ocr.errors import OcrError

FOLDS = 10
LEAST_WRONG = 20
"""Fewer errors than this teach nothing: a probability of one in a hundred cannot be told from one in fifty."""


class TooFewLabelsError(OcrError):
    """Raised when the labelled forms hold too few wrong values to learn from; `labelled`, `wrong`, `least`."""

    code = "labels-too-few"


def learn(seen: Sequence[Example], engine: str) -> Calibration:
    """Fit on all examples; curve, error and acceptances are those of the cross-validation. Raises TooFewLabelsError."""
    wrong = np.array([example.wrong for example in seen], dtype=np.bool_)
    if wrong.sum() < LEAST_WRONG:
        raise TooFewLabelsError(labelled=len(seen), wrong=int(wrong.sum()), least=LEAST_WRONG)
    said = _unseen(seen, wrong)
    # The model is surer of what it learnt from than of what it has not seen: slope and shift of the unseen put that right.
    slope, shift = _straightened(said, wrong)
    intercept, weights = fit([example.features for example in seen], wrong)
    straight = 1.0 / (1.0 + np.exp(-(slope * said + shift)))
    bins = curve(straight, wrong)
    return Calibration(
        engine=engine,
        labelled=len(seen),
        wrong=int(wrong.sum()),
        intercept=slope * intercept + shift,
        weights={name: round(slope * weight, 6) for name, weight in weights.items()},
        thresholds={harm.value: expected_threshold(straight, budget) for harm, budget in BUDGETS.items()},
        curve=bins,
        error=expected_calibration_error(bins),
        acceptances=tuple(acceptance(straight, wrong, budget) for budget in sorted(BUDGETS.values())),
    )


def _unseen(seen: Sequence[Example], wrong: Flags) -> Floats:
    """Log odds of each value by a model that was learnt from the other folds; a case's values stay together."""
    cases = sorted({example.case for example in seen})
    random.Random(1).shuffle(cases)  # noqa: S311 - folds, not secrets
    fold_of = {case: number % FOLDS for number, case in enumerate(cases)}
    folds = np.array([fold_of[example.case] for example in seen])
    odds = np.zeros(len(seen))
    for fold in range(FOLDS):
        learning, asked = np.flatnonzero(folds != fold).tolist(), np.flatnonzero(folds == fold).tolist()
        intercept, weights = fit([seen[index].features for index in learning], wrong[learning])
        for index in asked:
            odds[index] = intercept + sum(
                weights.get(name, 0.0) * value for name, value in seen[index].features.items()
            )
    return odds


def _straightened(odds: Floats, wrong: Flags) -> tuple[float, float]:
    """Slope and shift that make log odds keep what they say (Platt 1999)."""
    shift, weights = fit([{"odds": float(each)} for each in odds], wrong)
    return weights.get("odds", 1.0), shift
