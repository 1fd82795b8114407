"""A payee asks for money by bank transfer."""

import datetime as dt

from forms.blanks import DEFINITIONS
from forms.entries import EMPTY, Filled, cells_amount, choice, date_parts, postal, text, tick
from forms.words import Vocabulary

BANKS = DEFINITIONS / "bank-transfer-request" / "banks.csv"
CELLS = 20


def fill(words: Vocabulary) -> Filled:
    """One case."""
    rng = words.rng
    payee = words.society() if rng.random() < 0.15 else words.person()
    while len(payee.kana) > CELLS:
        payee = words.person()
    account = words.account(payee, BANKS)
    address, plain_address = words.address()
    ticks = rng.choice([(1, 0, 0), (0, 1, 0), (1, 1, 0), (0, 1, 1), (1, 1, 1), (0, 0, 1)])
    reason = words.one("reasons")
    if rng.random() < 0.35:
        reason = f"{rng.choice(['令和7年度', '令和8年度'])}{reason}"
    return Filled(
        {
            "request_date": date_parts(words.date(dt.date(2026, 4, 1), dt.date(2026, 11, 13)), rng),
            "amount": cells_amount(words.amount(1_200, 2_500_000, rng.choice((1, 10, 100, 1000))), rng),
            "postal_code": postal(words.postal_code(), rng, cells=True),
            "address": text(address, plain_address),
            "payee_kana": text(payee.kana),
            "payee_name": text(words.name_of(payee)),
            "payee_seal": tick(rng.random() < 0.95),
            "telephone": text(*words.telephone()),
            "bank_code": text(account.bank_code),
            "branch_code": text(account.branch_code),
            "bank_name": text(account.bank),
            "branch_name": text(account.branch),
            "account_kind": choice(account.kind),
            "account_number": text(account.number),
            "holder_kana": text(account.holder),
            "reason": text(reason),
            "with_invoice": tick(bool(ticks[0])),
            "with_passbook": tick(bool(ticks[1])),
            "with_other": tick(bool(ticks[2])),
            "other_papers": text(words.one("papers")) if ticks[2] else EMPTY,
            "notice_by": choice(rng.choice(("要", "不要"))) if rng.random() < 0.85 else EMPTY,
        },
        payee.surname,
    )
