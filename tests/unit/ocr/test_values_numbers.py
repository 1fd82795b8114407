"""Amounts, codes and telephone numbers: one way of writing for each, and a reason for what is none."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ocr.definition.banks import BankMaster
from ocr.definition.form import Column, PersonalNumberField
from ocr.errors import sentences
from ocr.records import Evidence, Reading
from ocr.values import numbers
from ocr.values.alphabets import alphabet
from ocr.values.amounts import amount
from ocr.values.parse import filled, parse
from ocr.values.parsed import Parsed, Surroundings
from ocr.values.personal import MASK
from ocr.values.width import narrow

BOX = (10.0, 10.0, 60.0, 8.0)
COLUMN: TypeAdapter[Column] = TypeAdapter(Column)
BANKS = BankMaster({"0001": "みなと銀行", "9900": "ゆうびん"}, {("0001", "123"): "本店", ("9900", "018"): "〇一八"})


def read(type_of_field: str, written: str, values: dict[str, str] | None = None, **more: Any) -> Parsed:
    field = COLUMN.validate_python({"name": "x", "label": "欄", "type": type_of_field, "box": BOX, **more})
    around = Surroundings("x", date(2026, 11, 21), BANKS, values or {})
    return parse(field, Evidence("x", BOX, reading=Reading(written)), around)


def codes(parsed: Parsed) -> list[str]:
    return [finding.code for finding in parsed.findings]


def full_width(text: str) -> str:
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}).replace("¥", "￥")


WAYS = ["{:d}", "{:,}", "¥{:,}", "¥{:d}", "{:,}円", "¥{:,}円", "¥{:,}-", "金{:,}円也", "¥ {:,} -", "¥{:,}.-", "\\{:,}"]
LESS = ["▲{:,}", "△{:,}", "-{:,}", "▲¥{:,}", "¥▲{:d}", "(¥{:,})", "({:,}円)", "−{:,}", "¥-{:,}", "▲{:,}円"]


@given(st.integers(0, 10**12), st.sampled_from(WAYS), st.booleans())
def test_an_amount_is_understood_however_it_is_written(yen: int, way: str, wide: bool) -> None:
    written = way.format(yen)
    assert amount(full_width(written) if wide else written) == (yen, True)


@given(st.integers(1, 10**12), st.sampled_from(LESS), st.booleans())
def test_an_amount_below_nothing_is_understood_however_it_is_written(yen: int, way: str, wide: bool) -> None:
    """X12."""
    written = way.format(yen)
    assert amount(full_width(written) if wide else written) == (-yen, True)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "円",
        "¥",
        "一式",
        "1,000円2",
        "▲-1",
        "--1",
        "(-1)",
        "1-2",
        "12a",
        "¥¥1",
        "1(2)",
        "-000",
        "一000",
        "▲0",
        "9" * 5000,
    ],
)
def test_what_is_no_amount_is_not_guessed(written: str) -> None:
    assert amount(written) is None


@pytest.mark.parametrize("written", ["1,00", "10,00", "1,0000", "1000,000", "1,23,456", "1,000,", "¥1,000."])
def test_commas_in_the_wrong_place_are_a_sign_of_a_lost_digit(written: str) -> None:
    assert codes(read("amount", written)) == ["amount-commas"]


def test_a_negative_amount_is_shown_as_understood_or_refused() -> None:
    allowed = read("amount", "▲１，０００", negative=True)
    assert (allowed.value, codes(allowed), "check_failed" in allowed.signs) == ("-1000", ["amount-understood"], False)
    assert allowed.findings[0].evidence == {"value": -1000}
    refused = read("amount", "▲1,000")
    assert (refused.value, codes(refused)) == ("-1000", ["amount-negative"])


def test_an_amount_keeps_to_the_fields_limits() -> None:
    assert read("amount", "¥100円", least=100, most=200) == Parsed("100")
    assert codes(read("amount", "¥99", least=100, most=200)) == ["amount-too-small"]
    assert codes(read("amount", "201", least=100, most=200)) == ["amount-too-large"]


def test_leading_zeros_of_digits_stay_and_those_of_amounts_go() -> None:
    assert read("digits", "００１２").value == "0012"
    assert read("amount", "0012").value == "12"
    assert codes(read("digits", "12a")) == ["digits-foreign"]


def test_more_digits_than_cells_cannot_be() -> None:
    assert codes(read("digits", "12345", cells=4)) == ["value-length"]
    assert codes(read("digits", "1234", cells=4)) == []


@given(
    st.from_regex(r"[0-9]{7}", fullmatch=True), st.sampled_from(["", "-", "−", "ー", "－"]), st.sampled_from(["", "〒"])
)
def test_a_postal_code_is_written_in_one_way(digits: str, hyphen: str, mark: str) -> None:
    for written in (f"{mark}{digits[:3]}{hyphen}{digits[3:]}", full_width(f"{mark}{digits[:3]} {hyphen} {digits[3:]}")):
        assert read("postal-code", written) == Parsed(f"{digits[:3]}-{digits[3:]}")


@pytest.mark.parametrize("written", ["123-456", "12-34567", "1234-567", "12345678", "123--4567"])
def test_what_is_no_postal_code_is_told(written: str) -> None:
    assert codes(read("postal-code", written)) == ["postal-code-length"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0312345678", "0312345678"),
        ("03-1234-5678", "03-1234-5678"),
        ("(03)1234-5678", "03-1234-5678"),
        ("０３（１２３４）５６７８", "03-1234-5678"),
        ("03 1234 5678", "0312345678"),
        ("090ー1234ー5678", "090-1234-5678"),
        ("050-1234-5678", "050-1234-5678"),
        ("0120-123-456", "0120-123-456"),
        ("0120-12-3456", "0120-12-3456"),
        ("0800-123-4567", "0800-123-4567"),
        ("01267-2-3456", "01267-2-3456"),
        ("0467-12-3456", "0467-12-3456"),
    ],
)
def test_a_domestic_telephone_number_keeps_its_hyphens(written: str, value: str) -> None:
    parsed = read("telephone", written)
    assert (parsed.value, parsed.findings, parsed.signs) == (value, (), {"check_passed": 1.0})


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1234-5678", "telephone-without-area-code"),
        ("03-1234-567", "telephone-impossible"),
        ("090-1234-567", "telephone-impossible"),
        ("090-123-45678", "telephone-grouping"),
        ("03-12345-678", "telephone-grouping"),
        ("00-1234-5678", "telephone-impossible"),
        ("0", "telephone-impossible"),
        ("93-1234-5678", "telephone-impossible"),
        ("電話なし", "telephone-unreadable"),
        ("0-3-1-2345678", "telephone-grouping"),
    ],
)
def test_an_impossible_telephone_number_is_told_by_its_reason(written: str, code: str) -> None:
    assert codes(read("telephone", written)) == [code]


def test_a_bank_and_its_branch_are_looked_up_in_the_master() -> None:
    assert read("bank-code", "0001") == Parsed("0001", signs={"master_found": 1.0})
    assert codes(read("bank-code", "0002")) == ["bank-unknown"]
    assert codes(read("bank-code", "001")) == ["bank-code-length"]
    assert read("branch-code", "123", {"bank": "0001"}, bank="bank").signs == {"master_found": 1.0}
    unknown = read("branch-code", "018", {"bank": "0001"}, bank="bank")
    assert codes(unknown) == ["branch-unknown"]
    assert unknown.findings[0].evidence["bank"] == "みなと銀行"
    assert codes(read("branch-code", "018", {"bank": "0777"}, bank="bank")) == ["branch-without-bank"]
    assert codes(read("branch-code", "18")) == ["branch-code-length"]


def test_a_branch_in_a_table_belongs_to_the_bank_of_its_row() -> None:
    field = COLUMN.validate_python(
        {"name": "branch", "label": "支店", "type": "branch-code", "box": BOX, "bank": "bank"}
    )
    values = {"payees.1.bank": "0001", "payees.2.bank": "9900", "bank": "0001"}
    parsed = [
        parse(
            field,
            Evidence(f"payees.{row}.branch", BOX, reading=Reading("018")),
            Surroundings(f"payees.{row}.branch", date(2026, 11, 21), BANKS, values),
        )
        for row in (1, 2)
    ]
    assert [codes(each) for each in parsed] == [["branch-unknown"], []]


def test_without_a_master_codes_are_only_counted() -> None:
    field = COLUMN.validate_python({"name": "x", "label": "欄", "type": "bank-code", "box": BOX})
    parsed = parse(field, Evidence("x", BOX, reading=Reading("7777")), Surroundings("x", date(2026, 11, 21)))
    assert parsed == Parsed("7777")


@given(st.from_regex(r"[0-9]{1,7}", fullmatch=True))
def test_an_account_number_gets_its_leading_zeros(digits: str) -> None:
    value = read("account-number", full_width(digits)).value
    assert len(value) == 7
    assert int(value) == int(digits)


def test_an_account_number_has_seven_digits_at_most() -> None:
    assert codes(read("account-number", "12345678")) == ["account-number-length"]


def reference_check_digit(eleven: str) -> int:
    """第5条 written out: weights 2–7 for the last six digits, 2–6 for the five before them."""
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    remainder = sum(int(digit) * weight for digit, weight in zip(eleven, weights, strict=True)) % 11
    return 0 if remainder in (0, 1) else 11 - remainder


ELEVEN = st.from_regex(r"[0-9]{11}", fullmatch=True)


@given(ELEVEN)
def test_the_check_digit_of_a_personal_number_is_the_ordinances(eleven: str) -> None:
    assert numbers.check_digit(eleven) == reference_check_digit(eleven)


def personal(written: str) -> Parsed:
    field = PersonalNumberField(name="x", label="個人番号", type="personal-number", box=BOX)
    return parse(field, Evidence("x", BOX, reading=Reading(written)), Surroundings("x", date(2026, 11, 21)))


@given(ELEVEN, st.integers(0, 10), st.integers(1, 9))
def test_one_misread_digit_of_a_personal_number_is_found(eleven: str, place: int, by: int) -> None:
    whole = f"{eleven}{numbers.check_digit(eleven)}"
    assert personal(f"{whole[:4]} {whole[4:8]}-{whole[8:]}") == Parsed(MASK, signs={"check_passed": 1.0})
    changed = whole[:place] + str((int(whole[place]) + by) % 10) + whole[place + 1 :]
    # Remainders 0 and 1 share the digit 0: the only misreadings that pass.
    if {weighed(whole), weighed(changed)} != {0, 1}:
        assert codes(personal(changed)) == ["personal-number-check-digit"]


def weighed(number: str) -> int:
    return (
        sum(int(digit) * weight for digit, weight in zip(number, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=False)) % 11
    )


def test_a_finding_about_a_personal_number_tells_none_of_its_digits() -> None:
    for written in ("123456789012", "12345", "1234567890123"):
        parsed = personal(written)
        (finding,) = parsed.findings
        assert parsed.value == MASK
        said = sentences("ja")[finding.code].format(**finding.evidence)
        assert not set(str(finding.evidence)) & set("0123456789")
        assert "123" not in said


@pytest.mark.parametrize(
    ("type_of_field", "examples"),
    [
        ("amount", "¥1,234円-▲"),
        ("digits", "0123456789"),
        ("telephone", "(03)1234-5678"),
        ("postal-code", "〒123-4567"),
        ("date", "令和元年5月1日R8.4.1/-昭大明平SHTM"),
        ("kana", "ヴァーッ・ン ヶ"),
        ("account-number", "1234567"),
    ],
)
def test_an_alphabet_holds_what_its_type_is_written_with_and_no_twins(type_of_field: str, examples: str) -> None:
    field = COLUMN.validate_python({"name": "x", "label": "欄", "type": type_of_field, "box": BOX})
    allowed = alphabet(field)
    assert allowed is not None
    assert set(examples) <= allowed
    assert all(narrow(character) == character for character in allowed - {"・"})


def test_a_fields_own_alphabet_narrows_what_its_type_allows() -> None:
    own = COLUMN.validate_python({"name": "x", "label": "欄", "type": "digits", "box": BOX, "alphabet": "0-3９A"})
    assert alphabet(own) == frozenset("0123")
    free = COLUMN.validate_python({"name": "x", "label": "欄", "type": "text", "box": BOX, "alphabet": "ァ-ヶー-"})
    assert alphabet(free) == frozenset(map(chr, range(ord("ァ"), ord("ヶ") + 1))) | frozenset("ー-")
    assert alphabet(COLUMN.validate_python({"name": "x", "label": "欄", "type": "text", "box": BOX})) is None


def test_an_alphabet_that_runs_backwards_is_refused() -> None:
    backwards = COLUMN.validate_python({"name": "x", "label": "欄", "type": "digits", "box": BOX, "alphabet": "9-0"})
    with pytest.raises(ValueError, match="backwards"):
        alphabet(backwards)


@pytest.mark.parametrize(("free", "found"), [("無", ["writing-unread"]), ("・", []), ("ー", []), ("", [])])
def test_a_letter_that_the_field_has_no_use_for_is_unread_writing_however_little_ink_it_is(
    free: str, found: list[str]
) -> None:
    field = COLUMN.validate_python({"name": "x", "label": "欄", "type": "amount", "box": BOX})
    evidence = Evidence("x", BOX, Reading("", free=free), ink=0.001)
    parsed = parse(field, evidence, Surroundings("x", date(2026, 11, 21)))
    assert (parsed.value, codes(parsed), filled(field, evidence)) == ("", found, bool(found))
