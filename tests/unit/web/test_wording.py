"""Sizes, times and lengths as people read them."""

from datetime import UTC, datetime

import pytest

from digilab.services.rules import Unit
from digilab.web.wording import duration_text, moment_text, progress_text, size_text


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KB"), (12_900_000, "12.3 MB"), (524_288_000, "500 MB"),
     (4 * 1024**3, "4.0 GB"), (5 * 1024**4, "5120 GB")],
)  # fmt: skip
def test_sizes(size: int, words: str) -> None:
    assert size_text(size) == words


def test_moments_are_told_in_japanese_time() -> None:
    moment = datetime(2026, 12, 31, 15, 4, tzinfo=UTC)
    assert moment_text("ja", moment) == "2027年1月1日 00:04"
    assert moment_text("en", moment) == "2027-01-01 00:04"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1分以内"), (60, "1分以内"), (61, "約2分"), (40 * 60, "約40分"), (3600, "約1時間"), (3660, "約1時間5分"),
     (2 * 3600 - 10, "約2時間"), (7150, "約2時間")],
)  # fmt: skip
def test_forecasts_are_never_more_exact_than_they_can_be(seconds: float, words: str) -> None:
    assert duration_text("ja", seconds) == words


@pytest.mark.parametrize(
    ("unit", "done", "total", "words"),
    [
        (Unit.AUDIO_MINUTE, 2520.0, 7200.0, "録音 42分/120分"),
        (Unit.AUDIO_MINUTE, 0.0, 7200.0, "録音 0分/120分"),
        (Unit.AUDIO_MINUTE, 42.9, 95.0, "録音 42秒/1分35秒"),
        (Unit.AUDIO_MINUTE, 60.0, 120.0, "録音 1分/2分"),
        (Unit.AUDIO_MINUTE, 75.0, None, "録音 1分15秒"),
        (Unit.SHEET, 12.0, 40.0, "12枚/40枚"),
        (Unit.ROW, 57.0, None, "57行"),
    ],
)
def test_progress_is_told_in_the_kinds_own_units(unit: Unit, done: float, total: float | None, words: str) -> None:
    assert progress_text("ja", unit, done, total) == words
