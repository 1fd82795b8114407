"""Rules across the fields of a form: what breaks them, what they confirm, and when they say nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.definition.form import Form
from ocr.errors import sentences
from ocr.values.rules import Answers, Verdict, judge

BOX = [10, 10, 20, 8]


def written(name: str, type_of_field: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "label": f"項目{name}", "type": type_of_field, "box": BOX, **more}


ITEMS: dict[str, Any] = {
    "name": "items",
    "label": "明細",
    "type": "table",
    "rows": 5,
    "row_height": 8,
    "least_rows": 1,
    "columns": [
        written("quantity", "digits"),
        written("price", "amount"),
        written("amount", "amount"),
        written("kana", "kana"),
        written("holder", "kana"),
        written("day", "date"),
        written("until", "date"),
        written("done", "tick"),
        written("remark", "text"),
    ],
}
FIELDS = [
    ITEMS,
    written("total", "amount"),
    written("fee", "amount"),
    written("sum", "amount"),
    written("kana", "kana"),
    written("holder", "kana"),
    written("start", "date"),
    written("end", "date"),
    written("yes", "tick"),
    written("no", "tick"),
    written("other", "text"),
    {
        "name": "kind",
        "label": "種別",
        "type": "choice",
        "options": [{"value": "新規", "box": BOX}, {"value": "変更", "box": BOX}],
    },
    {
        "name": "wishes",
        "label": "希望",
        "type": "choice",
        "many": True,
        "options": [{"value": "給食費", "box": BOX}, {"value": "医療費", "box": BOX}],
    },
]


def form(*rules: dict[str, Any], fields: list[dict[str, Any]] = FIELDS) -> Form:
    return Form.model_validate(
        {"id": "f", "revision": "1", "title": "様式", "pages": [{"blank": "b.png", "fields": fields}], "rules": rules}
    )


def answered(rule: dict[str, Any], values: dict[str, str], **more: Any) -> Verdict:
    """The verdict when these fields are filled in and all others are empty."""
    the_form = form(rule)
    rows = tuple(sorted({int(path.split(".")[1]) for path in values if path.startswith("items.")}))
    plain = {field.name: "" for field in the_form.fields() if field.name != "items"}
    cells = {f"items.{row}.{column['name']}": "" for row in rows for column in ITEMS["columns"]}
    return judge(Answers(the_form, {**plain, **cells, **values}, rows={"items": rows or (1,)}, **more))


def codes(verdict: Verdict) -> list[str]:
    return [finding.code for finding in verdict.findings]


SUM = {"rule": "sum", "of": ["items.amount", "fee"], "equals": "sum"}
ROW_SUM = {"rule": "sum", "of": ["items.price", "items.quantity"], "equals": "items.amount"}
PRODUCT = {"rule": "product", "of": ["items.quantity", "items.price"], "equals": "items.amount"}


@given(st.lists(st.integers(-(10**6), 10**9), min_size=1, max_size=5), st.integers(0, 10**6))
def test_parts_that_add_up_confirm_each_other(parts: list[int], fee: int) -> None:
    values = {f"items.{row}.amount": str(part) for row, part in enumerate(parts, 1)}
    verdict = answered(SUM, {**values, "fee": str(fee), "sum": str(sum(parts) + fee)})
    assert verdict == Verdict(confirmed=(*values, "fee", "sum"))


@given(st.integers(-(10**6), 10**6).filter(bool))
def test_a_wrong_total_is_told_with_its_difference(difference: int) -> None:
    values = {"items.1.amount": "1000", "items.2.amount": "200", "sum": str(1200 + difference)}
    verdict = answered(SUM, values)
    assert verdict.confirmed == ()
    (finding,) = verdict.findings
    assert (finding.code, finding.paths) == ("sum-differs", ("items.1.amount", "items.2.amount", "sum"))
    assert finding.evidence == {"result": 1200, "stated": 1200 + difference, "difference": difference}


def test_a_field_whose_other_reading_makes_the_sum_come_out_is_the_one_to_look_at() -> None:
    values = {"items.1.amount": "1000", "items.2.amount": "700", "fee": "50", "sum": "1150"}
    others = {"items.2.amount": ("780", "100"), "items.1.amount": ("7000",), "fee": ("60",)}
    (finding,) = answered(SUM, values, others=others).findings
    assert (finding.code, finding.paths) == ("sum-misread", ("items.2.amount",))
    (finding,) = answered(SUM, {**values, "sum": "1750", "fee": "90"}, others={"sum": ("1790",)}).findings
    assert (finding.code, finding.paths) == ("sum-misread", ("sum",))


def test_of_several_explanations_none_is_taken() -> None:
    values = {"items.1.amount": "1000", "items.2.amount": "1000", "sum": "2700"}
    others = {"items.1.amount": ("1700",), "items.2.amount": ("1700",)}
    (finding,) = answered(SUM, values, others=others).findings
    assert (finding.code, finding.paths) == ("sum-differs", ("items.1.amount", "items.2.amount"))


def test_an_empty_total_is_told_and_an_empty_form_is_not() -> None:
    assert codes(answered(SUM, {"items.1.amount": "5", "sum": ""})) == ["sum-missing"]
    assert answered(SUM, {"items.1.amount": "", "sum": ""}) == Verdict()


def test_a_sum_with_an_unread_part_says_nothing() -> None:
    values = {"items.1.amount": "1000", "items.2.amount": "", "sum": "5000"}
    assert answered(SUM, values, unread=frozenset({"items.2.amount"})) == Verdict()
    assert answered(SUM, {**values, "items.1.amount": "1x"}) == Verdict()


def test_a_sum_over_a_missing_page_says_nothing() -> None:
    values = {"fee": "50", "sum": "5000"}
    assert judge(Answers(form(SUM), values, rows={})) == Verdict()
    assert judge(Answers(form({"rule": "sum", "of": ["fee"], "equals": "total"}), values, rows={})) == Verdict()


def test_columns_are_calculated_row_by_row() -> None:
    values = {
        "items.1.quantity": "3",
        "items.1.price": "100",
        "items.1.amount": "300",
        "items.3.quantity": "2",
        "items.3.price": "100",
        "items.3.amount": "300",
    }
    verdict = answered(PRODUCT, values)
    assert verdict.confirmed == ("items.1.quantity", "items.1.price", "items.1.amount")
    assert [finding.code for finding in verdict.findings if finding.code != "row-empty-between"] == ["product-differs"]
    assert verdict.findings[0].paths == ("items.3.quantity", "items.3.price", "items.3.amount")
    assert answered(ROW_SUM, {"items.1.quantity": "3", "items.1.price": "100", "items.1.amount": "103"}).findings == ()


def test_a_row_without_a_factor_is_no_product() -> None:
    assert answered(PRODUCT, {"items.1.quantity": "1", "items.1.amount": "5000"}) == Verdict()
    missing = answered(PRODUCT, {"items.1.quantity": "2", "items.1.price": "50"})
    assert [(finding.code, finding.paths) for finding in missing.findings] == [("product-missing", ("items.1.amount",))]


def test_a_misread_factor_is_found_by_its_product() -> None:
    values = {"items.1.quantity": "7", "items.1.price": "450", "items.1.amount": "450"}
    (finding,) = answered(PRODUCT, values, others={"items.1.quantity": ("1",)}).findings
    assert (finding.code, finding.paths) == ("product-misread", ("items.1.quantity",))


ORDER = {"rule": "date-order", "earlier": "start", "later": "end"}


@pytest.mark.parametrize(
    ("start", "end", "strict", "wrong"),
    [
        ("2026-04-01", "2026-04-02", False, False),
        ("2026-04-01", "2026-04-01", False, False),
        ("2026-04-01", "2026-04-01", True, True),
        ("2026-04-02", "2026-04-01", False, True),
        ("2026-04", "2026-04-01", False, False),
        ("2026-05", "2026-04-30", False, True),
        ("", "2026-04-01", False, False),
    ],
)
def test_dates_in_the_wrong_order_are_told(start: str, end: str, strict: bool, wrong: bool) -> None:
    verdict = answered({**ORDER, "strict": strict}, {"start": start, "end": end})
    assert codes(verdict) == ["dates-out-of-order"] * wrong


def test_dates_of_a_table_are_compared_within_their_row() -> None:
    rule = {"rule": "date-order", "earlier": "items.day", "later": "items.until"}
    values = {
        "items.1.day": "2026-04-01",
        "items.1.until": "2026-04-02",
        "items.2.day": "2026-04-03",
        "items.2.until": "2026-04-02",
    }
    (finding,) = answered(rule, values).findings
    assert finding.paths == ("items.2.day", "items.2.until")


READING = {"rule": "same-reading", "fields": ["kana", "holder"]}


def test_two_readings_of_one_name_confirm_each_other() -> None:
    assert answered(READING, {"kana": "ショウジ キョウコ", "holder": "シヨウジキヨウコ"}).confirmed == (
        "kana",
        "holder",
    )


def test_two_readings_that_differ_are_told() -> None:
    (finding,) = answered(READING, {"kana": "ショウジ", "holder": "シヨウシ"}).findings
    assert (finding.code, finding.paths) == ("readings-differ", ("kana", "holder"))
    assert answered(READING, {"kana": "ショウジ"}) == Verdict()


@pytest.mark.parametrize(
    ("rule", "filled", "code"),
    [
        ("exactly-one", 0, "chosen-none"),
        ("exactly-one", 1, ""),
        ("exactly-one", 2, "chosen-several"),
        ("at-least-one", 0, "chosen-none"),
        ("at-least-one", 2, ""),
        ("at-most-one", 0, ""),
        ("at-most-one", 2, "chosen-several"),
    ],
)
def test_of_some_fields_as_many_are_filled_in_as_the_rule_says(rule: str, filled: int, code: str) -> None:
    verdict = answered({"rule": rule, "fields": ["yes", "no", "other"]}, dict.fromkeys(["no", "other"][:filled], "1"))
    assert codes(verdict) == [code] * bool(code)
    if filled:
        assert all(set(finding.paths) == {"no", "other"} for finding in verdict.findings)


def test_unread_writing_counts_as_filled_in() -> None:
    rule = {"rule": "at-least-one", "fields": ["yes", "other"]}
    assert answered(rule, {}, unread=frozenset({"other"})) == Verdict()


def test_what_another_field_asks_for_must_be_there() -> None:
    rule = {"rule": "required-with", "when": "yes", "fields": ["other", "start"]}
    (finding,) = answered(rule, {"yes": "1", "start": "2026-04-01"}).findings
    assert (finding.code, finding.paths, finding.evidence) == ("required-with", ("other",), {"when": "項目yes"})
    assert answered(rule, {"yes": "1", "start": "2026-04-01", "other": "x"}) == Verdict()
    assert answered(rule, {}) == Verdict()


def test_a_field_may_be_asked_for_by_one_choice_only() -> None:
    rule = {"rule": "required-with", "when": "kind", "equals": "変更", "fields": ["other"]}
    assert codes(answered(rule, {"kind": "変更"})) == ["required-with"]
    assert answered(rule, {"kind": "新規"}) == Verdict()


@pytest.mark.parametrize(("chosen", "found"), [("給食費、医療費", ["required-with"]), ("給食費", []), ("", [])])
def test_a_field_may_be_asked_for_by_one_of_several_choices(chosen: str, found: list[str]) -> None:
    rule = {"rule": "required-with", "when": "wishes", "equals": "医療費", "fields": ["other"]}
    assert codes(answered(rule, {"wishes": chosen})) == found


def test_a_table_has_its_least_rows_and_no_gap() -> None:
    def rows(*used: int) -> list[tuple[str, dict[str, Any]]]:
        found = judge(Answers(form(fields=[{**ITEMS, "least_rows": 2}]), {}, rows={"items": used})).findings
        return [(finding.code, finding.evidence) for finding in found]

    assert rows(1, 2) == []
    assert rows(1) == [("rows-too-few", {"rows": 1, "least": 2})]
    assert rows(1, 2, 4) == [("row-empty-between", {"row": 3})]
    assert rows() == [("rows-too-few", {"rows": 0, "least": 2})]
    assert judge(Answers(form(), {}, rows={})) == Verdict()


def test_every_finding_of_a_rule_has_its_sentence_in_both_languages() -> None:
    broken = [
        answered(SUM, {"items.1.amount": "1", "sum": "2"}),
        answered(SUM, {"items.1.amount": "1", "sum": "2"}, others={"sum": ("1",)}),
        answered(SUM, {"items.1.amount": "1", "items.3.amount": "1"}),
        answered(ORDER, {"start": "2026-04-02", "end": "2026-04-01"}),
        answered(READING, {"kana": "ア", "holder": "イ"}),
        answered({"rule": "exactly-one", "fields": ["yes", "no"]}, {"yes": "1", "no": "1"}),
        answered({"rule": "required-with", "when": "yes", "fields": ["no"]}, {"yes": "1"}),
    ]
    for finding in (finding for verdict in broken for finding in verdict.findings):
        for language in ("ja", "en"):
            said = sentences(language)[finding.code].format(fields="欄", **finding.evidence)
            assert "{" not in said
