"""What stands above the minutes, and how dates and times are written for readers."""

import datetime
import re
from dataclasses import dataclass

_WEEKDAYS = "月火水木金土日"
_ERAS = ((datetime.date(2019, 5, 1), "令和", 2018), (datetime.date(1989, 1, 8), "平成", 1988))
_FIRST_PRINTABLE = " "
_NO_CHARACTERS = re.compile(r"[\ud800-\udfff\ufffe\uffff]")
"""Half characters (what a file name of another encoding is read as) and what XML names as none."""


@dataclass(frozen=True)
class Heading:
    """The head of the minutes; what is empty is left out. `language` is that of the labels."""

    title: str = ""
    date: datetime.date | None = None
    department: str = ""
    receipt: str = ""
    source: str = ""
    language: str = "ja"


def written_date(day: datetime.date, language: str = "ja") -> str:
    """令和8年11月21日（土）; in English the ISO date."""
    if language != "ja":
        return day.isoformat()
    for begin, era, before in _ERAS:
        if day >= begin:
            year = day.year - before
            return f"{era}{'元' if year == 1 else year}年{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"
    return f"{day.year}年{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"


def clock(seconds: float) -> str:
    """1:02:03, whole seconds, rounded down as a time mark is looked up by ear."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def written_length(seconds: float, language: str = "ja") -> str:
    """1時間2分3秒."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    units = ("時間", "分", "秒") if language == "ja" else (" h ", " min ", " s")
    parts = [f"{hours}{units[0]}" if hours else "", f"{minutes}{units[1]}" if hours or minutes else ""]
    return "".join(parts) + f"{rest}{units[2]}"


def printable(text: str) -> str:
    """Text without the control characters that neither XML nor a reader can take."""
    kept = "".join(sign for sign in text if sign >= _FIRST_PRINTABLE or sign in "\t\n")
    return _NO_CHARACTERS.sub("\ufffd", kept)


def one_line(text: str) -> str:
    """Printable text that ends no line of a subtitle file and is no time mark of one."""
    return re.sub(r"\s*\n\s*", " ", printable(text)).replace("-->", "→").strip()
