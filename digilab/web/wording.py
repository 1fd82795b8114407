"""Sizes, times and lengths as people read them. Pure: no database, no request."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

from digilab.language import Language, text
from digilab.services.rules import Unit

JST = ZoneInfo("Asia/Tokyo")
SHORT_RECORDING = 600.0
"""Below this many seconds whole minutes would say nothing: progress is told in minutes and seconds."""


def size_text(size: int) -> str:
    """`0 B`, `12.3 MB`. Powers of 1024, as file managers show them."""
    amount = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024 or unit == "GB":
            break
        amount /= 1024
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"


def moment_text(language: Language, moment: datetime) -> str:
    """`2026年11月21日 15:04`, JST."""
    there = moment.astimezone(JST)
    return text(
        language,
        "pages.times.moment",
        year=there.year,
        month=there.month,
        day=there.day,
        clock=f"{there:%H:%M}",
    )


def clock_text(seconds: float) -> str:
    """`1:02:03`, rounded down: a place in a recording, as players show it."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def exact_text(language: Language, seconds: float) -> str:
    """`1時間2分3秒`: what was measured, to the second."""
    hours, rest = divmod(round(seconds), 3600)
    below = _length(language, rest, exact=True)
    return text(language, "pages.times.hours-and", hours=hours, rest=below) if hours else below


def percent_text(share: float) -> str:
    """`99.9 %`. Rounded down: what is not everything is never called 100 %."""
    return f"{math.floor(round(share * 1000, 6)) / 10:.1f} %"


def duration_text(language: Language, seconds: float) -> str:
    """`約40分`, `約1時間10分`: a forecast, so never more exact than it can be."""
    minutes = math.ceil(seconds / 60)
    if minutes <= 1:
        return text(language, "pages.times.under-a-minute")
    if minutes < 60:
        return text(language, "pages.times.about-minutes", minutes=minutes)
    hours, rest = divmod(5 * math.ceil(minutes / 5), 60)
    key = "pages.times.about-hours-minutes" if rest else "pages.times.about-hours"
    return text(language, key, hours=hours, minutes=rest)


def progress_text(language: Language, unit: Unit, done: float, total: float | None) -> str:
    """`録音 42分/120分`. `done`, `total` in the kind's own steps."""
    if unit is not Unit.AUDIO_MINUTE:
        key = f"pages.progress.{unit.value}" if total else f"pages.progress.{unit.value}-open"
        return text(language, key, done=f"{done:.0f}", total=f"{total or 0:.0f}")
    if total is None:
        return text(language, "pages.progress.audio-minute-open", done=_length(language, done, exact=True))
    exact = total < SHORT_RECORDING
    return text(
        language,
        "pages.progress.audio-minute",
        done=_length(language, done, exact=exact),
        total=_length(language, total, exact=exact),
    )


def _length(language: Language, seconds: float, *, exact: bool) -> str:
    minutes, rest = divmod(int(seconds), 60)
    if exact and minutes == 0:
        return text(language, "pages.times.seconds", seconds=rest)
    key = "pages.times.minutes-seconds" if exact and rest else "pages.times.minutes"
    return text(language, key, minutes=minutes, seconds=rest)
