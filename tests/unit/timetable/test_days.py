"""The city's own days from csv: taken as a whole, or every fault told with file and line."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digilab.errors import DaysWrongError
from digilab.language import LANGUAGES
from digilab.timetable.calendar import OwnDay
from digilab.timetable.days import MOST_BYTES, MOST_FAULTS, day_of, read_days

FOUNDING = date(2026, 11, 27)


def refused(*files: tuple[str, bytes]) -> str:
    with pytest.raises(DaysWrongError) as error:
        read_days(files)
    for language in LANGUAGES:
        assert len(error.value.sentence(language).splitlines()) > 1
    return error.value.sentence("ja")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_days_are_read_in_the_encodings_of_the_house(encoding: str, ending: str) -> None:
    text = ending.join(["日付,名称,開庁", "2026-11-27,創立記念日", "", "2026/12/29,年末窓口,開庁", "2026-12-30,,", ""])
    text = text.replace("2026-12-30,,", "2026-12-30,休庁,閉庁")
    assert read_days([("days.csv", text.encode(encoding))]) == {
        FOUNDING: OwnDay("創立記念日"),
        date(2026, 12, 29): OwnDay("年末窓口", open=True),
        date(2026, 12, 30): OwnDay("休庁"),
    }


def test_the_cabinet_offices_list_is_read_as_it_stands() -> None:
    text = "国民の祝日・休日月日,国民の祝日・休日名称\r\n2027/1/1,元日\r\n2027/1/11,成人の日\r\n"
    assert list(read_days([("syukujitsu.csv", text.encode("cp932"))])) == [date(2027, 1, 1), date(2027, 1, 11)]


def test_several_files_are_one_calendar() -> None:
    days = read_days([("a.csv", "2026-11-27,創立記念日".encode()), ("b.csv", "2026-12-28,休庁".encode())])
    assert list(days) == [FOUNDING, date(2026, 12, 28)]


def test_the_same_day_may_stand_twice_but_not_open_and_closed() -> None:
    twice = ("a.csv", "2026-11-27,創立記念日\n2026-11-27,記念日".encode())
    assert read_days([twice]) == {FOUNDING: OwnDay("創立記念日")}
    told = refused(twice, ("b.csv", "2026-11-27,臨時開庁,開庁".encode()))
    assert "b.csv の1行目" in told
    assert "a.csv 1" in told


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-27",
        "2026/11/27",
        "2026.11.27",
        "20261127",
        "2026年11月27日",
        "令和8年11月27日",
        "R8.11.27",
        "Ｒ８/１１/２７",
    ],
)
def test_a_day_is_read_however_a_city_writes_it(written: str) -> None:
    assert day_of(written) == FOUNDING


@pytest.mark.parametrize(
    "written",
    ["2026-02-29", "2026-13-01", "26-11-27", "11/27", "46353", "", "令和八年", "9999-01-01", "2026-11-27 0:00"],
)
def test_what_is_no_day_is_none(written: str) -> None:
    assert day_of(written) is None


def test_the_first_year_of_an_era() -> None:
    assert day_of("令和元年5月1日") == date(2019, 5, 1)
    assert day_of("平成31年4月30日") == date(2019, 4, 30)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("2026-11-27,創立記念日\n2026-02-30,誤り", "2行目: 日付「2026-02-30」"),
        ("日付,名称\n2026-11-27", "2行目: 項目が1個"),
        ("2026-11-27,あ,開庁,い", "1行目: 項目が4個"),
        ("2026-11-27,", "1行目: 名称"),
        ("2026-11-27," + "あ" * 121, "1行目: 名称"),
        ("2026-11-27,窓口,たぶん", "1行目: 3番目の項目「たぶん」"),
        ('2026-11-27,"窓口', "引用符"),
        ("", "日付が一つもありません"),
        ("日付,名称\n", "日付が一つもありません"),
    ],
)
def test_every_fault_names_file_and_line(content: str, words: str) -> None:
    told = refused(("days.csv", content.encode()))
    assert "days.csv" in told
    assert words in told
    assert "何も変えていません" in told


def test_all_faults_are_told_up_to_a_number() -> None:
    told = refused(("days.csv", "\n".join(["きょう,休み"] * (MOST_FAULTS + 5)).encode()))
    assert told.count("行目") == MOST_FAULTS
    assert "ほかに5件" in told


def test_what_is_no_text_or_too_large_is_refused() -> None:
    assert "文字コード" in refused(("days.csv", b"\xff\xfe\x00\x81"))
    assert "大きすぎます" in refused(("days.csv", b"x" * (MOST_BYTES + 1)))


@settings(deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=3))
def test_whatever_the_files_hold_they_are_read_or_refused(contents: list[bytes]) -> None:
    with suppress(DaysWrongError):
        assert read_days([(f"{number}.csv", content) for number, content in enumerate(contents)])
