"""Rules, their JSON and their sentences: what there is, and what is refused in words."""

import json
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digilab.errors import (
    RuleBackError,
    RuleCronError,
    RuleDayError,
    RuleError,
    RuleFormError,
    RuleMonthsError,
    RuleNumberError,
    RuleOftenError,
    RuleTimeError,
    RuleUnreadError,
    RuleWeekdaysError,
)
from digilab.language import LANGUAGES
from digilab.timetable.calendar import Calendar
from digilab.timetable.occurrences import next_after
from digilab.timetable.rules import (
    JST,
    Closed,
    Cron,
    Daily,
    DayOfMonth,
    Deadline,
    Nth,
    Once,
    Rule,
    Weekly,
    from_json,
    to_json,
)
from digilab.timetable.sentences import read, sentence
from unit.timetable.rules_made import rules

NINE = time(9)


@settings(deadline=None)
@given(rules)
def test_a_rule_comes_back_from_its_json(rule: Rule) -> None:
    assert from_json(json.loads(json.dumps(to_json(rule)))) == rule


@settings(deadline=None)
@given(rules)
def test_a_rule_comes_back_from_its_sentence(rule: Rule) -> None:
    assert read(sentence(rule)) == rule


@settings(deadline=None)
@given(rules)
def test_a_rule_comes_back_from_its_sentence_without_blanks_and_in_full_width(rule: Rule) -> None:
    if isinstance(rule, Cron):
        return
    wide = sentence(rule).translate({sign: sign + 0xFEE0 for sign in range(0x21, 0x7F)}).replace(" ", "　")
    assert read(wide) == rule


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Nth(3, NINE), "毎月第3営業日 09:00"),
        (Nth(-1, time(23, 59, 59)), "毎月月末営業日 23:59:59"),
        (Nth(-2, NINE, (3, 9)), "3月・9月の後ろから第2営業日 09:00"),
        (DayOfMonth(25, NINE), "毎月25日(閉庁日は前の開庁日) 09:00"),
        (DayOfMonth(30, NINE, Closed.AFTER), "毎月30日(ない月は末日、閉庁日は次の開庁日) 09:00"),
        (DayOfMonth(31, NINE, Closed.RUN), "毎月末日(閉庁日でもそのまま) 09:00"),
        (Deadline(25, 3, NINE), "毎月25日締め(閉庁日は前の開庁日)の3営業日前 09:00"),
        (
            Deadline(31, 10, NINE, business=False, moved=Closed.RUN, closed=Closed.SKIP),
            "毎月末日締め(閉庁日でもそのまま)の10日前(閉庁日は休み) 09:00",
        ),
        (Daily(time(8, 30)), "毎営業日 08:30"),
        (Daily(time(8, 30), (4, 5)), "4月・5月の毎営業日 08:30"),
        (Weekly((0, 3), NINE), "毎週月・木曜日(閉庁日は休み) 09:00"),
        (Weekly((4,), NINE, Closed.BEFORE, (1,)), "1月の毎週金曜日(閉庁日は前の開庁日) 09:00"),
        (Once(date(2026, 12, 1), NINE), "2026年12月1日 09:00"),
        (Cron("0 9 * * 1-5", Closed.SKIP), "cron 0 9 * * 1-5(閉庁日は休み)"),
    ],
)
def test_each_kind_of_rule_has_its_sentence(rule: Rule, words: str) -> None:
    assert sentence(rule) == words
    assert read(words) == rule


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("毎月 第３営業日 ９時", Nth(3, NINE)),
        ("毎月最終営業日 17時30分", Nth(-1, time(17, 30))),
        ("毎月後ろから2番目の営業日 9:00", Nth(-2, NINE)),
        ("毎月25日 9:00", DayOfMonth(25, NINE, Closed.BEFORE)),
        ("毎月月末(閉庁日は次の開庁日)9:00", DayOfMonth(31, NINE, Closed.AFTER)),
        ("毎月20日締めの5営業日前 09:00", Deadline(20, 5, NINE)),
        ("毎月20日締切の5暦日前 09:00", Deadline(20, 5, NINE, business=False)),
        ("1月、4月、7月、10月の第1営業日 09:00", Nth(1, NINE, (1, 4, 7, 10))),
        ("毎週月木曜 09:00", Weekly((0, 3), NINE)),
        ("CRON 0 9 * * 1-5", Cron("0 9 * * 1-5")),
    ],
)
def test_usual_turns_are_understood(typed: str, rule: Rule) -> None:
    assert read(typed) == rule


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("毎月第3営業日", RuleUnreadError),
        ("毎月第三営業日 09:00", RuleUnreadError),
        ("25日 09:00", RuleUnreadError),
        ("12月1日 09:00", RuleUnreadError),
        ("第3営業日 09:00", RuleUnreadError),
        ("毎月5営業日 09:00", RuleUnreadError),
        ("毎月25日(閉庁日は知らない) 09:00", RuleUnreadError),
        ("毎月20日締めの5営業日前(閉庁日は休み) 09:00", RuleUnreadError),
        ("2026年2月30日 09:00", RuleUnreadError),
        ("", RuleUnreadError),
        ("毎月第24営業日 09:00", RuleNumberError),
        ("毎月第0営業日 09:00", RuleNumberError),
        ("毎月32日 09:00", RuleDayError),
        ("毎月0日 09:00", RuleDayError),
        ("毎月25日締めの0営業日前 09:00", RuleBackError),
        ("毎月25日締めの61営業日前 09:00", RuleBackError),
        ("13月の第1営業日 09:00", RuleMonthsError),
        ("毎月第3営業日 24:00", RuleTimeError),
        ("毎月第3営業日 09:60", RuleTimeError),
        ("cron 0 9 * *", RuleCronError),
        ("cron 0 0 9 * * 1", RuleCronError),
        ("cron 61 9 * * *", RuleCronError),
        ("cron 0 9 30 2 *", RuleCronError),
        ("cron 0 9 L-3 * *", RuleCronError),
        ("cron 0 9 L/W * *", RuleCronError),
        ("cron * * * * *", RuleOftenError),
        ("cron 0,3 9 * * *", RuleOftenError),
        ("cron 0,58 * * * *", RuleOftenError),
        ("cron 0 9 * * 1(閉庁日は前の開庁日)", RuleFormError),
    ],
)
def test_what_is_no_rule_is_refused_in_words(typed: str, error: type[RuleError]) -> None:
    with pytest.raises(error) as refused:
        read(typed)
    for language in LANGUAGES:
        assert len(refused.value.sentence(language)) > 20


@pytest.mark.parametrize("text", ["0,58 9 * * *", "*/5 * * * *", "0 9 L * *", "0 9 LW * *", "0 9 * * MON#5"])
def test_cron_text_that_leaves_time_between_two_runs_is_taken(text: str) -> None:
    assert Cron(text).text == text


@settings(deadline=None)
@given(st.lists(st.text("0123456789*/,-#LWMONJANsu", min_size=1, max_size=8), min_size=5, max_size=5).map(" ".join))
def test_whatever_stands_in_five_fields_is_a_cron_text_or_refused(text: str) -> None:
    moment = datetime(2026, 11, 21, tzinfo=JST)
    with suppress(RuleCronError, RuleOftenError):
        due = next_after(Cron(text), Calendar(), moment)
        assert due is None or due > moment


@settings(deadline=None)
@given(st.text(max_size=40))
def test_whatever_somebody_types_is_a_rule_or_refused(text: str) -> None:
    with suppress(RuleError):
        rule = read(text)
        assert read(sentence(rule)) == rule


@pytest.mark.parametrize(
    ("kept", "error"),
    [
        ({}, RuleFormError),
        ({"kind": "yearly"}, RuleFormError),
        ({"kind": "nth", "at": "09:00"}, RuleFormError),
        ({"kind": "nth", "number": 3, "at": "09:00", "months": 4}, RuleFormError),
        ({"kind": "nth", "number": "3", "at": "09:00"}, RuleFormError),
        ({"kind": "nth", "number": True, "at": "09:00"}, RuleFormError),
        ({"kind": "nth", "number": 3, "at": "09:00", "shift": "before"}, RuleFormError),
        ({"kind": "nth", "number": 3, "at": "9:00"}, RuleTimeError),
        ({"kind": "nth", "number": 3, "at": None}, RuleTimeError),
        ({"kind": "nth", "number": 3, "at": "09:00", "months": []}, RuleMonthsError),
        ({"kind": "nth", "number": 3, "at": "09:00", "months": [4, 4]}, RuleMonthsError),
        ({"kind": "weekly", "weekdays": [], "at": "09:00"}, RuleWeekdaysError),
        ({"kind": "weekly", "weekdays": [7], "at": "09:00"}, RuleWeekdaysError),
        ({"kind": "day", "day": 25, "at": "09:00", "closed": "never"}, RuleFormError),
        ({"kind": "deadline", "day": 25, "back": 3, "at": "09:00", "business": 1}, RuleFormError),
        ({"kind": "deadline", "day": 25, "back": 3, "at": "09:00", "moved": "skip"}, RuleFormError),
        ({"kind": "once", "day": "2026-02-30", "at": "09:00"}, RuleFormError),
        ({"kind": "cron", "text": 5}, RuleCronError),
    ],
)
def test_malformed_json_is_refused_in_words(kept: dict[str, Any], error: type[RuleError]) -> None:
    with pytest.raises(error) as refused:
        from_json(kept)
    for language in LANGUAGES:
        assert len(refused.value.sentence(language)) > 20
