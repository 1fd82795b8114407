"""The bank master: which codes of banks and branches exist, and their names."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ocr.definition.faults import FaultError, MasterError

MOST_BYTES = 8_000_000
COLUMNS = ("金融機関コード", "支店コード", "金融機関名", "支店名")


@dataclass(frozen=True)
class BankMaster:
    """Codes as text with leading zeros: `banks["0001"]` is the bank's name, `branches["0001", "123"]` the branch's."""

    banks: dict[str, str] = field(default_factory=dict)
    branches: dict[tuple[str, str], str] = field(default_factory=dict)


def parse(content: bytes, complain: Callable[..., FaultError]) -> BankMaster:
    """The master from csv bytes, UTF-8 or cp932, with a header of `COLUMNS` in any order; raises a `FaultError` with its line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp932", errors="replace")
    # Strict, or a quote left open would swallow every row after it.
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    master = BankMaster()
    try:
        header = [each.strip() for each in next(rows, [])]
        wrong = [each for each in COLUMNS if header.count(each) != 1]
        if wrong:
            raise complain(MasterError, line=1, found="、".join(wrong))
        places = [header.index(each) for each in COLUMNS]
        for row in filter(any, rows):
            bank, branch, bank_name, branch_name = (row[at].strip() if at < len(row) else "" for at in places)
            sound = (
                re.fullmatch(r"[0-9]{4}", bank) and re.fullmatch(r"[0-9]{3}", branch) and "\ufffd" not in "".join(row)
            )
            if not sound or (bank, branch) in master.branches:
                raise complain(MasterError, line=rows.line_num, found=f"{bank}-{branch}")
            master.banks[bank] = bank_name
            master.branches[bank, branch] = branch_name
    except csv.Error as error:
        raise complain(MasterError, line=rows.line_num, found='"') from error
    return master
