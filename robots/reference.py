"""Our number of a row, typed into a free field of the finance screen and searched for there. Pure: standard library only."""

import re

REFERENCE = re.compile(r"DL([0-9A-Z]{4,18})-([0-9]{4,6})-([0-9])")
LENGTH = 20
"""Characters that a reference of a job below a hundred million, with up to 9,999 rows, never exceeds; the free field needs so many."""


def reference(run: str, number: int) -> str:
    """Such as `DL000123-0007-8`: the run (digits and capitals; a job's number with six digits or more), the row's number, a check digit
    (ISO/IEC 7064 MOD 11,10 over both) so that a slip of the keyboard finds nothing rather than another row.

    Raises ValueError for a run that is no such text.
    """
    body = f"{run}-{number:04d}"
    if REFERENCE.fullmatch(f"DL{body}-0") is None:
        raise ValueError(body)
    return f"DL{body}-{_check(body)}"


def split_reference(text: str) -> tuple[str, int] | None:
    """Run and number of a well-formed reference; None when it is none or its check digit is wrong."""
    match = REFERENCE.fullmatch(text)
    if match is None or _check(f"{match[1]}-{match[2]}") != int(match[3]):
        return None
    return match[1], int(match[2])


def _check(body: str) -> int:
    remainder = 10
    for sign in body.replace("-", ""):
        for digit in str(int(sign, 36)) if sign.isalpha() else sign:
            remainder = (remainder + int(digit)) % 10 or 10
            remainder = remainder * 2 % 11
    return (11 - remainder) % 10
