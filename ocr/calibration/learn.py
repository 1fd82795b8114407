"""From labelled forms to a calibration: what is learnt, and how well it keeps to what it says on values that it had not seen."""

import random
from collections.abc import Sequence

import numpy as np

from ocr.calibration.example import Example
from ocr.calibration.model import BUDGETS, WORTH_A_LOOK, Calibration, fit, tabled
from ocr.calibration.reliability import Flags, Floats, acceptance, curve, expected_calibration_error, expected_threshold
from ocr.errors import OcrError

FOLDS = 10
LEAST_WRONG = 20
"""Fewer errors than this teach nothing: a probability of one in a hundred cannot be told from one in fifty."""


class TooFewLabelsError(OcrError):
    """Raised when the labelled forms hold too few wrong values to learn from; `labelled`, `wrong`, `least`."""

    code = "labels-too-few"


class TooFewCasesError(OcrError):
    """Raised when too few forms are labelled to learn from some and ask the others; `cases`, `least`."""

    code = "labels-too-few-cases"


def learn(labelled: Sequence[Example], engine: str) -> Calibration:
    """Fit on all examples; curve, error and acceptances are those of the cross-validation.

    What was overlooked (no features) teaches nothing, but it passed without a look: it counts among the accepted.
    Raises TooFewLabelsError, TooFewCasesError.
    """
    seen = [example for example in labelled if example.features]
    wrong = np.array([example.wrong for example in seen], dtype=np.bool_)
    if wrong.sum() < LEAST_WRONG:
        raise TooFewLabelsError(labelled=len(seen), wrong=int(wrong.sum()), least=LEAST_WRONG)
    cases = len({example.case for example in seen})
    if cases < FOLDS:
        raise TooFewCasesError(cases=cases, least=FOLDS)
    said = _unseen(seen, wrong)
    # The model is surer of what it learnt from than of what it has not seen: slope and shift of the unseen put that right.
    slope, shift = _straightened(said, wrong)
    intercept, weights = fit([example.features for example in seen], wrong)
    straight = 1.0 / (1.0 + np.exp(-(slope * said + shift)))
    thresholds = {
        harm.value: min(expected_threshold(straight, budget), WORTH_A_LOOK[harm]) for harm, budget in BUDGETS.items()
    }
    overlooked = len(labelled) - len(seen)
    straight = np.concatenate([straight, np.zeros(overlooked)])
    wrong = np.concatenate([wrong, np.ones(overlooked, dtype=np.bool_)])
    bins = curve(straight, wrong)
    names, table = tabled([example.features for example in seen])
    limits = zip(names, table.min(axis=0).tolist(), table.max(axis=0).tolist(), strict=True)
    return Calibration(
        engine=engine,
        labelled=len(labelled),
        wrong=int(wrong.sum()),
        intercept=slope * intercept + shift,
        weights={name: round(slope * weight, 6) for name, weight in weights.items()},
        thresholds=thresholds,
        curve=bins,
        error=expected_calibration_error(bins),
        acceptances=tuple(acceptance(straight, wrong, budget) for budget in sorted(BUDGETS.values())),
        limits={name: (least, most) for name, least, most in limits if name in weights},
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
