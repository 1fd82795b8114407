"""A list as long as any may be is checked in a process that has little memory (X17)."""

import os
import subprocess
import sys
from pathlib import Path

from bad import workbooks

ROWS = 100_000 if os.environ.get("DIGILAB_FAULTS") == "full" else 20_000
A_ROW = 3 * 1024
"""Bytes that a row may take; as a tree in memory it takes 8 KiB. The most rows need a quarter of what the jail allows, so."""

CHECK = """
import re, resource, sys
from pathlib import Path
from bad.payments import PAYMENTS
from robots.rows.check import check_files
from robots.rows.limits import Limits

path, rows, more = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
taken = 1024 * int(re.search(r"VmSize:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
resource.setrlimit(resource.RLIMIT_AS, (taken + more, taken + more))
print(len(check_files(PAYMENTS, [(path, "a.xlsx")], Limits(rows=rows)).rows))
"""


def test_x17_a_hundred_thousand_rows_need_little_memory(tmp_path: Path) -> None:
    path = workbooks.rows_xml(tmp_path / "a.xlsx", ROWS, workbooks.good_xml)
    child = subprocess.run(
        [sys.executable, "-c", CHECK, str(path), str(ROWS), str(ROWS * A_ROW)],
        # As in the jail; each thread of that library takes 40 MiB of address space.
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert child.stdout.strip() == str(ROWS), child.stderr
