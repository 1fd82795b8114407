"""A guardian applies for help with the cost of school."""

import datetime as dt

from forms.blanks import DEFINITIONS
from forms.entries import EMPTY, Entry, Filled, amount, choice, date_line, date_parts, postal, text, tick
from forms.words import Person, Vocabulary, era_of

BANKS = DEFINITIONS / "school-aid-application" / "banks.csv"
REASONS = ("welfare_ended", "tax_free", "pension_free", "child_allowance", "lost_income", "other_reason")
WISHES = ("学用品費", "給食費", "通学費", "修学旅行費", "校外活動費", "医療費")
COLUMNS = ("name", "kana", "relation", "birthday", "living", "work")
APRIL = dt.date(2026, 4, 1)


def fill(words: Vocabulary) -> Filled:
    """One case of two pages."""
    rng = words.rng
    guardian = words.person()
    applied = words.date(APRIL, dt.date(2026, 11, 13))
    entries: dict[str, Entry] = {"application_date": date_parts(applied, rng)}
    _guardian(words, entries, guardian)
    pupils = _household(words, entries, guardian)
    _reasons(words, entries)
    _pupils(words, entries, pupils)
    _account(words, entries, guardian)
    entries |= {
        "wishes": choice(*(wish for wish in WISHES if rng.random() < 0.55 or wish == "学用品費")),
        "consent": choice("同意します" if rng.random() < 0.93 else "同意しません"),
        "consent_date": date_parts(applied, rng, "西暦"),
        "consent_name": entries["guardian_name"],
        "consent_seal": tick(rng.random() < 0.95),
    }
    return Filled(entries, guardian.surname)


def _guardian(words: Vocabulary, entries: dict[str, Entry], guardian: Person) -> None:
    rng = words.rng
    born = words.date(dt.date(1966, 1, 1), dt.date(1998, 12, 31))
    address, plain_address = words.address()
    rented = rng.random() < 0.6
    entries |= {
        "guardian_kana": text(guardian.kana),
        "guardian_name": text(words.name_of(guardian)),
        "guardian_seal": tick(rng.random() < 0.85),
        "guardian_era": choice(era_of(born)[0]),
        "guardian_birthday": date_parts(born, rng, "circled"),
        "postal_code": postal(words.postal_code(), rng, cells=False),
        "address": text(address, plain_address),
        "telephone": text(*words.telephone()),
        "housing": choice("借家" if rented else "持家"),
        "income": amount(words.amount(450_000, 4_200_000, rng.choice((1, 1000))), rng),
        "rent": amount(words.amount(18_000, 95_000, 500), rng) if rented else EMPTY,
        "resident_since": date_line(words.date(dt.date(1998, 4, 1), dt.date(2026, 3, 31)), rng, "western")
        if rng.random() < 0.8
        else EMPTY,
        "commute": choice(rng.choice(("徒歩", "自転車", "バス"))) if rng.random() < 0.9 else EMPTY,
    }


def _household(words: Vocabulary, entries: dict[str, Entry], guardian: Person) -> list[tuple[str, int]]:
    """Fills the rows; names and school years of the children at school."""
    rng = words.rng
    grades = [rng.randint(1, 6) for _ in range(rng.choices((1, 2, 3), (5, 4, 1))[0])]
    members = [("子", grade) for grade in grades]
    members += [("妻" if rng.random() < 0.5 else "夫", 0)] if rng.random() < 0.55 else []
    members += [(rng.choice(("父", "母", "祖母")), -1)] if rng.random() < 0.3 else []
    pupils, family = [], words.family(guardian, len(members))
    for row, ((relation, grade), person) in enumerate(zip(members, family, strict=True), 1):
        name = words.name_of(person)
        if grade > 0:
            first = dt.date(2026 - 6 - grade, 4, 2)
            born, work = words.date(first, first + dt.timedelta(days=364)), f"小学{grade}年"
            pupils.append((name, grade))
        elif grade == 0:
            born, work = words.date(dt.date(1970, 1, 1), dt.date(1997, 12, 31)), words.one("works")
        else:
            born, work = words.date(dt.date(1938, 1, 1), dt.date(1958, 12, 31)), words.one("works")
        living = "同居" if rng.random() < 0.92 else "別居"
        cells = (text(name), text(person.kana), text(relation), date_line(born, rng), choice(living), text(work))
        entries.update({f"household.{row}.{column}": entry for column, entry in zip(COLUMNS, cells, strict=True)})
    entries["household_count"] = text(str(len(members) + 1))
    return pupils


def _reasons(words: Vocabulary, entries: dict[str, Entry]) -> None:
    rng = words.rng
    chosen = set(rng.sample(REASONS, rng.choice((1, 1, 1, 2, 2, 3))))
    entries.update({name: tick(name in chosen) for name in REASONS})
    if "other_reason" in chosen or rng.random() < 0.3:
        entries["reason_detail"] = text(words.one("hardship"))


def _pupils(words: Vocabulary, entries: dict[str, Entry], pupils: list[tuple[str, int]]) -> None:
    school = words.one("schools")
    for row, (name, grade) in enumerate(pupils, 1):
        entries[f"pupils.{row}.school"] = text(school)
        entries[f"pupils.{row}.grade"] = text(str(grade))
        entries[f"pupils.{row}.class"] = text(str(words.rng.randint(1, 5))) if words.rng.random() < 0.9 else EMPTY
        entries[f"pupils.{row}.name"] = text(name)


def _account(words: Vocabulary, entries: dict[str, Entry], guardian: Person) -> None:
    same = words.rng.random() < 0.25
    entries |= {"same_account": tick(same), "new_account": tick(not same)}
    if same:
        return
    account = words.account(guardian, BANKS)
    entries |= {
        "bank_code": text(account.bank_code),
        "branch_code": text(account.branch_code),
        "bank_name": text(account.bank),
        "branch_name": text(account.branch),
        "account_kind": choice("普通" if account.kind == "貯蓄" else account.kind),
        "account_number": text(account.number),
        "holder_kana": text(account.holder),
    }
