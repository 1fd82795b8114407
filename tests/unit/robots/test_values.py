"""Canonical text: every way of writing a value means the same, and the canonical text means itself."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bad.payments import PAYMENTS
from robots.columns import Column, ColumnType
from robots.errors import sentence
from robots.values import Written, canonical, canonical_text, dates
from robots.values.codepage import as_cp932_has_it, missing
from robots.values.width import half_kana

DAY = Column("day", "日", ColumnType.DATE)
YEN = Column("yen", "金額", ColumnType.AMOUNT)
NAME = Column("name", "名", longest=40, required=False)
KANA = Column("kana", "カナ", ColumnType.KANA, required=False)
LETTERS = dict(zip(dates.STARTS, "MTSHR", strict=True))


def wide(text: str) -> str:
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000})


def era(day: date) -> tuple[str, int]:
    name = next(name for name, start in reversed(dates.STARTS.items()) if day >= start)
    return name, day.year - dates.STARTS[name].year + 1


WAYS: dict[str, Callable[[date], str]] = {
    "ISO": date.isoformat,
    "slashes": lambda day: f"{day.year}/{day.month}/{day.day}",
    "full width": lambda day: wide(f"{day.year}/{day.month:02}/{day.day:02}"),
    "年月日": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "年月日 with blanks": lambda day: f"{day.year} 年 {day.month} 月 {day.day} 日",
    "weekday": lambda day: f"{day.year}年{day.month}月{day.day}日（{'月火水木金土日'[day.weekday()]}）",
    "weekday in full": lambda day: f"{day:%Y/%m/%d} {'月火水木金土日'[day.weekday()]}曜日",
    "eight digits": lambda day: f"{day:%Y%m%d}",
    "midnight": lambda day: f"{day.isoformat()} 00:00:00",
    "元号": dates.japanese,
    "元号 in full width": lambda day: wide(dates.japanese(day)),
    "letter": lambda day: f"{LETTERS[era(day)[0]]}{era(day)[1]}.{day.month}.{day.day}",
    "letter in full width": lambda day: wide(f"{LETTERS[era(day)[0]].lower()}{era(day)[1]}／{day.month}／{day.day}"),
    "letter, solid": lambda day: f"{LETTERS[era(day)[0]]}{era(day)[1]:02}{day.month:02}{day.day:02}",
    "one character": lambda day: f"{era(day)[0][0]}{era(day)[1]}-{day.month}-{day.day}",
}


@pytest.mark.parametrize("way", WAYS)
@given(day=st.dates(dates.EARLIEST, dates.LATEST).filter(lambda day: era(day)[1] < 100))
def test_every_day_in_every_way_of_writing(way: str, day: date) -> None:
    value = canonical(DAY, Written(WAYS[way](day)))
    assert (value.text, value.refused) == (day.isoformat(), False), WAYS[way](day)


@given(st.dates(date(1990, 1, 1), date(2049, 12, 31)), st.sampled_from([date(1899, 12, 30), date(1904, 1, 1)]))
def test_a_serial_is_understood_or_refused_but_never_taken_for_another_day(day: date, epoch: date) -> None:
    value = canonical(DAY, Written(str((day - epoch).days), number=True, epoch=epoch))
    assert value.refused or value.text == day.isoformat()


def test_a_serial_of_these_years_is_never_taken_for_one_of_an_era() -> None:
    day = date(2019, 5, 1)
    while day.year < 2036:
        serial = (day - date(1899, 12, 30)).days
        assert canonical(DAY, Written(str(serial), number=True)).text == day.isoformat()
        day += timedelta(days=1)


def test_a_number_that_may_be_a_year_month_and_day_of_an_era_is_refused() -> None:
    for year in range(1, 10):
        for month in range(1, 13):
            for day in range(1, 32):
                assert canonical(DAY, Written(f"{year}{month:02}{day:02}", number=True)).refused


@pytest.mark.parametrize("first", [start for start in dates.STARTS.values() if start > dates.EARLIEST])
def test_the_days_at_the_border_of_an_era(first: date) -> None:
    last = first - timedelta(days=1)
    before, after = era(last)[0], era(first)[0]
    over = f"{before}{era(last)[1]}年{first.month}月{first.day}日"
    assert canonical(DAY, Written(over)).text == first.isoformat()
    assert canonical(DAY, Written(over)).remarks[0].code == "date-era-over"
    assert canonical(DAY, Written(f"{after}元年{last.month}月{last.day}日")).remarks[0].code == "date-before-era"


@given(st.integers(-(10**14), 10**14))
def test_amounts_in_every_way_of_writing(yen: int) -> None:
    bare = f"{abs(yen):,}"
    ways = [str(yen), f"{yen:,}", wide(str(yen)), wide(f"{yen:,}")]
    if yen < 0:
        ways += [
            f"▲{bare}",
            f"△{bare}円",
            f"({bare})",
            wide(f"({bare})"),
            f"－{wide(bare)}",
            f"-¥{bare}",
            f"¥-{bare}",
            f"−{bare}",
        ]
    else:
        ways += [f"{bare}円", f"￥{bare}", f"¥{bare}-", f"金{bare}円也", f"\\{bare}", f" {bare} 円", f"{bare}円-"]
    for way in ways:
        value = canonical(YEN, Written(way))
        assert (value.text, value.refused) == (str(yen), False), way


@given(st.text(alphabet="0123456789,.-▲()円¥", max_size=9))
def test_an_amount_that_is_understood_has_the_digits_that_were_written(text: str) -> None:
    value = canonical(Column("yen", "金額", ColumnType.AMOUNT, required=False), Written(text))
    if value.text:
        digits = re.sub(r"\.0*(?=\D*$)", "", text)
        assert value.text.removeprefix("-").lstrip("0") == re.sub(r"\D", "", digits).lstrip("0")


@given(st.sampled_from(PAYMENTS.columns), st.text(max_size=40))
def test_canonical_text_is_its_own_canonical_text(column: Column, text: str) -> None:
    value = canonical(column, Written(text))
    if not value.refused:
        again = canonical(column, Written(value.text))
        assert (again.text, again.refused) == (value.text, False)
        assert not [remark for remark in again.remarks if remark.code.startswith(("amount", "date", "digits"))]


@given(st.sampled_from(PAYMENTS.columns), st.text(max_size=40), st.booleans())
def test_whatever_stands_in_a_cell_has_an_answer_that_can_be_said_and_stored(
    column: Column, text: str, number: bool
) -> None:
    value = canonical(column, Written(text, number=number))
    if not value.refused:
        assert value.text.encode("cp932").decode("cp932") == value.text
    for remark in value.remarks:
        for language in ("ja", "en"):
            assert sentence(f"findings.{remark.code}", language, dict(remark.evidence)).encode()


@pytest.mark.parametrize("name", ["髙﨑", "\ufa10\ufa19\ufa1b", "神﨑～～", "ｶﾅ", "㈱", "①", "Ⅲ", "∥￢￠"])
def test_names_stay_as_they_are(name: str) -> None:
    assert canonical(NAME, Written(name)).text == name


def test_what_the_code_page_holds_comes_back_from_it() -> None:
    held = [sign for code in range(0x20, 0x10000) if not 0xD800 <= code < 0xE000 and not missing(sign := chr(code))]
    assert len(held) > 9000
    for sign in map(as_cp932_has_it, held):
        assert sign.encode("cp932").decode("cp932") == sign


@pytest.mark.parametrize(
    ("text", "bank"),
    [("カブシキガイシャ　デジラボ", "ｶﾌﾞｼｷｶﾞｲｼﾔ ﾃﾞｼﾞﾗﾎﾞ"), ("ヴィーナス", "ｳﾞｲ-ﾅｽ"), ("ぱぴぷぺぽ", "ﾊﾟﾋﾟﾌﾟﾍﾟﾎﾟ"), ("ﾃﾞ-ﾀ・ｾﾝﾀｰ", "ﾃﾞ-ﾀ.ｾﾝﾀ-"),
     ("abc（カ", "ABC(ｶ"), ("が\u3000き", "ｶﾞ ｷ"), ("か\u3099", "ｶﾞ"), ("ヲノ", "ｦﾉ"), ("ﾔﾏﾀﾞ  ﾊﾅｺ", "ﾔﾏﾀﾞ ﾊﾅｺ")],
)  # fmt: skip
def test_kana_as_banks_write_them(text: str, bank: str) -> None:
    assert canonical(KANA, Written(text)).text == bank


def test_half_width_kana_stay_half_width_kana() -> None:
    assert half_kana("ｱｲｳﾞﾟ") == "ｱｲｳﾞﾟ"


def test_what_a_screen_shows_is_read_by_the_same_rules() -> None:
    assert canonical_text(YEN, "12,345") == "12345"
    assert canonical_text(DAY, "2026/11/30") == "2026-11-30"
    assert canonical_text(YEN, " 読めない ") == "読めない"
