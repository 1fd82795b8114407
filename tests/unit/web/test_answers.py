"""Statuses, ranges, names and options: what an answer depends on, without a server."""

from collections.abc import Iterator

import pytest

from digilab import errors
from digilab.errors import DigilabError, OptionsMalformedError
from digilab.web.downloads import disposition, range_of
from digilab.web.failures import STATUS, status_of
from digilab.web.handing_in import flat_json
from digilab.web.language import preferred


def tree(root: type[DigilabError]) -> Iterator[type[DigilabError]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


def test_every_error_has_a_status_of_its_own_or_of_one_above_it() -> None:
    for kind in tree(DigilabError):
        assert 400 <= status_of(kind.__new__(kind)) < 600, kind


def test_what_the_sender_can_mend_is_never_told_as_our_fault() -> None:
    for kind in (*tree(errors.IntakeError), *tree(errors.NotFoundError), *tree(errors.NotAllowedError)):
        assert status_of(kind.__new__(kind)) < 500, kind
    for kind in tree(errors.HouseError):
        assert status_of(kind.__new__(kind)) >= 500, kind


def test_the_table_names_no_error_that_is_gone() -> None:
    assert set(STATUS) <= set(tree(DigilabError))


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 10)),
        ("bytes=90-", (90, 10)),
        ("bytes=90-1000", (90, 10)),
        ("bytes=-10", (90, 10)),
        ("bytes=-1000", (0, 100)),
        ("bytes=-0", None),
        ("bytes=100-", None),
        ("bytes=" + "9" * 5000 + "-", None),
        ("bytes=-", (0, 100)),
        ("bytes=20-10", (0, 100)),
        ("bytes=0-1,5-6", (0, 100)),
        ("lines=1-2", (0, 100)),
    ],
)
def test_a_range_is_one_piece_of_the_file_or_the_whole(asked: str, wanted: tuple[int, int] | None) -> None:
    assert range_of(asked, 100) == wanted


def test_an_empty_file_has_no_ranges() -> None:
    assert range_of("bytes=0-", 0) == (0, 0)


def test_a_download_name_cannot_break_out_of_its_header() -> None:
    header = disposition('a"; filename="b\r\nX: y.wav')
    assert "\r" not in header
    assert "\n" not in header
    assert header.count('"') == 2


@pytest.mark.parametrize("raw", ["", "null", "[1]", "{", "{'a': 1}", '{"a": NaN}', '{"a":1,"a":2}', "{" * 100_000])
def test_what_is_no_flat_json_object_is_refused(raw: str) -> None:
    with pytest.raises(OptionsMalformedError):
        flat_json(raw)


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "ja"), ("en", "en"), ("en-US,en;q=0.9,ja;q=0.8", "en"), ("ja-JP,en;q=0.9", "ja"), ("de,fr", "ja"),
     ("en;q=0", "ja"), ("en;q=oops", "ja"), ("*", "ja"), ("en,ja", "en")],
)  # fmt: skip
def test_the_readers_language(header: str, language: str) -> None:
    assert preferred(header, "ja") == language
