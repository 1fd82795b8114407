"""Somebody reports a personal number: random digits with a right check digit."""

import datetime as dt
import random

from forms.entries import Filled, choice, date_parts, text, tick
from forms.words import Vocabulary


def fill(words: Vocabulary) -> Filled:
    """One case."""
    rng = words.rng
    person = words.person()
    return Filled(
        {
            "report_date": date_parts(words.date(dt.date(2026, 4, 1), dt.date(2026, 11, 13)), rng),
            "name": text(words.name_of(person)),
            "name_kana": text(person.kana),
            "personal_number": text(personal_number(rng)),
            "telephone": text(*words.telephone()),
            "reason": choice(rng.choice(("新規", "変更", "訂正"))),
            "seal": tick(rng.random() < 0.9),
        },
        person.surname,
    )


def personal_number(rng: random.Random) -> str:
    """Eleven digits and their check digit: weights 2 to 7 from the right, twice (総務省令 of 2014, article 5)."""
    eleven = [rng.randint(0, 9) for _ in range(11)]
    weights = (2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)
    rest = sum(digit * weight for digit, weight in zip(reversed(eleven), weights, strict=True)) % 11
    return "".join(map(str, eleven)) + str(0 if rest <= 1 else 11 - rest)
