"""Pages of a form become a case: values in order, findings where they belong, decisions by harm, personal numbers masked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from ocr.cases import OUT_OF_ORDER, group
from ocr.definition.banks import BankMaster
from ocr.definition.form import AnyField, Column, Form, Harm
from ocr.definition.load import LoadedForm
from ocr.errors import sentences
from ocr.judging import judge
from ocr.records import (
    Box,
    Case,
    Character,
    Decision,
    Evidence,
    Finding,
    Mark,
    PageReading,
    Place,
    Reading,
    Sorted,
    Verdict,
    page_to_json,
)
from ocr.values.numbers import check_digit
from ocr.values.personal import MASK, concealed
from ocr.values.typed import ILLEGIBLE

TODAY = date(2026, 11, 21)
BOX: Box = (10.0, 10.0, 20.0, 8.0)
NUMBER = f"12345678901{check_digit('12345678901')}"


def written(name: str, type_of_field: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "label": f"項目{name}", "type": type_of_field, "box": list(BOX), **more}


FRONT = [
    written("branch", "branch-code", bank="bank"),
    written("bank", "bank-code", harm="high"),
    {
        "name": "era",
        "label": "元号",
        "type": "choice",
        "options": [{"value": each, "box": BOX} for each in ("昭和", "平成")],
    },
    {"name": "born", "label": "生年月日", "type": "date", "box": BOX, "era_from": "era", "latest": "today"},
    written("kana", "kana"),
    written("holder", "kana", bank=True),
    {
        "name": "items",
        "label": "明細",
        "type": "table",
        "rows": 4,
        "row_height": 9,
        "columns": [written("item", "text", required=True), written("amount", "amount", harm="high")],
    },
    written("total", "amount", harm="high", required=True),
]
BACK = [
    written("person", "personal-number"),
    written("remark", "text"),
    written("mail", "text", review="never", required=True),
]
FORM = Form.model_validate(
    {
        "id": "claim",
        "revision": "1",
        "title": "請求書",
        "personal_number": True,
        "pages": [{"blank": "1.png", "fields": FRONT}, {"blank": "2.png", "fields": BACK}],
        "rules": [
            {"rule": "sum", "of": ["items.amount"], "equals": "total"},
            {"rule": "same-reading", "fields": ["kana", "holder"]},
        ],
    }
)
BANKS = BankMaster({"0001": "みなと銀行"}, {("0001", "123"): "本店"})
WHITE = np.full((8, 8, 3), 255, np.uint8)
LOADED = LoadedForm(FORM, (WHITE, WHITE), BANKS, "0" * 64)


@dataclass
class Doubter:
    """An estimator of known answers: the doubts given by path, 0.001 for all others; remembers what it was told."""

    doubts: Mapping[str, float] = field(default_factory=dict)
    told: dict[str, tuple[Evidence, tuple[str, ...], Mapping[str, float]]] = field(default_factory=dict)

    def p_wrong(
        self, field: AnyField | Column, evidence: Evidence, findings: Sequence[Finding], quality: Mapping[str, float]
    ) -> float:
        assert evidence.path.endswith(field.name)
        self.told[evidence.path] = evidence, tuple(finding.code for finding in findings), quality
        return self.doubts.get(evidence.path, 0.001)

    def threshold(self, harm: Harm) -> float:
        return {Harm.LOW: 0.05, Harm.NORMAL: 0.01, Harm.HIGH: 0.002}[harm]

    def signs(self, path: str) -> dict[str, float]:
        return self.told[path][0].signs


GOOD = {
    "branch": "123",
    "bank": "0001",
    "era": "昭和",
    "born": "63.4.1",
    "kana": "ショウジ",
    "holder": "シヨウジ",
    "items.1.item": "椅子",
    "items.1.amount": "¥1,000",
    "items.2.item": "机",
    "items.2.amount": "500円",
    "total": "1500",
    "person": NUMBER,
    "remark": "収入の証明",
    "mail": "同封",
}


def evidence(path: str, text: str, seconds: Mapping[str, tuple[str, float]]) -> Evidence:
    """Clear writing, but for the paths in `seconds`: their last character's second best and its own probability."""
    ink = 0.03 if text else 0.0
    if path == "era":
        return Evidence(
            path, BOX, marks=tuple(Mark(each, 0.2 if each in text else 0.0, each in text) for each in ("昭和", "平成"))
        )
    second, own = seconds.get(path, ("", 0.99))
    characters = tuple(Character(each, 0.99) for each in text[:-1]) + (
        (Character(text[-1], own, second, 0.3),) if text else ()
    )
    return Evidence(path, BOX, Reading(text, characters, free=text), ink=ink, signs={"sharpness": 0.5})


def pages(values: Mapping[str, str] = GOOD, *numbers: int, **seconds: tuple[str, float]) -> list[PageReading]:
    """Both pages, or those given, filled in."""
    found = []
    for at, number in enumerate(numbers or (1, 2), 1):
        paths = [
            path
            for each in FORM.pages[number - 1].fields
            for path in (
                [each.name] if each.type != "table" else cells(each.name, each.rows, [c.name for c in each.columns])
            )
        ]
        place = Place("claim", "1", number, (1.0, 0, 0, 0, 1, 0, 0, 0, 1), 300, 1.0)
        read = tuple(evidence(path, values.get(path, ""), seconds) for path in paths)
        found.append(
            PageReading(Sorted("pile.pdf", at, Verdict.FITS, place), read, {"page": float(number)}, "engine 1")
        )
    return found


def cells(table: str, rows: int, columns: Sequence[str]) -> list[str]:
    return [f"{table}.{row}.{column}" for row in range(1, rows + 1) for column in columns]


def judged(
    values: Mapping[str, str] = GOOD, *numbers: int, estimator: Doubter | None = None, **seconds: tuple[str, float]
) -> Case:
    return judge(LOADED, pages(values, *numbers, **seconds), 7, estimator or Doubter(), TODAY)


def codes(case: Case, path: str) -> list[str]:
    return [finding.code for finding in case.by_path()[path].findings]


def test_values_come_in_the_definitions_order_without_the_unused_rows() -> None:
    case = judged()
    assert [value.path for value in case.values] == list(GOOD)
    assert (case.form, case.revision, case.number, case.engine) == ("claim", "1", 7, "engine 1")
    assert [value.page for value in case.values][-4:] == [1, 2, 2, 2]
    assert case.findings == ()


def test_each_value_goes_out_by_its_type_with_what_stood_on_the_paper() -> None:
    found = {path: (value.raw, value.value) for path, value in judged().by_path().items()}
    assert found["items.1.amount"] == ("¥1,000", "1000")
    assert found["born"] == ("63.4.1", "1988-04-01")
    assert found["era"] == ("昭和", "昭和")
    assert found["holder"] == ("シヨウジ", "シヨウジ")


def test_a_field_that_depends_on_a_later_one_waits_for_it() -> None:
    assert codes(judged(), "branch") == []
    assert codes(judged({**GOOD, "bank": "0002"}), "branch") == ["branch-without-bank"]
    assert codes(judged({**GOOD, "era": ""}), "born") == ["date-era-unknown"]


def test_a_case_goes_to_json_and_back() -> None:
    case = judged({**GOOD, "total": "9999", "kana": "シ"}, 1)
    assert Case.from_json(json.loads(json.dumps(case.to_json()))) == case


def test_calibration_hears_what_checks_and_rules_say() -> None:
    estimator = Doubter()
    judged(estimator=estimator)
    assert estimator.signs("bank") == {"sharpness": 0.5, "master_found": 1.0}
    assert estimator.signs("total") == {"sharpness": 0.5, "rule_confirmed": 1.0}
    assert estimator.signs("items.2.amount") == {"sharpness": 0.5, "rule_confirmed": 1.0}
    assert estimator.signs("holder") == {"sharpness": 0.5, "rule_confirmed": 1.0}
    assert estimator.signs("person") == {"sharpness": 0.5, "check_passed": 1.0}
    assert estimator.told["person"][2] == {"page": 2.0}
    judged({**GOOD, "total": "1501", "bank": "77"}, estimator=estimator)
    assert estimator.signs("total") == {"sharpness": 0.5, "rule_broken": 1.0}
    assert estimator.told["total"][1] == ("sum-differs",)
    assert estimator.signs("bank") == {"sharpness": 0.5, "check_failed": 1.0}


def test_a_broken_rule_stands_at_the_case_and_at_each_field_concerned() -> None:
    case = judged({**GOOD, "total": "1501"})
    assert [finding.code for finding in case.findings] == ["sum-differs"]
    looked_at = {value.path for value in case.values if value.decision is Decision.LOOK}
    assert looked_at == {"items.1.amount", "items.2.amount", "total"}
    assert all(codes(case, path) == ["sum-differs"] for path in looked_at)


def test_where_another_reading_explains_the_sum_only_that_field_is_looked_at() -> None:
    case = judged({**GOOD, "items.1.amount": "7000", "total": "1570"})
    assert {value.path for value in case.values if value.decision is not Decision.ACCEPT} == {
        "items.1.amount",
        "items.2.amount",
        "total",
    }
    doubtful = judged({**GOOD, "total": "1507"}, total=("0", 0.6))
    assert [(finding.code, finding.paths) for finding in doubtful.findings] == [("sum-misread", ("total",))]
    assert {value.path for value in doubtful.values if value.decision is not Decision.ACCEPT} == {"total"}


def test_two_kana_fields_settle_a_doubtful_character_and_tell() -> None:
    case = judged({**GOOD, "kana": "ショウシ"}, kana=("ジ", 0.4))
    value = case.by_path()["kana"]
    assert (value.raw, value.value, value.decision) == ("ショウシ", "ショウジ", Decision.ACCEPT)
    assert [(finding.code, finding.evidence) for finding in value.findings] == [
        ("reading-repaired", {"before": "ショウシ", "after": "ショウジ"})
    ]
    assert case.findings == ()


@pytest.mark.parametrize(
    ("path", "p_wrong", "decision"),
    [
        ("remark", 0.01, Decision.ACCEPT),
        ("remark", 0.011, Decision.LOOK),
        ("remark", 0.9, Decision.LOOK),
        ("total", 0.002, Decision.ACCEPT),
        ("total", 0.003, Decision.LOOK),
        ("total", 0.3, Decision.TWO_KEYS),
        ("mail", 0.9, Decision.ACCEPT),
    ],
)
def test_who_looks_follows_from_probability_and_harm(path: str, p_wrong: float, decision: Decision) -> None:
    assert judged(estimator=Doubter({path: p_wrong})).by_path()[path].decision is decision


@pytest.mark.parametrize(
    ("review", "decision"), [("always", Decision.LOOK), ("twice", Decision.TWO_KEYS), ("never", Decision.ACCEPT)]
)
def test_the_definition_may_say_who_looks(review: str, decision: Decision) -> None:
    data = FORM.model_dump()
    data["pages"][1]["fields"][1]["review"] = review
    loaded = LoadedForm(Form.model_validate(data), (WHITE, WHITE), BANKS, "")
    assert judge(loaded, pages(), 1, Doubter(), TODAY).by_path()["remark"].decision is decision


def test_a_failed_check_is_looked_at_however_sure_the_reading_is() -> None:
    for path, text in (
        ("total", ""),
        ("person", "123456789012"),
        ("born", "63.2.30"),
        ("bank", "9999"),
        ("items.1.item", ""),
    ):
        value = judged({**GOOD, path: text}).by_path()[path]
        assert value.decision is Decision.LOOK, path
        assert value.findings


def test_what_is_only_told_is_no_reason_to_look() -> None:
    value = judged({**GOOD, "born": "64.1.8"}).by_path()["born"]
    assert (value.value, [finding.code for finding in value.findings]) == ("1989-01-08", ["date-era-over"])
    assert value.decision is Decision.ACCEPT


def test_a_field_that_is_never_reviewed_still_shows_what_was_found() -> None:
    value = judged({**GOOD, "mail": ""}).by_path()["mail"]
    assert (value.decision, [finding.code for finding in value.findings]) == (Decision.ACCEPT, ["value-missing"])


@pytest.mark.parametrize("number", [NUMBER, "123456789012", "98765", NUMBER[:11] + " " + NUMBER[11]])
def test_a_personal_number_is_masked_wherever_a_case_goes(number: str) -> None:
    case = judged({**GOOD, "person": number})
    value = case.by_path()["person"]
    assert (value.raw, value.value, value.masked) == (MASK, MASK, True)
    everything = json.dumps(case.to_json(), ensure_ascii=False)
    assert number not in everything
    assert number[:4] not in json.dumps([value.raw, value.value, [f.evidence for f in value.findings]])
    assert len(MASK) == 12
    assert not set(MASK) & set("0123456789")


def test_an_empty_personal_number_is_shown_as_empty() -> None:
    assert judged({**GOOD, "person": ""}).by_path()["person"].value == ""


@pytest.mark.parametrize("number", [NUMBER, "123456789012", "98765", ""])
def test_a_page_can_be_kept_without_its_personal_number(number: str) -> None:
    (page,) = pages({**GOOD, "person": number}, 2)
    kept = concealed(page, FORM)
    assert not number or number not in json.dumps(page_to_json(kept), ensure_ascii=False)
    person = {each.path: each for each in kept.evidence}["person"]
    assert person.reading is not None
    assert not {each.second for each in person.reading.characters} - {""}
    assert concealed(kept, FORM) == kept
    assert kept.evidence[1:] == page.evidence[1:]
    assert judge(LOADED, [kept], 1, Doubter(), TODAY) == judge(LOADED, [page], 1, Doubter(), TODAY)


def test_the_estimator_sees_no_digit_of_a_personal_number() -> None:
    estimator = Doubter()
    judged(estimator=estimator)
    reading = estimator.told["person"][0].reading
    assert reading is not None
    assert not set(f"{reading.text}{reading.free}{reading.runner_up}") & set("0123456789")
    assert reading.least == 0.99


def test_a_missing_page_is_told_and_its_fields_are_not_called_empty() -> None:
    case = judged(GOOD, 1)
    assert [(finding.code, finding.evidence) for finding in case.findings] == [("page-missing", {"page": 2})]
    assert "person" not in case.by_path()
    other = judged(GOOD, 2)
    assert [finding.code for finding in other.findings] == ["page-missing"]
    assert [value.path for value in other.values] == ["person", "remark", "mail"]


def test_what_two_scans_of_a_sheet_do_not_agree_on_is_looked_at() -> None:
    corrected = pages({**GOOD, "holder": "シヨウタ", "items.3.item": "棚", "era": "平成"}, 1)
    case = judge(LOADED, pages() + corrected, 7, Doubter(), TODAY)
    (differ,) = (finding for finding in case.findings if finding.code == "scans-differ")
    assert (differ.paths, differ.evidence) == (("era", "holder", "items.3.item"), {"page": 1})
    assert {value.path for value in case.values if value.decision is Decision.LOOK} == {"era", "holder"}


def test_a_page_scanned_twice_is_told_and_counts_once() -> None:
    case = judged(GOOD, 1, 1, 2)
    assert [(finding.code, finding.evidence) for finding in case.findings] == [("page-twice", {"page": 1})]
    assert [value.path for value in case.values] == list(GOOD)
    assert len(case.pages) == 3


def test_every_value_of_a_case_that_may_be_mixed_is_looked_at() -> None:
    others = {
        **GOOD,
        "kana": "ヤマダ",
        "holder": "ヤマダ",
        "bank": "0001",
        "total": "1500",
        "remark": "別の人",
        "person": "",
    }
    pile = [
        pages(GOOD, 1)[0],
        pages({**others, "branch": "124"}, 1)[0],
        pages(GOOD, 2)[0],
        pages({**others, "mail": "別便"}, 2)[0],
    ]
    grouped = group([LOADED], pile)
    assert [len(case) for case in grouped] == [1, 2, 1]
    for number, together in enumerate(grouped, 1):
        case = judge(LOADED, together, number, Doubter(), TODAY)
        assert OUT_OF_ORDER in [finding.code for finding in case.findings]
        assert all(value.decision is Decision.LOOK for value in case.values if value.path != "mail")


def test_a_row_with_ink_that_gave_no_character_is_no_empty_row() -> None:
    first, second = pages()
    inked = tuple(
        each if each.path != "items.3.item" else Evidence(each.path, BOX, Reading(""), ink=0.05)
        for each in first.evidence
    )
    case = judge(LOADED, [PageReading(first.sorted, inked), second], 1, Doubter(), TODAY)
    assert codes(case, "items.3.item") == ["writing-unread"]
    assert case.by_path()["items.3.amount"].value == ""


@pytest.mark.parametrize(
    ("sign", "strength", "code"),
    [
        ("strike_out", 0.4, "writing-struck-out"),
        ("red_ink", 0.03, "red-over-writing"),
        ("cells_differ", 1.0, "cells-differ"),
        ("red_ink", 0.001, ""),
        ("edge_ink", 1.0, ""),
    ],
)
def test_what_lies_over_the_writing_sends_a_value_to_a_person(sign: str, strength: float, code: str) -> None:
    """P21."""
    first, second = pages()
    marked = tuple(
        each if each.path != "kana" else replace(each, signs={**each.signs, sign: strength}) for each in first.evidence
    )
    value = judge(LOADED, [replace(first, evidence=marked), second], 1, Doubter(), TODAY).by_path()["kana"]
    assert [finding.code for finding in value.findings] == [code] * bool(code)
    assert value.decision is (Decision.LOOK if code else Decision.ACCEPT)
    assert value.value == "ショウジ"


def test_a_ditto_mark_is_never_copied_from_the_row_above() -> None:
    """P22."""
    case = judged({**GOOD, "items.2.item": "〃", "items.2.amount": "同上"})
    assert [case.by_path()[path].value for path in ("items.2.item", "items.2.amount")] == ["〃", ""]
    assert {codes(case, path)[0] for path in ("items.2.item", "items.2.amount")} == {"ditto-mark"}
    assert case.by_path()["items.2.item"].decision is Decision.LOOK


def test_today_comes_from_outside() -> None:
    late = {**GOOD, "era": "平成", "born": "38.11.21"}
    tomorrow = judge(LOADED, pages(late), 1, Doubter(), date(2026, 11, 20))
    assert "date-too-late" in codes(tomorrow, "born")
    assert "date-too-late" not in codes(judged(late), "born")


def test_every_code_that_values_and_cases_can_get_has_its_sentence() -> None:
    known = sentences("ja").keys()
    assert known == sentences("en").keys()
    values = [{**GOOD, path: text} for path, text in BROKEN]
    found = [
        finding for each in values for case in (judged(each),) for value in case.values for finding in value.findings
    ]
    assert len({finding.code for finding in found}) >= len(BROKEN) - 3
    for finding in found:
        for language in ("ja", "en"):
            assert "{" not in sentences(language)[finding.code].format(fields="", **finding.evidence)


BROKEN = [
    ("branch", "12"),
    ("branch", "999"),
    ("bank", "99999"),
    ("bank", "8888"),
    ("born", "x"),
    ("born", "63.2.30"),
    ("born", "99.1.1"),
    ("kana", "山"),
    ("items.1.amount", "一式"),
    ("items.1.amount", "▲5"),
    ("items.1.amount", "1,00"),
    ("total", ""),
    ("person", "1"),
    ("person", "123456789012"),
    ("era", "昭和平成"),
]


def said(words: Mapping[str, str | None], values: Mapping[str, str] = GOOD, **doubts: float) -> Case:
    """Judged with what people said."""
    return judge(LOADED, pages(values), 7, Doubter(doubts), TODAY, words)


@pytest.mark.parametrize(
    ("path", "word", "value"),
    [
        ("total", "￥１，５００-", "1500"),
        ("born", "昭和63年4月2日", "1988-04-02"),
        ("born", "1988-04-02", "1988-04-02"),
        ("era", "平成", "平成"),
        ("holder", "しょうじ", "シヨウジ"),
        ("remark", "", ""),
        ("total", "千五百円", "千五百円"),
        ("remark", ILLEGIBLE, ILLEGIBLE),
        ("person", None, MASK),
        ("person", ILLEGIBLE, ILLEGIBLE),
    ],
)
def test_a_persons_word_is_understood_by_the_fields_type_and_stands(path: str, word: str | None, value: str) -> None:
    found = said({path: word}, total=0.9, remark=0.9).by_path()[path]
    assert (found.value, found.p_wrong, found.decision) == (value, 0.0, Decision.ACCEPT)
    assert found.raw == judged().by_path()[path].raw, "what was read stays beside it"


def test_a_persons_word_is_looked_at_by_the_rules_as_a_reading_is() -> None:
    wrong = {**GOOD, "items.1.amount": "7000"}
    assert [finding.code for finding in judged(wrong).findings] == ["sum-differs"]
    mended = said({"items.1.amount": "1000"}, wrong)
    assert mended.findings == ()
    assert {value.decision for value in mended.values} == {Decision.ACCEPT}
    worse = said({"total": "9"})
    assert [finding.code for finding in worse.findings] == ["sum-differs"]
    assert worse.by_path()["total"].decision is Decision.ACCEPT
    assert worse.by_path()["items.1.amount"].decision is Decision.LOOK


def test_what_nobody_can_read_takes_part_in_no_rule() -> None:
    assert said({"total": ILLEGIBLE}).findings == ()


def test_what_a_person_confirmed_is_not_repaired_by_another_reading() -> None:
    read = pages({**GOOD, "kana": "ショウシ"}, kana=("ジ", 0.4))
    case = judge(LOADED, read, 7, Doubter(), TODAY, {"kana": "ショウシ"})
    assert case.by_path()["kana"].value == "ショウシ"
    assert [finding.code for finding in case.findings] == ["readings-differ"]


def test_a_month_without_a_day_may_be_typed_where_the_form_asks_for_none() -> None:
    parts = {"year": BOX, "month": (40.0, 10.0, 20.0, 8.0)}
    data = FORM.model_dump()
    data["pages"][0]["fields"][3].update(box=None, era_from="", parts=parts)
    loaded = LoadedForm(Form.model_validate(data), (WHITE, WHITE), BANKS, "")
    value = judge(loaded, pages(), 1, Doubter(), TODAY, {"born": "昭和63年4月"}).by_path()["born"]
    assert (value.value, value.findings) == ("1988-04", ())


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("給食費、医療費", "給食費、医療費"),
        ("医療費,給食費", "給食費、医療費"),
        ("本人/代理人", "本人/代理人"),
        ("給食費、医寮費", "給食費、医寮費"),
        ("本人", "本人"),
        ("", ""),
    ],
)
def test_a_word_for_several_choices_is_taken_whole_or_stays_as_typed(word: str, value: str) -> None:
    options = ("給食費", "医療費", "本人/代理人")
    data = FORM.model_dump()
    data["pages"][0]["fields"][2].update(many=True, options=[{"value": each, "box": BOX} for each in options])
    data["pages"][0]["fields"][3].update(era_from="")
    loaded = LoadedForm(Form.model_validate(data), (WHITE, WHITE), BANKS, "")
    marked = [
        replace(
            page,
            evidence=tuple(
                replace(each, marks=tuple(Mark(o, 0.0, False) for o in options)) if each.path == "era" else each
                for each in page.evidence
            ),
        )
        for page in pages()
    ]
    assert judge(loaded, marked, 1, Doubter(), TODAY, {"era": word}).by_path()["era"].value == value
