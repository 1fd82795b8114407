"""Draws filled and scanned forms with their truth, from a seed and one of four vocabularies.

    python tools/make_forms.py OUT --pages 36 --seed 1 --vocabulary test

OUT gets a picture for each page, or one PDF with --pdf, and `truth.json`. Pages of one case follow each other.
"""

import argparse
import json
from pathlib import Path

from forms.blanks import SHIPPED, definition, folder_of
from forms.cases import make_cases
from forms.files import save_pages, save_pdf, smaller
from forms.scanning import FURTHER, KINDS, MAIN
from forms.words import VOCABULARIES
from forms.wrong import make_wrong

SETS = {"main": list(MAIN), "all": [*MAIN, *FURTHER]}


def options_of() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for the pages and truth.json")
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vocabulary", choices=VOCABULARIES, default="test")
    parser.add_argument("--forms", nargs="+", default=[folder.name for folder in SHIPPED], help="ids or folders")
    parser.add_argument("--kinds", nargs="+", default=["main"], help=f"main, all, or any of: {', '.join(KINDS)}")
    parser.add_argument(
        "--troubles", type=float, default=0, metavar="SHARE", help="share of cases with something difficult"
    )
    parser.add_argument("--wrong", action="store_true", help="only pages that must be stopped, and some turned around")
    parser.add_argument("--pdf", metavar="NAME", help="one PDF of this name instead of pictures")
    parser.add_argument(
        "--gray", type=int, metavar="QUALITY", help="gray at this JPEG quality at most, for small files"
    )
    options = parser.parse_args()
    options.kinds = [kind for name in options.kinds for kind in SETS.get(name, [name])]
    if unknown := set(options.kinds) - KINDS.keys():
        parser.error(f"unknown kinds: {', '.join(sorted(unknown))}")
    if missing := [name for name in options.forms if not (folder_of(name) / "form.yaml").is_file()]:
        parser.error(f"unknown forms: {', '.join(missing)}")
    return options


def main() -> None:
    options = options_of()
    forms = [definition(folder_of(name)) for name in options.forms]
    if options.wrong:
        pages = make_wrong(forms, options.vocabulary, options.seed, options.pages)
    else:
        pages = make_cases(forms, options.kinds, options.vocabulary, options.seed, options.pages, options.troubles)
    if options.gray:
        pages = (smaller(page, options.gray) for page in pages)
    options.out.mkdir(parents=True, exist_ok=True)
    truth = save_pdf(pages, options.out / options.pdf) if options.pdf else save_pages(pages, options.out)
    told = {"vocabulary": options.vocabulary, "seed": options.seed, "pages": truth}
    (options.out / "truth.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
