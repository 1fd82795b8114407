"""What a person must look at: mistakes struck out and put right, ditto marks, seals on the writing."""

import random

from forms.entries import Entry, Filled
from ocr.definition.form import AmountField, Form, SealField, TableField, TelephoneField, TextField

SORTS = ("corrected", "ditto", "seal-over-text")
DITTO = ("〃", "同上")


def trouble(form: Form, filled: Filled, rng: random.Random) -> None:
    """Makes one field of each page difficult and says so in `filled.troubles`; which sort, the form and chance decide."""
    for page in range(1, len(form.pages) + 1):
        sorts = list(SORTS)
        rng.shuffle(sorts)
        for sort in sorts:
            paths = MAKERS[sort](form, page, filled)
            if paths:
                path = rng.choice(paths)
                filled.troubles[path] = sort
                if sort == "ditto":
                    filled.entries[path] = Entry(rng.choice(DITTO))
                break


def mistaken(raw: str, rng: random.Random) -> str:
    """What somebody wrote first: a digit wrong, or the beginning of something else."""
    digits = [place for place, character in enumerate(raw) if character.isdigit()]
    if digits:
        place = rng.choice(digits)
        return f"{raw[:place]}{(int(raw[place]) + rng.randint(1, 9)) % 10}{raw[place + 1 :]}"
    return raw[1:] + raw[0] if len(raw) > 1 else raw


def _correctable(form: Form, page: int, filled: Filled) -> list[str]:
    return [
        field.name
        for field in form.pages[page - 1].fields
        if isinstance(field, TextField | AmountField | TelephoneField)
        and not getattr(field, "cells", 0)
        and field.box[3] / getattr(field, "lines", 1) >= 8
        and field.name in filled.entries
        and len(filled.entries[field.name].raw) > 1
    ]


def _repeated(form: Form, page: int, filled: Filled) -> list[str]:
    return [
        path
        for table in form.pages[page - 1].fields
        if isinstance(table, TableField)
        for column in table.columns
        if isinstance(column, TextField) and column.nature == "free"
        for path in (f"{table.name}.{row}.{column.name}" for row in range(2, table.rows + 1))
        if path in filled.entries
    ]


def _stampable(form: Form, page: int, filled: Filled) -> list[str]:
    """Names that have a place for a seal on their page."""
    fields = form.pages[page - 1].fields
    if not any(isinstance(field, SealField) for field in fields):
        return []
    return [
        field.name
        for field in fields
        if isinstance(field, TextField) and field.nature == "name" and filled.entries[field.name].raw
    ]


MAKERS = {"corrected": _correctable, "ditto": _repeated, "seal-over-text": _stampable}
