"""Results as files: csv, xlsx, json, pictures with the fields drawn in."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ocr.definition.load import LoadedForm
from ocr.errors import sentence
from ocr.records import Case, Sorted
from ocr.writing import csv, json, xlsx
from ocr.writing.drawing import jpeg, overlay, overlay_picture
from ocr.writing.grid import Grid, doubts, grids, held_pages, refuse_broken
from ocr.writing.pdf import write_pdf

__all__ = ["FORMATS", "jpeg", "overlay", "overlay_picture", "write_all", "write_pdf"]

FORMATS = ("csv", "xlsx", "json")


def write_all(
    cases: Sequence[Case],
    forms: Sequence[LoadedForm],
    folder: Path,
    stem: str = "forms",
    *,
    held: Sequence[Sorted] = (),
    receipt: str = "",
    language: str = "ja",
    formats: Iterable[str] = FORMATS,
) -> list[Path]:
    """The files in `folder`, which is made; equal input gives equal bytes. docs/reference/form-outputs.md says what is in them.

    `forms` hold every case's form in its revision; those without a case get no file, unless there is no case at all.
    `held` are the pages that were not read. Raises `BrokenCharacterError`.
    """
    by_key = {(each.form.id, each.form.revision): each for each in forms}
    for case in cases:
        refuse_broken(by_key[case.form, case.revision].form, case, language)
    there = {(case.form, case.revision) for case in cases}
    used = [each for key, each in by_key.items() if key in there or not there]
    values = [grid for each in used for grid in grids(each.form, _of(each, cases), receipt=receipt, language=language)]
    missed = held_pages(held, receipt=receipt, language=language)
    files: dict[str, bytes] = {}
    if "csv" in formats:
        files |= _csv_files(values, [missed] if held else [], stem, len(used) > 1, language)
    if "xlsx" in formats:
        checks = doubts([each.form for each in used], cases, receipt=receipt, language=language)
        files[f"{stem}.xlsx"] = xlsx.write([*values, checks, missed], language)
    if "json" in formats:
        files[f"{stem}.json"] = json.write(cases, used, held=held, receipt=receipt, language=language)
    folder.mkdir(parents=True, exist_ok=True)
    for name in _lists(stem, missed, language) - files.keys() if "csv" in formats else ():
        (folder / name).unlink(missing_ok=True)  # of an earlier run: it would warn of what is no longer so
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def _csv_files(
    values: Sequence[Grid], held: Sequence[Grid], stem: str, several: bool, language: str
) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    notices: list[tuple[str, csv.Notice]] = []
    for grid in (*values, *held):
        name = _name(grid, stem, several)
        while {f"{name}.csv", f"{name}_cp932.csv"} & files.keys():
            name += "_"  # a table may be called cp932
        files[f"{name}.csv"] = csv.utf8(grid)
        files[f"{name}_cp932.csv"], found = csv.cp932(grid)
        notices += ((f"{name}_cp932.csv", notice) for notice in found)
    if notices:
        listed = csv.notices_grid(notices, language)
        files[f"{stem}_{listed.title}.csv"] = csv.utf8(listed)
    return files


def _lists(stem: str, held: Grid, language: str) -> set[str]:
    """Files that are there only when they list something."""
    name, characters = _name(held, stem, several=False), sentence("output-characters-file", language, {})
    return {f"{name}.csv", f"{name}_cp932.csv", f"{stem}_{characters}.csv"}


def _name(grid: Grid, stem: str, several: bool) -> str:
    """forms, forms_items; with several forms forms_payment-claim_2, forms_payment-claim_2_items; forms_保留ページ."""
    if grid.form is None:
        return f"{stem}_{grid.title}"
    parts = (stem, *((grid.form.id, grid.form.revision) if several else ()), *((grid.name,) if grid.name else ()))
    return "_".join(parts)


def _of(loaded: LoadedForm, cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if (case.form, case.revision) == (loaded.form.id, loaded.form.revision)]
