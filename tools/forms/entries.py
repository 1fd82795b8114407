"""What a writer puts into the fields of a case, as raw strings and as the values that must come out of them."""

import datetime as dt
import random
from dataclasses import dataclass, field

from forms.words import era_of


@dataclass(frozen=True)
class Entry:
    """One field filled in: as it stands on the paper, and its value by type where that is something else."""

    raw: str
    value: str = ""
    pieces: tuple[str, ...] = ()
    """Year, month, day of a date in parts; the chosen options of a choice."""

    @property
    def expected(self) -> str:
        """The value that reading must give."""
        return self.value or self.raw


EMPTY = Entry("")


@dataclass
class Filled:
    """A case: entries by path, the writer's surname for the seal, and what is difficult about it."""

    entries: dict[str, Entry] = field(default_factory=dict)
    surname: str = ""
    troubles: dict[str, str] = field(default_factory=dict)
    """Path → `corrected`, `ditto`, `seal-over-text`."""


def text(words: str, value: str = "") -> Entry:
    """Words, and what normalising makes of them."""
    return Entry(words, value if value != words else "")


def amount(yen: int, rng: random.Random, style: str = "") -> Entry:
    """An amount with or without ¥, commas and 円. In cells nobody writes commas."""
    style = style or rng.choices(("¥,", ",", "plain", "¥", ",円"), (4, 4, 2, 1, 0.4))[0]
    minus = "▲" if yen < 0 else ""
    digits = f"{abs(yen):,}" if "," in style else str(abs(yen))
    before = "¥" if "¥" in style and not minus else ""
    return text(f"{minus}{before}{digits}{'円' if '円' in style else ''}", str(yen))


def cells_amount(yen: int, rng: random.Random) -> Entry:
    """An amount in cells, mostly with ¥ before it."""
    return text(f"{'¥' if rng.random() < 0.9 else ''}{yen}", str(yen))


def date_parts(day: dt.date, rng: random.Random, era: str = "令和") -> Entry:
    """Year, month and day where 年 月 日 are printed. The raw string holds the printed words, and the era unless it is circled."""
    name, _, year = era_of(day)
    first = str(day.year) if era == "西暦" else "元" if year == 1 and rng.random() < 0.7 else str(year)
    month, last = str(day.month), str(day.day)
    if rng.random() < 0.08:
        month, last = month.zfill(2), last.zfill(2)
    before = {"令和": name, "西暦": ""}.get(era, "")
    return Entry(f"{before}{first}年{month}月{last}日", day.isoformat(), (first, month, last))


def date_line(day: dt.date, rng: random.Random, calendar: str = "japanese") -> Entry:
    """A date on a free line, in one of the manners of the calendar."""
    era, letter, year = era_of(day)
    if calendar == "western":
        manners = [f"{day.year}/{day.month}/{day.day}", f"{day.year}.{day.month}.{day.day}", day.strftime("%Y/%m/%d"),
                   f"{day.year}年{day.month}月{day.day}日", day.isoformat()]  # fmt: skip
    else:
        spelt = "元" if year == 1 else str(year)
        manners = [f"{letter}{year}.{day.month}.{day.day}", f"{era}{spelt}年{day.month}月{day.day}日",
                   f"{letter}{year}/{day.month}/{day.day}", f"{era}{year}.{day.month}.{day.day}"]  # fmt: skip
    return Entry(rng.choice(manners), day.isoformat())


def postal(code: str, rng: random.Random, cells: bool) -> Entry:
    """A postal code; on a line with or without its hyphen."""
    value = f"{code[:3]}-{code[3:]}"
    return text(code if cells or rng.random() < 0.25 else value, value)


def tick(on: bool) -> Entry:
    """A tick box."""
    return Entry("1" if on else "")


def choice(*options: str) -> Entry:
    """Chosen options."""
    return Entry("、".join(options), pieces=options)
