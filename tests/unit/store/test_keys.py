"""Which keys the house makes, and which it refuses."""

from pathlib import PurePosixPath
from string import ascii_lowercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digilab.errors import KeyRefusedError
from digilab.store.contract import LONGEST, checked, checked_prefix

part = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,5}(\.[a-z0-9_-]{1,4}){0,2}", fullmatch=True)
made_by_us = st.lists(part, min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    "key", ["inputs/0f3a", "jobs/7/parts/1-2.json", "a", "outputs/7/minutes.docx", "a/b_c-d.tar.gz"]
)
def test_a_key_that_the_house_makes_is_taken(key: str) -> None:
    assert checked(key) == key


@given(made_by_us)
def test_every_beginning_of_a_key_is_a_prefix(key: str) -> None:
    for end in range(len(key) + 1):
        assert checked_prefix(key[:end]) == key[:end]


@given(st.text(max_size=12) | st.text(alphabet=ascii_lowercase + digits + "./_-", max_size=12))
def test_whatever_is_taken_stays_below_the_root(key: str) -> None:
    try:
        checked(key)
    except KeyRefusedError:
        return
    assert not PurePosixPath(key).is_absolute()
    assert not {"", ".", ".."} & set(key.split("/"))
    assert key.isascii()
    assert key == key.lower()


def test_the_longest_key_is_taken_and_one_letter_more_is_refused() -> None:
    longest = "a" * LONGEST
    assert checked(longest) == checked_prefix(longest) == longest
    with pytest.raises(KeyRefusedError):
        checked(longest + "a")
    with pytest.raises(KeyRefusedError):
        checked_prefix(longest + "a")


def test_a_refused_key_is_shown_shortened() -> None:
    with pytest.raises(KeyRefusedError) as raised:
        checked("../" * 500)
    assert len(str(raised.value.evidence["key"])) == 80
