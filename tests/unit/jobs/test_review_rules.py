"""When a doubt is settled, and who may say so."""

import pytest

from digilab.review.rules import ILLEGIBLE, Doubt, Given, Standing, Verdict, compared, verdict

SATO, SUZUKI, TANAKA = 1, 2, 3
LOOK, TWICE = "look", "two-keys"


def doubt(decision: str, *given: Given, kind: str = "amount") -> Doubt:
    return Doubt(decision, kind, given)


def test_one_persons_word_settles_a_look_and_the_latest_counts() -> None:
    assert doubt(LOOK).standing is Standing.OPEN
    settled = doubt(LOOK, Given(SATO, "1000"), Given(SUZUKI, "7000"))
    assert settled.standing is Standing.SETTLED
    assert settled.settled_by == Given(SUZUKI, "7000")
    assert settled.may_answer(SATO, of_the_lab=False)


def test_two_keys_want_two_people() -> None:
    one = doubt(TWICE, Given(SATO, "1000"), Given(SATO, "1000"))
    assert one.standing is Standing.WAITING
    assert one.settled_by is None
    assert doubt(TWICE, Given(SATO, "1000"), Given(SUZUKI, "1000")).standing is Standing.SETTLED


def test_a_key_may_be_changed_until_the_other_one_is_in() -> None:
    first = doubt(TWICE, Given(SATO, "1000"), Given(SATO, "7000"))
    assert first.may_answer(SATO, of_the_lab=False)
    both = doubt(TWICE, Given(SATO, "1000"), Given(SATO, "7000"), Given(SUZUKI, "7000"))
    assert both.standing is Standing.SETTLED
    assert not both.may_answer(SATO, of_the_lab=False)
    assert not both.may_answer(SUZUKI, of_the_lab=False)


def test_when_the_keys_differ_a_third_person_or_one_of_the_lab_decides() -> None:
    differ = doubt(TWICE, Given(SATO, "1000"), Given(SUZUKI, "7000"))
    assert differ.standing is Standing.DIFFER
    assert not differ.may_settle(SATO, of_the_lab=False)
    assert differ.may_settle(SATO, of_the_lab=True)
    assert differ.may_settle(TANAKA, of_the_lab=False)
    settled = doubt(TWICE, *differ.given, Given(TANAKA, "7000", settling=True))
    assert settled.standing is Standing.SETTLED
    assert settled.keys == differ.keys, "who decides keys nothing"
    assert settled.settled_by is not None
    assert settled.settled_by.word == "7000"


def test_nobody_sees_keys_before_both_are_in() -> None:
    for given in ((), (Given(SATO, "1000"),)):
        assert not doubt(TWICE, *given).may_settle(TANAKA, of_the_lab=True)


def test_what_nobody_can_read_is_a_word_too() -> None:
    settled = doubt(LOOK, Given(SATO, "", illegible=True)).settled_by
    assert settled is not None
    assert settled.word == ILLEGIBLE
    assert doubt(TWICE, Given(SATO, ""), Given(SUZUKI, "", illegible=True)).standing is Standing.DIFFER
    assert doubt(TWICE, Given(SATO, "", True), Given(SUZUKI, "", True)).standing is Standing.SETTLED


@pytest.mark.parametrize(
    ("one", "other", "kind", "alike"),
    [
        ("１，０００", "1000", "amount", True),
        ("タナカ タロウ", "タナカタロウ", "kana", True),
        ("ﾀﾅｶ", "タナカ", "kana", True),
        ("1000", "7000", "amount", False),
        ("髙橋", "高橋", "text", False),
        ("１丁目", "1丁目", "text", False),
        ("田中  太郎", "田中 太郎", "text", True),
    ],
)
def test_keys_are_compared_as_their_type_demands(one: str, other: str, kind: str, alike: bool) -> None:
    assert (compared(one, kind) == compared(other, kind)) is alike


def test_typing_what_was_read_confirms_it_and_anything_else_corrects_it() -> None:
    assert verdict("2026-04-01", "2026-04-01", "令和8年4月1日", illegible=False) is Verdict.CONFIRMED
    assert verdict("令和8年4月1日", "2026-04-01", "令和8年4月1日", illegible=False) is Verdict.CONFIRMED
    assert verdict("令和8年4月7日", "2026-04-01", "令和8年4月1日", illegible=False) is Verdict.CORRECTED
    assert verdict("令和8年13月1日", "", "令和8年13月1日", illegible=False) is Verdict.CORRECTED
    assert verdict("", "1000", "1000", illegible=True) is Verdict.ILLEGIBLE
