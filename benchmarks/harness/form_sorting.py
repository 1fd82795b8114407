"""Sorts pages that are no business of any given form, or lie otherwise than they should; tells as JSON whether each went right."""

import json
import sys
from pathlib import Path

import cv2

from ocr.definition.load import load
from ocr.pages import open_pages
from ocr.records import Verdict
from ocr.register import Sorter


def main(folder: Path, forms: list[Path]) -> None:
    """`folder` holds the pages and their truth."""
    cv2.setNumThreads(1)
    sorter = Sorter([load(form) for form in forms])
    told = []
    for asked in json.loads((folder / "truth.json").read_text("utf-8"))["pages"]:
        page = next(
            page
            for page in open_pages(folder / asked["file"], name=asked["file"])
            if page.number == asked.get("page", 1)
        )
        found = sorter.sort(page)
        place = found.place.form if found.place is not None else None
        fits_as_it_should = found.verdict is Verdict.FITS and asked["expected"] == "fits" and place == asked["form"]
        stopped_as_it_should = found.verdict is not Verdict.FITS and asked["expected"] != "fits"
        told.append(
            {
                "file": asked["file"],
                "kind": asked["wrong"],
                "expected": asked["expected"],
                "verdict": found.verdict.value,
                "right": fits_as_it_should or stopped_as_it_should,
            }
        )
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(each) for each in sys.argv[2:]])
