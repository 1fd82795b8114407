"""Draws the blank of each page of each form definition that `tools/forms/sheets` knows.

python tools/draw_blanks.py [form_definitions/bank-transfer-request …]
"""

import argparse
from pathlib import Path

from forms.blanks import KNOWN, draw_blanks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*", default=list(KNOWN))
    for folder in parser.parse_args().folders:
        for path in draw_blanks(folder):
            print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
