"""P(wrong): what is learnt keeps what it says, and a file that is damaged is refused."""

import json
import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ocr.calibration.example import Example
from ocr.calibration.features import features
from ocr.calibration.labelled import LabelsBrokenError, labelled_pages
from ocr.calibration.learn import TooFewCasesError, TooFewLabelsError, learn
from ocr.calibration.model import Calibration, CalibrationBrokenError, fit
from ocr.calibration.reliability import acceptance, curve, expected_calibration_error, expected_threshold
from ocr.definition.form import AmountField, Harm, TextField, TickField
from ocr.records import Character, Evidence, Finding, Mark, Reading


def made(count: int, seed: int) -> list[Example]:
    """Values of which those with a large `doubt` are wrong as often as a logistic curve says."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        doubt, noise = draw.random(), draw.random()
        wrong = draw.random() < 1 / (1 + math.exp(-(12 * doubt - 9)))
        found.append(
            Example(
                case=str(number // 10),
                path="name",
                type="text",
                family="text",
                kind="clean",
                hand="",
                harm=Harm.NORMAL,
                expected="甲",
                got="乙" if wrong else "甲",
                raw="甲",
                features={"doubt": doubt, "noise": noise},
            )
        )
    return found


def reading(text: str, probability: float) -> Reading:
    return Reading(text=text, characters=tuple(Character(each, probability) for each in text), free=text, margin=10.0)


def test_what_is_learnt_keeps_what_it_says_on_values_it_has_not_seen() -> None:
    calibration = learn(made(4000, 1), "test")
    unseen = made(4000, 2)
    said = np.array([calibration.of(each.features) for each in unseen])
    wrong = np.array([each.wrong for each in unseen])
    assert expected_calibration_error(curve(said, wrong)) < 0.02
    assert abs(said.mean() - wrong.mean()) < 0.01


def test_a_feature_that_says_nothing_gets_little_weight() -> None:
    weights = learn(made(4000, 1), "test").weights
    assert abs(weights["noise"]) < 0.1 * abs(weights["doubt"])


def test_the_weights_are_those_of_the_curve_that_the_values_were_made_by() -> None:
    examples = made(20000, 3)
    intercept, weights = fit(
        [{"doubt": each.features["doubt"]} for each in examples], np.array([e.wrong for e in examples])
    )
    assert weights["doubt"] == pytest.approx(12, abs=0.8)
    assert intercept == pytest.approx(-9, abs=0.7)


def test_a_doubt_never_makes_a_value_surer_whatever_chance_has_put_into_the_labels() -> None:
    draw = random.Random(5)
    examples = made(2000, 5)
    for each in examples:
        amount = draw.random() < 0.3
        each.features["is_amount"] = float(amount)
        each.features["doubt_amount"] = amount * (0.0 if each.wrong else draw.random())
    _, weights = fit([each.features for each in examples], np.array([each.wrong for each in examples]))
    assert weights.get("doubt_amount", 0.0) == 0.0
    assert weights["doubt"] > 8


def test_too_few_errors_teach_nothing_and_are_refused() -> None:
    with pytest.raises(TooFewLabelsError) as caught:
        learn([each for each in made(500, 1) if not each.wrong], "test")
    assert caught.value.evidence["wrong"] == 0
    assert "校正できません" in caught.value.sentence()


def test_as_many_are_accepted_as_the_budget_bears() -> None:
    said = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    wrong = np.array([False, False, True, False, True])
    found = acceptance(said, wrong, 0.25)
    assert (found.share, found.wrong, found.threshold) == (0.8, 0.25, 0.4)
    assert acceptance(said, wrong, 0.0).share == 0.4


def test_values_of_equal_probability_are_accepted_together_or_not_at_all() -> None:
    found = acceptance(np.array([0.1, 0.1, 0.1, 0.9]), np.array([False, False, True, True]), 0.1)
    assert found.share == 0.0


def test_the_threshold_keeps_the_budget_by_the_probabilities_own_word() -> None:
    said = np.array([0.001, 0.001, 0.002, 0.01, 0.5])
    threshold = expected_threshold(said, 0.004)
    assert threshold == 0.01
    assert said[said <= threshold].mean() <= 0.004


def test_a_calibration_comes_back_from_its_file_as_it_went_in(tmp_path: Path) -> None:
    calibration = learn(made(2000, 4), "engine 1")
    calibration.save(tmp_path / "calibration.json")
    assert Calibration.load(tmp_path / "calibration.json") == calibration


@pytest.mark.parametrize("damage", ["", "{", "[]", "7", "{}", '{"weights": {}}'])
def test_a_damaged_calibration_is_refused_by_its_name(tmp_path: Path, damage: str) -> None:
    (tmp_path / "mine.json").write_text(damage)
    with pytest.raises(CalibrationBrokenError) as caught:
        Calibration.load(tmp_path / "mine.json")
    assert "mine.json" in caught.value.sentence()


@pytest.mark.parametrize(
    "damage",
    [
        {"weights": {"doubt": math.inf}},
        {"weights": [1.0]},
        {"intercept": math.nan},
        {"intercept": "low"},
        {"thresholds": {"low": 0.1, "normal": math.nan, "high": 0.1}},
        {"thresholds": {"low": 0.1, "normal": 1.5, "high": 0.1}},
        {"limits": {"doubt": [0.0]}},
        {"limits": {"doubt": [0.0, math.nan]}},
    ],
)
def test_what_is_no_number_or_no_probability_is_refused(tmp_path: Path, damage: dict[str, object]) -> None:
    file = tmp_path / "calibration.json"
    learn(made(2000, 4), "engine 1").save(file)
    file.write_text(json.dumps({**json.loads(file.read_text()), **damage}))
    with pytest.raises(CalibrationBrokenError):
        Calibration.load(file)


def test_a_measure_that_is_no_number_makes_a_value_certainly_wrong_not_right() -> None:
    calibration = Calibration.shipped()
    assert calibration.of({"scan_noise": math.nan}) == 1.0
    assert calibration.of({"unknown": math.inf}) == 1.0


def test_a_scan_worse_than_any_seen_is_no_proof_that_its_values_are_right() -> None:
    examples = [
        replace(each, features={**each.features, "sharpness": 0.5 + each.features["noise"] / 2})
        for each in made(2000, 4)
    ]
    calibration = learn(examples, "test")
    blurred = [calibration.of({"doubt": 0.3, "sharpness": sharpness}) for sharpness in (-50.0, 0.0, 0.5)]
    assert blurred == [pytest.approx(blurred[2], rel=0.01)] * 3
    assert calibration.of({"doubt": 0.3}) == pytest.approx(blurred[2], rel=0.01), (
        "nor is a scan of which nothing is known"
    )


def test_values_that_were_overlooked_count_among_those_that_passed() -> None:
    examples = made(4000, 1)
    missed = [replace(each, expected="甲", got="", features={}) for each in examples[:100]]
    clean, with_missed = learn(examples, "test"), learn([*examples, *missed], "test")
    assert with_missed.weights == clean.weights
    assert with_missed.wrong == clean.wrong + 100
    assert max(each.share for each in with_missed.acceptances) == 0.0


def test_labels_all_of_one_form_cannot_be_asked_about_unseen_ones() -> None:
    with pytest.raises(TooFewCasesError) as caught:
        learn([replace(each, case="1") for each in made(500, 1)], "test")
    assert "case" in caught.value.sentence()


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ({"fields": {"amount": 1000}}, "amount: int"),
        ({"fields": {"amount": None}}, "amount: NoneType"),
        ({"fields": ["amount"]}, "mapping"),
        ({}, "fields"),
    ],
)
def test_labels_that_are_no_text_are_refused(tmp_path: Path, page: dict[str, object], reason: str) -> None:
    told = {"pages": [{"file": "1.png", "form": "f", "case": "1", **page}]}
    (tmp_path / "truth.json").write_text(json.dumps(told))
    with pytest.raises(LabelsBrokenError) as caught:
        labelled_pages(tmp_path)
    assert reason in str(caught.value.evidence["reason"])


def test_the_doubt_of_a_value_is_that_of_its_most_doubtful_character() -> None:
    field = AmountField(name="total", label="合計", box=(0, 0, 10, 10))
    sure = features(field, Evidence("total", (0, 0, 10, 10), reading("120", 0.9999)), (), {})
    unsure = features(field, Evidence("total", (0, 0, 10, 10), reading("120", 0.6)), (), {})
    assert unsure["doubt"] > sure["doubt"]
    assert "doubt_amount" in sure


@pytest.mark.parametrize(("density", "doubtful"), [(0.0, False), (0.08, True), (0.12, True), (0.5, False)])
def test_a_mark_is_in_doubt_when_it_is_nearly_one(density: float, doubtful: bool) -> None:
    field = TickField(name="agreed", label="同意", box=(0, 0, 5, 5))
    evidence = Evidence("agreed", (0, 0, 5, 5), marks=(Mark("1", density, density >= 0.09),))
    assert (features(field, evidence, (), {})["faint_mark"] > 0.5) == doubtful


def test_no_value_passes_unseen_whose_error_costs_more_than_a_look_however_few_are_wrong() -> None:
    nearly_all_right = [each for number, each in enumerate(made(20000, 5)) if not each.wrong or number % 100 == 0]
    calibration = learn(nearly_all_right, "test")
    thresholds = calibration.thresholds
    said = np.array([calibration.of(each.features) for each in nearly_all_right])
    assert expected_threshold(said, 0.005) > 0.1
    assert thresholds["low"] == 0.1
    assert thresholds["high"] <= 0.005


def test_a_finding_and_a_sign_are_features_of_their_own() -> None:
    field = TickField(name="agreed", label="同意", box=(0, 0, 5, 5))
    evidence = Evidence("agreed", (0, 0, 5, 5), signs={"edge_ink": 0.5})
    found = features(field, evidence, [Finding("several-marked")], {"sharpness": 2.0})
    assert (found["sign_edge_ink"], found["finding_several-marked"], found["scan_sharpness"]) == (0.5, 1.0, 2.0)


def test_a_name_is_a_group_of_its_own() -> None:
    name = TextField(name="name", label="氏名", box=(0, 0, 10, 10), nature="name")
    free = TextField(name="reason", label="理由", box=(0, 0, 10, 10))
    empty = Evidence("name", (0, 0, 10, 10))
    assert "is_name" in features(name, empty, (), {})
    assert "is_text" in features(free, empty, (), {})
