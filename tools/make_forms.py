"""Draws filled and scanned forms with their truth, from a seed and one of four vocabularies.

    python tools/make_forms.py OUT --pages 36 --seed 1 --vocabulary test

OUT gets a picture for each page and `truth.json`. Pages of one case follow each other.
"""

import argparse
import json
from pathlib import Path

from forms.blanks import DEFINITIONS, KNOWN, definition
from forms.cases import make_cases, save_page
from forms.scanning import FURTHER, KINDS, MAIN
from forms.words import VOCABULARIES

SETS = {"main": list(MAIN), "all": [*MAIN, *FURTHER]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vocabulary", choices=VOCABULARIES, default="test")
    parser.add_argument("--forms", nargs="+", default=[folder.name for folder in KNOWN])
    parser.add_argument("--kinds", nargs="+", default=["main"], help=f"main, all, or any of {', '.join(KINDS)}")
    options = parser.parse_args()
    kinds = [kind for name in options.kinds for kind in SETS.get(name, [name])]
    if unknown := set(kinds) - KINDS.keys():
        parser.error(f"unknown kinds: {', '.join(sorted(unknown))}")
    forms = [definition(DEFINITIONS / name) for name in options.forms]
    options.out.mkdir(parents=True, exist_ok=True)
    pages = make_cases(forms, kinds, options.vocabulary, options.seed, options.pages)
    truth = [save_page(page, options.out, f"{number:04}") for number, page in enumerate(pages, 1)]
    text = json.dumps(
        {"vocabulary": options.vocabulary, "seed": options.seed, "pages": truth}, ensure_ascii=False, indent=1
    )
    (options.out / "truth.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
