"""Reads made forms in four ways, page by page in one process on one thread, and writes what came out and what it cost.

Ours; RapidOCR over the full page and tesseract over the full page, their characters given to fields by the same homography; tesseract on
our crops. All readings go through the same parsers and rules, so that only the reading differs. Started by `benchmarks/ocr.py`.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.calibration import Calibration
from ocr.calibration.features import family
from ocr.calibration.labelled import LabelledPage, cases_of, comparable, labelled_pages
from ocr.definition.load import LoadedForm, load
from ocr.engine import open_recogniser
from ocr.judging import judge
from ocr.pages import Page, open_pages
from ocr.reading import FormReader
from ocr.records import Case, Evidence, PageReading, Reading, Sorted, Verdict
from ocr.regions import spots
from ocr.register import Sorter, warp

TODAY = date(2026, 11, 20)
PX_PER_MM = 12
WAYS = ("ours", "rapidocr page", "tesseract page", "tesseract crops")


@dataclass(frozen=True)
class Sign:
    """A character or word that a full-page reader found, with the middle of its box in template pixels."""

    text: str
    x: float
    y: float


def cpu() -> float:
    """Processor seconds of this process and of the children that have ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


class RapidPage:
    """RapidOCR as its users call it, one thread, every character with a box of its own."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        found = find_spec("rapidocr")
        models = Path(str(found.origin)).parent / "models"
        self.engine = RapidOCR(
            params={
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
                "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
                "Cls.model_path": str(models / "ch_ppocr_mobile_v2.0_cls_mobile.onnx"),
                "Global.log_level": "error",
            }
        )

    def __call__(self, image: NDArray[np.uint8], homography: NDArray[np.float64]) -> list[Sign]:
        """The characters of one page."""
        result = self.engine(image, return_word_box=True, return_single_char_box=True)
        return [
            placed(str(word[0]), np.array(word[2], dtype=np.float64).mean(axis=0), homography)
            for line in (result.word_results or ())
            for word in line
            if word and word[0]
        ]


def tesseract_page(image: NDArray[np.uint8], homography: NDArray[np.float64]) -> list[Sign]:
    """The words of one page, sparse text (which does better on forms than automatic page segmentation)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.png")
        cv2.imwrite(str(path), image, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        table = tesseract(path, 11, "tsv")
    signs = []
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["text"] and row["text"].strip():
            left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
            signs.append(placed(row["text"], np.array([left + width / 2, top + height / 2]), homography))
    return signs


def tesseract(path: Path, segmentation: int, *output: str) -> str:
    """What tesseract writes about a picture, or about each of a list; nothing when it dies (5.3 does of some small crops)."""
    call = ["tesseract", str(path), "stdout", "-l", "jpn", "--psm", str(segmentation), *output]
    done = subprocess.run(
        call, check=False, capture_output=True, text=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"}
    )
    return done.stdout if done.returncode == 0 else ""


def placed(text: str, middle: NDArray[np.float64], homography: NDArray[np.float64]) -> Sign:
    """The sign where the template has it."""
    x, y, w = homography @ np.array([middle[0], middle[1], 1.0])
    return Sign(text, float(x / w), float(y / w))


def inside(signs: Sequence[Sign], box: Sequence[float]) -> str:
    """What stands in a box of millimetres, left to right."""
    left, top, width, height = (each * PX_PER_MM for each in box)
    found = [sign for sign in signs if left <= sign.x <= left + width and top <= sign.y <= top + height]
    return "".join(sign.text for sign in sorted(found, key=lambda sign: sign.x))


def instead(
    reading: PageReading, text_of: Callable[[Sequence[float]], str], boxes: dict[str, list[Any]]
) -> PageReading:
    """The same page as if another engine had read its writing; marks stay as they are."""

    def swapped(evidence: Evidence) -> Evidence:
        if evidence.pieces:
            return replace(evidence, pieces=tuple(Reading(text_of(box)) for box in boxes[evidence.path]))
        return evidence if evidence.reading is None else replace(evidence, reading=Reading(text_of(evidence.box)))

    return replace(reading, evidence=tuple(swapped(each) for each in reading.evidence))


class Ways:
    """All four, warm."""

    def __init__(self, forms: Sequence[LoadedForm], ways: Sequence[str]) -> None:
        self.forms = {loaded.form.id: loaded for loaded in forms}
        self.ways = ways
        recogniser = open_recogniser("rapidocr", threads=1).__enter__()
        self.sorter, self.reader = Sorter(forms), FormReader(forms, recogniser)
        self.calibration = Calibration.shipped()
        self.rapid = RapidPage() if "rapidocr page" in ways else None

    def case(self, folder: Path, members: Sequence[LabelledPage]) -> Iterator[dict[str, Any]]:
        """Records of one case: one for each way, with its cost and its values."""
        began = cpu()
        pages = [self._opened(folder, member) for member in members]
        sorted_pages = [self.sorter.sort(page) for page in pages]
        fits = all(
            each.verdict is Verdict.FITS and each.place is not None and each.place.form == member.form
            for each, member in zip(sorted_pages, members, strict=True)
        )
        yield {
            "way": "stopped",
            "case": members[0].case,
            "kind": members[0].kind,
            "pages": len(members),
            "stopped": not fits,
        }
        if not fits:
            return
        readings = [self.reader.read(page, each) for page, each in zip(pages, sorted_pages, strict=True)]
        loaded = self.forms[members[0].form]
        judged = judge(loaded, readings, 1, self.calibration, today=TODAY)
        yield self._told("ours", members, judged, cpu() - began)
        for way, read in self._others(pages, sorted_pages, readings, loaded):
            began = cpu()
            others = [read(number) for number in range(len(pages))]
            spent = cpu() - began
            yield self._told(way, members, judge(loaded, others, 1, self.calibration, today=TODAY), spent)

    def _opened(self, folder: Path, member: LabelledPage) -> Page:
        pages = open_pages(folder / member.file, name=member.file)
        return next(page for page in pages if page.number == member.page)

    def _others(
        self, pages: Sequence[Page], places: Sequence[Sorted], readings: Sequence[PageReading], loaded: LoadedForm
    ) -> Iterator[tuple[str, Callable[[int], PageReading]]]:
        boxes = pieces_of(loaded)
        matrices = [np.array(each.place.homography).reshape(3, 3) for each in places if each.place is not None]

        def full_page(
            reader: Callable[[NDArray[np.uint8], NDArray[np.float64]], list[Sign]],
        ) -> Callable[[int], PageReading]:
            def read(number: int) -> PageReading:
                signs = reader(pages[number].image, matrices[number])
                return instead(readings[number], lambda box: inside(signs, box), boxes)

            return read

        def crops(number: int) -> PageReading:
            texts = self._tesseract_crops(pages[number], places[number], readings[number], boxes)
            return instead(readings[number], lambda box: texts[tuple(box)], boxes)

        if self.rapid is not None:
            yield "rapidocr page", full_page(self.rapid)
        if "tesseract page" in self.ways:
            yield "tesseract page", full_page(tesseract_page)
        if "tesseract crops" in self.ways:
            yield "tesseract crops", crops

    def _tesseract_crops(
        self, page: Page, place: Sorted, reading: PageReading, boxes: dict[str, list[Any]]
    ) -> dict[tuple[float, ...], str]:
        """Every box of writing on the page, read line by line in one call."""
        flat = warp(page.image, place.place) if place.place is not None else page.image
        asked: list[tuple[float, ...]] = []
        for evidence in reading.evidence:
            asked += (
                [tuple(box) for box in boxes[evidence.path]]
                if evidence.pieces
                else [tuple(evidence.box)] * (evidence.reading is not None)
            )
        with tempfile.TemporaryDirectory() as folder:
            for number, box in enumerate(asked):
                left, top, width, height = (round(each * PX_PER_MM) for each in box)
                cv2.imwrite(f"{folder}/{number:04}.png", flat[max(top, 0) : top + height, max(left, 0) : left + width])
            listed = Path(folder, "crops.txt")
            listed.write_text("".join(f"{folder}/{number:04}.png\n" for number in range(len(asked))))
            read = tesseract(listed, 7).split("\f")
            if len(read) < len(asked):  # it died of one crop: the others are read one by one
                read = [tesseract(Path(folder, f"{number:04}.png"), 7) for number in range(len(asked))]
        return {box: text.strip() for box, text in zip(asked, read, strict=False)}

    def _told(self, way: str, members: Sequence[LabelledPage], case: Case, seconds: float) -> dict[str, Any]:
        truth = {path: value for member in members for path, value in member.values.items()}
        got, fields_of = case.by_path(), fields_by_path(self.forms[case.form])
        fields = []
        for path in sorted(got.keys() | {path for path, value in truth.items() if value}):
            field, value = fields_of[path], got.get(path)
            fields.append(
                {
                    "path": path,
                    "type": field.type,
                    "family": family(field),
                    "expected": comparable(field, truth.get(path, "")),
                    "got": comparable(field, value.value) if value is not None else "",
                    "p_wrong": value.p_wrong if value is not None else 1.0,
                    "decision": value.decision.value if value is not None else "",
                }
            )
        first = members[0]
        about = {"case": first.case, "form": first.form, "kind": first.kind, "hand": first.hand}
        return {"way": way, **about, "pages": len(members), "cpu": seconds, "fields": fields}


def pieces_of(loaded: LoadedForm) -> dict[str, list[Any]]:
    """Boxes of each field, by path, in the order of `Evidence.pieces`."""
    return {spot.path: list(spot.boxes) for page in loaded.form.pages for spot in spots(page)}


def fields_by_path(loaded: LoadedForm) -> dict[str, Any]:
    """Each field, a table's for every row, by path."""
    return {spot.path: spot.field for page in loaded.form.pages for spot in spots(page)}


def main() -> None:
    """Records as lines of JSON into a file; the last one tells the peak memory of the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--forms", type=Path, nargs="+", required=True)
    parser.add_argument("--share", default="0/1", help="this process's cases: number/of")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    call = parser.parse_args()
    number, of = (int(each) for each in call.share.split("/"))
    cv2.setNumThreads(1)
    ways = Ways([load(folder) for folder in call.forms], call.ways)
    cases = list(cases_of(labelled_pages(call.folder)))[number::of]
    with call.output.open("w", encoding="utf-8") as output:
        began = time.monotonic()
        for _, members in cases:
            for record in ways.case(call.folder, members):
                output.write(json.dumps(record, ensure_ascii=False) + "\n")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        output.write(json.dumps({"way": "end", "seconds": time.monotonic() - began, "peak": peak}) + "\n")


if __name__ == "__main__":
    main()
