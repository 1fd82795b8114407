"""Numbers that name something: written in one way, checked by their length, their check digit and the form's bank master."""

from ocr.values import numbers
from ocr.values.parsed import Parsed, Surroundings

PASSED = {"check_passed": 1.0}
FOUND = {"master_found": 1.0}


def digits(written: str, path: str) -> Parsed:
    """Any number of digits; leading zeros stay."""
    value = numbers.plain(written)
    return Parsed(value) if _all_digits(value) else Parsed(value).failed(path, "digits-foreign")


def postal_code(written: str, path: str) -> Parsed:
    """`123-4567`."""
    value = numbers.postal_code(written)
    return Parsed(numbers.plain(written)).failed(path, "postal-code-length") if value is None else Parsed(value)


def telephone(written: str, path: str) -> Parsed:
    """With hyphens where the writer put them."""
    value = numbers.telephone(written)
    wrong = numbers.domestic(value)
    return Parsed(value).failed(path, wrong) if wrong else Parsed(value, signs=PASSED)


def bank_code(written: str, around: Surroundings) -> Parsed:
    """Four digits; a bank of the master where the form has one."""
    parsed = _of_length(written, 4, around.path, "bank-code-length")
    if parsed.findings or around.banks is None:
        return parsed
    if parsed.value in around.banks.banks:
        return parsed.signed(**FOUND)
    return parsed.failed(around.path, "bank-unknown", code=parsed.value)


def branch_code(written: str, bank_field: str, around: Surroundings) -> Parsed:
    """Three digits; a branch of the bank whose code `bank_field` holds."""
    parsed = _of_length(written, 3, around.path, "branch-code-length")
    if parsed.findings or around.banks is None or not bank_field:
        return parsed
    bank = around.other(bank_field)
    if bank not in around.banks.banks:
        return parsed.failed(around.path, "branch-without-bank")
    if (bank, parsed.value) in around.banks.branches:
        return parsed.signed(**FOUND)
    return parsed.failed(around.path, "branch-unknown", bank=around.banks.banks[bank], code=parsed.value)


def account_number(written: str, path: str) -> Parsed:
    """Seven digits, zeros before what was written."""
    value = numbers.plain(written)
    if not _all_digits(value) or len(value) > 7:
        return Parsed(value).failed(path, "account-number-length", length=len(value))
    return Parsed(value.zfill(7))


def _of_length(written: str, length: int, path: str, code: str) -> Parsed:
    value = numbers.plain(written)
    if len(value) != length or not _all_digits(value):
        return Parsed(value).failed(path, code, length=len(value))
    return Parsed(value)


def _all_digits(value: str) -> bool:
    return value.isascii() and value.isdigit()
