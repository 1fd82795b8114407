"""Paper forms, the part that puts pages together: cases judged, files written and rows for the record made in a child of the join."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from digilab.language import LANGUAGES
from ocr.calibration import Calibration
from ocr.cases import group
from ocr.definition.load import LoadedForm
from ocr.errors import OcrError, sentence, sentences
from ocr.judging import judge
from ocr.records import Case, Finding, PageReading, Sorted, Value, page_from_json, sorted_from_json
from ocr.writing import jpeg, overlay_picture, write_all, write_pdf
from ocr.writing.wording import held_because, labels, said
from workers.kinds.form_pages import decoded, loaded_forms, refused

STEM = "forms"
"""What results are called until they get the job's title."""
SHRINK = 2
"""Pictures of sheets have half of the template's pixels each way."""

Key = tuple[str, str]
"""A form's id and revision."""
Spot = tuple[str, int]
"""A file and the page in it."""


def judged(
    readings: list[str],
    pictures: dict[str, str],
    held: list[dict[str, Any]],
    differences: list[str],
    forms: list[str],
    revisions: list[tuple[str, str, int]],
    calibration: str,
    folder: str,
    receipt: str,
    today: str,
    corrections: dict[str, dict[str, str | None]],
) -> Iterator[dict[str, Any]]:
    """Runs in the child: rows for the record, table by table, and the files of results."""
    ids: dict[Key, int] = {(name, revision): number for name, revision, number in revisions}
    known = [page for file in readings for page in json.loads(Path(file).read_bytes())]
    met = {(place["form"], place["revision"]) for place in (page["reading"]["sorted"]["place"] for page in known)}
    folders = [
        Path(folder) for folder, (name, revision, _) in zip(forms, revisions, strict=True) if (name, revision) in met
    ]
    loaded = {(each.form.id, each.form.revision): each for each in loaded_forms(folders)}
    read = {_place_in_pile(page["reading"]["sorted"]): page for page in known}
    estimator = Calibration.load(Path(calibration)) if calibration else Calibration.shipped()
    day = date.fromisoformat(today)
    cases = [
        judge(loaded[_form_of(together[0])], together, number, estimator, day, corrections.get(str(number)))
        for number, together in enumerate(group(tuple(loaded.values()), _pile(known, held)), 1)
    ]
    sheets = [*_read_sheets(cases, read, ids), *map(_held_sheet, held)]
    yield {"table": "sheets", "rows": sorted(sheets, key=lambda row: int(row["ordinal"]))}
    for case in cases:
        form = loaded[case.form, case.revision]
        yield {"table": "cases", "rows": [_case_row(case, ids, form)]}
        yield {"table": "values", "rows": list(_value_rows(case, read, ids, form))}
    place = Path(folder)
    kept = [sorted_from_json(page["sorted"]) for page in held]
    try:
        files = write_all(cases, tuple(loaded.values()), place, STEM, held=kept, receipt=receipt)
    except OcrError as error:
        raise refused(error) from error
    target = place / f"{STEM}_{sentence('output-overlay', 'ja', {})}.pdf"
    yield from ({"file": str(path)} for path in files)
    yield {"file": str(write_pdf(_overlays(cases, read, pictures, receipt), target))}
    yield from difference_file(differences, folder)


def _pile(known: Sequence[dict[str, Any]], held: Sequence[dict[str, Any]]) -> list[PageReading]:
    """All pages as they lay: one that was held back parts the cases before it and after it."""
    pages = [(page["sheet"], page_from_json(page["reading"])) for page in known]
    pages += [(page["sheet"], PageReading(sorted_from_json(page["sorted"]), ())) for page in held]
    return [page for _, page in sorted(pages, key=lambda each: int(each[0]))]


def _overlays(
    cases: Sequence[Case], read: dict[Spot, dict[str, Any]], pictures: dict[str, str], receipt: str
) -> Iterator[bytes]:
    """Every page that was read, with its values drawn in, in the order of the cases."""
    for case in cases:
        for page in case.pages:
            if page.place is None:
                continue
            half = decoded(Path(pictures[read[page.file, page.page]["picture"]]).read_bytes())
            whole = cv2.resize(half, None, fx=SHRINK, fy=SHRINK, interpolation=cv2.INTER_LINEAR)
            evidence: dict[str, str | float | int] = {
                "number": case.number,
                "file": page.file,
                "page": page.page,
                "form": case.form,
                "revision": case.revision,
            }
            values = [value for value in case.values if value.page == page.place.page]
            title = f"{receipt}　{sentence('overlay-title', 'ja', evidence)}"
            yield jpeg(overlay_picture(np.asarray(whole, np.uint8), values, title=title))


def difference_file(held: list[str], folder: str) -> Iterator[dict[str, Any]]:
    """Runs in a child: the pictures of what does not fit, in one PDF."""
    if held:
        target = Path(folder) / f"{STEM}_{sentence('output-difference', 'ja', {})}.pdf"
        yield {"file": str(write_pdf((Path(each).read_bytes() for each in held), target))}


def _read_sheets(
    cases: Sequence[Case], read: dict[Spot, dict[str, Any]], ids: dict[Key, int]
) -> Iterator[dict[str, Any]]:
    for case in cases:
        for page in case.pages:
            known = read[page.file, page.page]
            yield {
                **_sheet_row(known["sheet"], page),
                "revision_id": ids[case.form, case.revision],
                "form_page": page.place.page if page.place else None,
                "case_number": case.number,
                "picture": known["picture"],
            }


def _held_sheet(held: dict[str, Any]) -> dict[str, Any]:
    page = sorted_from_json(held["sorted"])
    return {
        **_sheet_row(held["sheet"], page),
        "reason": held.get("reason") or {language: held_because(page, language) for language in LANGUAGES},
        "picture": held["picture"],
    }


def _sheet_row(ordinal: int, page: Sorted) -> dict[str, Any]:
    return {
        "ordinal": ordinal,
        "file": page.file,
        "page": page.page,
        "verdict": page.verdict.value,
        "revision_id": None,
        "form_page": None,
        "case_number": None,
        "nearest": page.nearest,
        "reason": {},
        "notices": [
            {"code": code, "sentences": {language: sentences(language).get(code, code) for language in LANGUAGES}}
            for code in page.notices
        ],
    }


def _case_row(case: Case, ids: dict[Key, int], form: LoadedForm) -> dict[str, Any]:
    return {
        "number": case.number,
        "revision_id": ids[case.form, case.revision],
        "findings": _findings(case.findings, form),
        "engine": case.engine,
    }


def _value_rows(
    case: Case, read: dict[Spot, dict[str, Any]], ids: dict[Key, int], form: LoadedForm
) -> Iterator[dict[str, Any]]:
    sheets: dict[int, dict[str, Any]] = {}
    for page in case.pages:
        if page.place is not None:  # of a sheet that was scanned twice the first counts
            sheets.setdefault(page.place.page, read[page.file, page.page])
    for ordinal, value in enumerate(case.values, 1):
        sheet = sheets.get(value.page)
        start, length = sheet["spans"].get(value.path, (None, None)) if sheet else (None, None)
        yield {
            "case_number": case.number,
            "ordinal": ordinal,
            "sheet": sheet["sheet"] if sheet else 0,
            "revision_id": ids[case.form, case.revision],
            "page": value.page,
            **_value_row(value),
            "findings": _findings(value.findings, form),
            "crop_key": sheet["crops"] if sheet and start is not None else None,
            "crop_start": start,
            "crop_length": length,
        }


def _value_row(value: Value) -> dict[str, Any]:
    return {
        "path": value.path,
        "label": value.label,
        "type": value.type,
        "raw": value.raw,
        "value": value.value,
        "p_wrong": value.p_wrong,
        "decision": value.decision.value,
        "masked": value.masked,
        "box": list(value.box),
    }


def _findings(findings: Sequence[Finding], form: LoadedForm) -> list[dict[str, Any]]:
    """With their sentences: the job server shows them and knows no engine."""
    named = {language: labels(form.form, language) for language in LANGUAGES}
    return [
        {
            **asdict(finding),
            "sentences": {language: said(finding, named[language], language) for language in LANGUAGES},
        }
        for finding in findings
    ]


def _form_of(reading: PageReading) -> Key:
    if reading.sorted.place is None:
        raise ValueError(f"{reading.sorted.file}, page {reading.sorted.page} belongs to no form")
    return reading.sorted.place.form, reading.sorted.place.revision


def _place_in_pile(page: dict[str, Any]) -> Spot:
    return page["file"], page["page"]
