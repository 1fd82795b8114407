"""Draws the blank of each page of form definitions that `tools/forms/sheets` knows.

python tools/draw_blanks.py [form_definitions/bank-transfer-request …]
python tools/draw_blanks.py --older form_definitions/travel-expense-claim OUT    the edition before, as a definition
"""

import argparse
from pathlib import Path

from forms.blanks import SHIPPED, definition, draw_blanks, write_definition
from forms.editions import older


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="*", default=list(SHIPPED))
    parser.add_argument("--older", type=Path, nargs=2, metavar=("FOLDER", "OUT"))
    options = parser.parse_args()
    if options.older:
        folder, out = options.older
        paths = list(write_definition(older(definition(folder)), out))
    else:
        paths = [path for folder in options.folders for path in draw_blanks(folder)]
    for path in paths:
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
