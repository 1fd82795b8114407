"""What may be set of a target system, and when it can be worked with. Pure: standard library only."""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

JST = timezone(timedelta(hours=9), "JST")
"""Japan has no summer time."""

MOST_CONTEXTS = 16
MOST_SETTLE_SECONDS = 3600.0
MOST_ROWS = 100_000
MOST_YEN = 10**12
MOST_WINDOWS = 20
LONGEST_URL = 400
LOOK_AHEAD_DAYS = 400

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSED = "closed"
"""Beside weekdays: also when such a day is a holiday or closed by the city's calendar."""
_JAPANESE = {**dict(zip("月火水木金土日", DAYS, strict=True)), "閉": CLOSED, "閉庁日": CLOSED, "毎日": "mon-sun,closed"}

Closed = Callable[[date], bool]
"""Whether the city's offices are closed on that day. What is said of a Saturday or Sunday has no weight: a window names those itself."""


class SettingRefusedError(ValueError):
    """What was to be set is refused: `url-malformed`, `url-credentials`, `url-refused`, `number`, `window`."""

    def __init__(self, reason: str, **evidence: str | int | float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.evidence = evidence


def no_holidays(day: date) -> bool:  # noqa: ARG001 - the signature is `Closed`
    """The calendar of a house without one: no day is closed for being a holiday."""
    return False


# --- address ------------------------------------------------------------------------------------------------


def address(url: str) -> str:
    """The address as it is kept: scheme, host and path, without a slash at its end. Raises SettingRefusedError.

    A password in an address would stand in every log and picture; a query or fragment would be lost at the first page.
    """
    spelt = url.strip()
    if len(spelt) > LONGEST_URL or any(not sign.isprintable() or sign.isspace() for sign in spelt):
        raise SettingRefusedError("url-malformed")
    try:
        parts = urlsplit(spelt)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise SettingRefusedError("url-malformed") from None
    if "@" in parts.netloc:
        raise SettingRefusedError("url-credentials")
    if parts.scheme not in ("http", "https"):
        raise SettingRefusedError("url-malformed")
    if not host or re.fullmatch(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:.]+", host) is None:
        raise SettingRefusedError("url-malformed")
    if parts.query or parts.fragment:
        raise SettingRefusedError("url-malformed")
    if _never(host):
        raise SettingRefusedError("url-refused", host=host)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _never(host: str) -> bool:
    """Link-local, multicast and unspecified addresses are no finance system: the first kind gives cloud credentials away (S20)."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    return found.is_link_local or found.is_multicast or found.is_unspecified


# --- numbers ------------------------------------------------------------------------------------------------


def bounded(setting: str, value: float, most: float, least: float = 1) -> None:
    """A number within its bounds, both included. Raises SettingRefusedError."""
    if not least <= value <= most:
        raise SettingRefusedError(
            "number", setting=setting, value=f"{value:,g}", least=f"{least:,g}", most=f"{most:,.0f}"
        )


# --- service windows ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """Service hours that begin on certain days; what ends before it begins goes on past midnight."""

    days: frozenset[str]
    begins: int
    """Minutes since midnight."""
    ends: int
    """Minutes since midnight of the day on which it begins; above 1440 on the day after."""

    def covers(self, day: date, closed: Closed) -> bool:
        """Whether it begins on that day."""
        weekday = day.weekday()
        return DAYS[weekday] in self.days and (weekday > 4 or CLOSED in self.days or not closed(day))

    def kept(self) -> dict[str, Any]:
        """As it lies in the record."""
        return {"days": _spelt(self.days), "from": _clock(self.begins), "to": _clock((self.ends - 1) % 1440 + 1)}


def window(text: str) -> dict[str, Any]:
    """`mon-fri 08:30-22:00` (also 月-金, 毎日, full-width signs; `closed` or 閉庁日 for closed days) as it is kept.

    Raises SettingRefusedError.
    """
    spelt = _plain(text)
    match = re.fullmatch(r"(\S+)\s+([0-9:]+)-([0-9:]+)", spelt)
    if match is None:
        raise SettingRefusedError("window", window=text[:60])
    return parsed({"days": match[1], "from": match[2], "to": match[3]}).kept()


def parsed(kept: Mapping[str, Any]) -> Window:
    """One window of the record. Raises SettingRefusedError."""
    told = f"{kept.get('days', '')} {kept.get('from', '')}-{kept.get('to', '')}"[:60]
    try:
        days = _days(_plain(str(kept["days"])))
        begins, ends = _minutes(str(kept["from"])), _minutes(str(kept["to"]))
    except (KeyError, ValueError):
        raise SettingRefusedError("window", window=told) from None
    if not days - {CLOSED} or begins >= 1440 or begins == ends:
        raise SettingRefusedError("window", window=told)
    return Window(days, begins, ends if ends > begins else ends + 1440)


def opens(windows: Sequence[Mapping[str, Any]], moment: datetime, closed: Closed = no_holidays) -> datetime | None:
    """None when the system may be worked with at that moment, else when it may next. No windows: always.

    Where no window comes within a year it is looked at again after a day: calendars change.
    """
    if not windows:
        return None
    there = moment.astimezone(JST)
    minute = there.hour * 60 + there.minute
    hours = [parsed(each) for each in windows]
    for each in hours:
        if each.covers(there.date(), closed) and each.begins <= minute < each.ends:
            return None
        if each.covers(there.date() - timedelta(days=1), closed) and minute + 1440 < each.ends:
            return None
    for ahead in range(LOOK_AHEAD_DAYS):
        day = there.date() + timedelta(days=ahead)
        begins = [each.begins for each in hours if each.covers(day, closed) and (ahead or each.begins > minute)]
        if begins:
            first = min(begins)
            return datetime(day.year, day.month, day.day, first // 60, first % 60, tzinfo=JST)
    return there + timedelta(days=1)


def _plain(text: str) -> str:
    spelt = unicodedata.normalize("NFKC", text).strip().lower()
    for dash in "〜~–—−‐ー":
        spelt = spelt.replace(dash, "-")
    spelt = spelt.replace("、", ",").replace("・", ",")
    return re.sub(r"\s*([-,:])\s*", r"\1", spelt)


def _days(text: str) -> frozenset[str]:
    found: set[str] = set()
    for piece in ",".join(_JAPANESE.get(each, each) for each in text.split(",")).split(","):
        first, _, last = (_JAPANESE.get(name, name) if name else "" for name in piece.partition("-"))
        if first == CLOSED and not last:
            found.add(CLOSED)
            continue
        start, end = DAYS.index(first), DAYS.index(last or first)
        # `fri-mon` goes over the end of the week.
        found.update(DAYS[(start + step) % 7] for step in range((end - start) % 7 + 1))
    return frozenset(found)


def _spelt(days: frozenset[str]) -> str:
    """Runs of three days or more as a range."""
    runs: list[list[str]] = []
    for index, day in enumerate(DAYS):
        if day in days:
            if runs and DAYS.index(runs[-1][-1]) == index - 1:
                runs[-1].append(day)
            else:
                runs.append([day])
    pieces = [f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(run) for run in runs]
    return ",".join(pieces + ([CLOSED] if CLOSED in days else []))


def _minutes(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text)
    if match is None:
        raise ValueError(text)
    hour, minute = int(match[1]), int(match[2])
    if minute > 59 or hour * 60 + minute > 1440:
        raise ValueError(text)
    return hour * 60 + minute


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
