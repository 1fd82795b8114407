"""People, addresses, accounts and phrases of one vocabulary. The word lists lie in `words/`, one file to a vocabulary."""

import csv
import datetime as dt
import random
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

VOCABULARIES = ("calibration", "test", "benchmark", "demo")
LISTS = Path(__file__).parent / "words"

LARGE = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
"""The bank transfer format has no small kana."""
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
NO_AREA = re.compile("0[2-9]0|0800|0120|0570|0990")
"""Mobile and free numbers begin so, no area code does."""


@dataclass(frozen=True)
class Person:
    """Somebody, or a society with its name and reading."""

    surname: str
    given: str
    surname_kana: str
    given_kana: str

    @property
    def kana(self) -> str:
        """フリガナ with a blank between the names."""
        return f"{self.surname_kana} {self.given_kana}".strip()

    def called(self, given: str, given_kana: str) -> "Person":
        """Somebody else of the same family."""
        return Person(self.surname, given, self.surname_kana, given_kana)


@dataclass(frozen=True)
class Account:
    """A bank account of the master."""

    bank_code: str
    branch_code: str
    bank: str
    branch: str
    kind: str
    number: str
    holder: str
    """Kana as the bank has it."""


@cache
def word_lists(vocabulary: str) -> dict[str, tuple[str, ...]]:
    """The vocabulary's lists: names and such by blanks, phrases by | or line."""
    raw = tomllib.loads((LISTS / f"{vocabulary}.toml").read_text(encoding="utf-8"))
    found = {}
    for name, text in raw.items():
        pieces = text.replace("\n", "|").split("|") if "|" in text or name == "hardship" else text.split()
        found[name] = tuple(piece.strip() for piece in pieces if piece.strip())
    return found


@cache
def master(path: Path) -> tuple[tuple[str, str, str, str], ...]:
    """Codes and names of banks and branches."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return tuple((row[0], row[1], row[2], row[3]) for row in rows)


class Vocabulary:
    """Draws whole values from one vocabulary."""

    def __init__(self, name: str, rng: random.Random) -> None:
        self.name, self.rng, self.lists = name, rng, word_lists(name)

    def one(self, of: str) -> str:
        """An entry of a list."""
        return self.rng.choice(self.lists[of])

    def person(self) -> Person:
        """A person of the town."""
        surname, surname_kana = self.one("surnames").split(":")
        given, given_kana = self.one("given").split(":")
        return Person(surname, given, surname_kana, given_kana)

    def society(self) -> Person:
        """A society: its name has no second part."""
        name, kana = self.one("groups").split(":")
        return Person(name, "", kana, "")

    def family(self, of: Person, size: int) -> list[Person]:
        """So many others of the same family, each with a name of their own."""
        others = [given for given in self.lists["given"] if given != f"{of.given}:{of.given_kana}"]
        return [of.called(*given.split(":")) for given in self.rng.sample(others, size)]

    def name_of(self, person: Person) -> str:
        """A name as written: half of the writers leave a gap."""
        gap = " " if person.given and self.rng.random() < 0.5 else ""
        return f"{person.surname}{gap}{person.given}"

    def address(self) -> tuple[str, str]:
        """An address as written, and with half-width digits."""
        rng = self.rng
        chome, ban, house = rng.randint(1, 9), rng.randint(1, 48), rng.randint(1, 30)
        place = self.one("towns")
        if "字" in place:
            tail = rng.choice([f"{ban * 11}番地", f"{ban * 11}-{house}", f"{ban * 17}番地{house}"])
        else:
            tail = rng.choice([f"{chome}丁目{ban}番{house}号", f"{chome}-{ban}-{house}", f"{chome}丁目{ban}-{house}"])
        if rng.random() < 0.3:
            tail += f" {self.one('buildings')}{rng.randint(1, 5)}0{rng.randint(1, 8)}"
        value = place + tail
        return (value.translate(WIDE) if rng.random() < 0.15 else value), value

    def postal_code(self) -> str:
        """Seven digits."""
        return f"{self.rng.randint(100, 998):03}{self.rng.randint(0, 9999):04}"

    def telephone(self) -> tuple[str, str]:
        """A number with hyphens or brackets, as people write it, and with hyphens."""
        rng = self.rng
        last = f"{rng.randint(0, 9999):04}"
        if rng.random() < 0.5:
            mobile = f"0{rng.choice('789')}0-{rng.randint(1000, 9999)}-{last}"
            return mobile, mobile
        area, local = rng.choice([(1, 4), (2, 3), (3, 2)])
        first = f"0{rng.randint(10 ** (area - 1), 10**area - 1)}"
        while NO_AREA.match(first):
            first = f"0{rng.randint(10 ** (area - 1), 10**area - 1)}"
        second = rng.randint(2 * 10 ** (local - 1), 10**local - 1)
        value = f"{first}-{second}-{last}"
        return (f"{first}({second}){last}" if rng.random() < 0.12 else value), value

    def account(self, holder: Person, banks: Path) -> Account:
        """An account at one of this vocabulary's banks: every fourth bank of the master is its own."""
        rows = master(banks)
        names = list(dict.fromkeys(row[2] for row in rows))
        mine = [row for row in rows if names.index(row[2]) % len(VOCABULARIES) == VOCABULARIES.index(self.name)]
        bank_code, branch_code, bank, branch = self.rng.choice(mine)
        kind = self.rng.choices(("普通", "当座", "貯蓄"), (8, 1, 1))[0]
        number = f"{self.rng.randint(0, 9_999_999):07}"
        return Account(bank_code, branch_code, bank, branch, kind, number, holder.kana.translate(LARGE))

    def date(self, earliest: dt.date, latest: dt.date) -> dt.date:
        """A day between two, both included."""
        return earliest + dt.timedelta(days=self.rng.randint(0, (latest - earliest).days))

    def amount(self, least: int, most: int, step: int = 1) -> int:
        """Yen: small amounts are more frequent than large ones."""
        return max(least, int(least * (most / least) ** self.rng.random()) // step * step)


ERAS = (("令和", "R", dt.date(2019, 5, 1)), ("平成", "H", dt.date(1989, 1, 8)), ("昭和", "S", dt.date(1926, 12, 25)))


def era_of(day: dt.date) -> tuple[str, str, int]:
    """Era, its letter, and the year in it."""
    for era, letter, begin in ERAS:
        if day >= begin:
            return era, letter, day.year - begin.year + 1
    raise ValueError(day)
