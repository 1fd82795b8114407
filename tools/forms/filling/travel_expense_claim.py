"""An official claims the cost of business trips."""

import datetime as dt

from forms.entries import EMPTY, Entry, Filled, amount, cells_amount, choice, date_parts, text, tick
from forms.words import Vocabulary

ROWS = 8
COLUMNS = ("date", "destination", "purpose", "transport", "quantity", "unit_price", "amount", "receipt", "line_number")


def fill(words: Vocabulary) -> Filled:
    """One case."""
    rng = words.rng
    official = words.person()
    begin = words.date(dt.date(2026, 4, 1), dt.date(2026, 10, 12))
    end = begin + dt.timedelta(days=rng.randint(0, 20))
    claimed = end + dt.timedelta(days=rng.randint(0, 12))
    style = rng.choice((",", "plain", ",", "¥,"))
    rows = rng.choices(range(1, ROWS + 1), (1, 2, 3, 3, 3, 2, 1, 1))[0]
    days = sorted(words.date(begin, end) for _ in range(rows))
    entries: dict[str, Entry] = {}
    total = 0
    for row, day in enumerate(days, 1):
        cost = _row(words, entries, row, day, style)
        total += cost
    advance = 0 if rng.random() < 0.4 else words.amount(1_000, max(2_000, int(total * 1.4)), 500)
    own = rng.random() < 0.25
    office = not own and rng.random() < 0.25
    entries |= {
        "claim_date": date_parts(claimed, rng),
        "department": text(words.one("departments")),
        "post": text(words.one("posts")) if rng.random() < 0.9 else EMPTY,
        "staff_number": text(f"{rng.randint(0, 999_999):06}"),
        "claimant": text(words.name_of(official)),
        "claimant_seal": tick(rng.random() < 0.95),
        "trip_from": date_parts(begin, rng),
        "trip_to": date_parts(end, rng),
        "trip_kind": choice(rng.choices(("県内", "県外", "国外"), (6, 4, 0.5))[0]),
        "total": cells_amount(total, rng),
        "advance": amount(advance, rng, style),
        "balance": amount(total - advance, rng, style),
        "pay_by": choice(rng.choices(("口座振込", "現金"), (4, 1))[0]),
        "office_car": tick(office),
        "own_car": tick(own),
        "own_car_permit": text(f"{rng.randint(0, 99_999):05}") if own else EMPTY,
    }
    return Filled(entries, official.surname)


def _row(words: Vocabulary, entries: dict[str, Entry], row: int, day: dt.date, style: str) -> int:
    """One trip; its cost."""
    rng = words.rng
    times, price = rng.choices((1, 2, 3, 4, 10), (3, 6, 1, 2, 0.5))[0], words.amount(180, 16_000, 10)
    cells = (
        date_parts(day, rng),
        text(words.one("destinations")),
        text(words.one("purposes")),
        choice(rng.choice(("鉄道", "バス", "車"))),
        text(str(times)),
        amount(price, rng, style),
        amount(times * price, rng, style),
        tick(rng.random() < 0.6),
        text(str(rng.randint(1, 48))) if rng.random() < 0.7 else EMPTY,
    )
    entries.update({f"items.{row}.{name}": entry for name, entry in zip(COLUMNS, cells, strict=True)})
    return times * price
