"""Logistic regression over the features, and what is kept of it.

Linear and small on purpose: it learns from some thousand labelled values of which one in a hundred is wrong, it can be read by a person,
and its file holds numbers only.
"""

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ocr.calibration.features import Features, features
from ocr.calibration.reliability import Acceptance, Bin, Flags, Floats
from ocr.definition.form import AnyField, Column, Harm
from ocr.errors import ModelError
from ocr.records import Evidence, Finding

RIDGE = 1.0
"""Weight of the penalty on squared weights of standardised features: as if one more value spoke against each of them."""
AGAINST = frozenset({"doubt", "doubt_of_whole", "sign_check_failed", "sign_rule_broken"})
"""Features that can only make a value less sure."""
ROUNDS = 60
BUDGETS = {Harm.LOW: 0.005, Harm.NORMAL: 0.002, Harm.HIGH: 0.001}
"""Share of values accepted without a look that may be wrong, by the harm of the field."""
WORTH_A_LOOK = {Harm.LOW: 0.1, Harm.NORMAL: 0.02, Harm.HIGH: 0.005}
"""P(wrong) from which a look at the one value costs less than its error, however few the errors are on the whole."""


class CalibrationBrokenError(ModelError):
    """Raised for a calibration file that does not hold what it should; `file`."""

    code = "calibration-broken"


@dataclass(frozen=True)
class Calibration:
    """Says for each value how likely it is wrong."""

    engine: str
    """Engine version and recogniser whose values it was learnt from."""
    labelled: int
    """Values it was learnt from."""
    wrong: int
    """Of these, how many were wrong."""
    intercept: float
    weights: dict[str, float]
    """By feature; features that are not here say nothing."""
    thresholds: dict[str, float]
    """Harm → the largest P(wrong) that passes without a look."""
    curve: tuple[Bin, ...] = ()
    """Of values that the model in question had not seen (cross-validation by case)."""
    error: float = 0.0
    """Expected calibration error of the same."""
    acceptances: tuple[Acceptance, ...] = ()
    limits: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Feature → least and most that it was learnt from. Beyond, the nearer one counts: a scan worse than any seen proves nothing."""

    def p_wrong(
        self, field: AnyField | Column, evidence: Evidence, findings: Sequence[Finding], quality: Mapping[str, float]
    ) -> float:
        """Probability that the value of this field, as read, is not what stands on the paper."""
        return self.of(features(field, evidence, findings, quality))

    def of(self, found: Features) -> float:
        """The same, of features; certainly wrong where one of them is no number."""
        if not all(map(math.isfinite, found.values())):
            return 1.0
        odds = self.intercept
        for name, weight in self.weights.items():
            value = found.get(name, 0.0)
            least, most = self.limits.get(name, (value, value))
            odds += weight * min(max(value, least), most)
        return _logistic(odds)

    def threshold(self, harm: Harm) -> float:
        """The largest P(wrong) that passes without a look."""
        return self.thresholds[harm.value]

    def save(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """What `save` wrote. Raises CalibrationBrokenError."""
        try:
            return cls._read(path.read_text("utf-8"))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise CalibrationBrokenError(file=path.name) from error

    @classmethod
    def shipped(cls) -> Self:
        """Learnt from made forms; a city's own is learnt from its reviewed forms."""
        return cls._read(files("ocr.calibration").joinpath("shipped.json").read_text("utf-8"))

    @classmethod
    def _read(cls, text: str) -> Self:
        data: dict[str, Any] = json.loads(text)
        curve = tuple(Bin(**each) for each in data.pop("curve"))
        acceptances = tuple(Acceptance(**each) for each in data.pop("acceptances"))
        weights = {str(name): float(weight) for name, weight in data.pop("weights").items()}
        intercept = float(data.pop("intercept"))
        thresholds = {Harm(name).value: float(each) for name, each in data.pop("thresholds").items()}
        limits = {str(name): (float(least), float(most)) for name, (least, most) in data.pop("limits", {}).items()}
        sound = all(map(math.isfinite, (intercept, *weights.values(), *itertools.chain(*limits.values()))))
        # Python's json takes NaN, and NaN is neither above a threshold nor below.
        if not sound or thresholds.keys() != {harm.value for harm in Harm}:
            raise ValueError("weights and thresholds")
        if not all(0.0 <= each < 1.0 for each in thresholds.values()):
            raise ValueError("thresholds are probabilities")
        return cls(
            **data,
            intercept=intercept,
            weights=weights,
            thresholds=thresholds,
            curve=curve,
            acceptances=acceptances,
            limits=limits,
        )


def fit(found: Sequence[Features], wrong: Flags) -> tuple[float, dict[str, float]]:
    """Intercept and weights by penalised likelihood (Newton's method), in the features' own units.

    What speaks against a value never speaks for it: from few errors chance would teach that a doubtful amount is a right one.
    """
    names, table = tabled(found)
    mean, spread = table.mean(axis=0), table.std(axis=0)
    kept = np.flatnonzero(spread > 1e-9)
    while True:
        columns = np.column_stack([np.ones(len(table)), (table[:, kept] - mean[kept]) / spread[kept]])
        fitted = _newton(columns, wrong.astype(np.float64))
        plain = fitted[1:] / spread[kept]
        weights = {names[at]: float(weight) for at, weight in zip(kept, plain, strict=True)}
        turned = _turned(weights)
        if not turned:
            return float(fitted[0] - (plain * mean[kept]).sum()), weights
        kept = np.array([at for at in kept if names[at] not in turned], dtype=np.intp)


def _turned(weights: Mapping[str, float]) -> set[str]:
    """Features against a value whose weight is for it; of one group's doubt together with that of all."""
    doubt = weights.get("doubt", 0.0) + weights.get("doubt_of_whole", 0.0)
    return {
        name
        for name, weight in weights.items()
        if (name in AGAINST and weight < 0) or (name.startswith("doubt_") and doubt + weight < 0)
    }


def tabled(found: Sequence[Features]) -> tuple[list[str], NDArray[np.float64]]:
    """Names in order of the alphabet, and values × names; what a value does not have is 0."""
    names = sorted({name for each in found for name in each})
    return names, np.array([[each.get(name, 0.0) for name in names] for each in found], dtype=np.float64)


def _newton(columns: Floats, target: Floats) -> Floats:
    penalty = np.full(columns.shape[1], RIDGE)
    penalty[0] = 1e-6  # the base rate is not held down
    weights = np.zeros(columns.shape[1])
    weights[0] = math.log((target.sum() + 0.5) / (len(target) - target.sum() + 0.5))
    value = _loss(columns, target, weights, penalty)
    for _ in range(ROUNDS):
        said = _logistics(columns @ weights)
        gradient = columns.T @ (said - target) + penalty * weights
        curvature = (columns * (said * (1 - said))[:, None]).T @ columns + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        length = 1.0
        while (shorter := _loss(columns, target, weights - length * step, penalty)) > value and length > 1e-6:
            length /= 2
        weights, gain, value = weights - length * step, value - shorter, shorter
        if gain < 1e-9:
            break
    return weights


def _loss(columns: Floats, target: Floats, weights: Floats, penalty: Floats) -> float:
    logits = columns @ weights
    return float((np.logaddexp(0.0, logits) - target * logits).sum() + 0.5 * (penalty * weights**2).sum())


def _logistics(logits: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -40.0, 40.0)))


def _logistic(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(40.0, max(-40.0, logit))))
