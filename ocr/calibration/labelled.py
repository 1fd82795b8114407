"""Labelled forms: scans with what stands on them (`truth.json`), read by the engine and compared value by value."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from ocr.calibration.example import Example
from ocr.calibration.features import Features, family, features
from ocr.definition.form import AnyField, Column, Form, Harm, TableField
from ocr.definition.load import LoadedForm
from ocr.errors import OcrError
from ocr.judging import judge
from ocr.pages import open_pages
from ocr.reading import FormReader
from ocr.records import Evidence, Finding, PageReading, Verdict
from ocr.register import Sorter


class LabelsBrokenError(OcrError):
    """Raised for a folder without a `truth.json` that says what stands on which page; `file`, `reason`."""

    code = "labels-broken"


@dataclass(frozen=True)
class LabelledPage:
    """One page and what a person wrote on it. `kind` (of scan) and `hand` only tell results apart."""

    file: str
    page: int
    form: str
    case: str
    kind: str
    hand: str
    values: Mapping[str, str]
    """By field path, as `Value.value` should have it; a field that is not named is empty."""


class Recorder:
    """Stands in for an estimator while examples are made: keeps the features of each value, by path."""

    def __init__(self) -> None:
        self.seen: dict[str, tuple[AnyField | Column, Features]] = {}

    def p_wrong(
        self, field: AnyField | Column, evidence: Evidence, findings: Sequence[Finding], quality: Mapping[str, float]
    ) -> float:
        """Nothing is known yet: a coin."""
        self.seen[evidence.path] = field, features(field, evidence, findings, quality)
        return 0.5

    def threshold(self, harm: Harm) -> float:
        """Everything passes: who looks is no matter here."""
        return float(harm in Harm)


def labelled_pages(folder: Path) -> list[LabelledPage]:
    """The pages of `truth.json` that belong to a form. Raises LabelsBrokenError."""
    file = folder / "truth.json"
    try:
        pages: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["pages"]
        return [
            LabelledPage(
                file=str(each["file"]),
                page=int(each.get("page", 1)),
                form=str(each["form"]),
                case=str(each["case"]),
                kind=str(each.get("kind", "")),
                hand=str(each.get("hand", "")),
                values=_texts({**each["fields"], **each.get("values", {})}),
            )
            for each in pages
            if each["form"]
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LabelsBrokenError(file=str(file), reason=repr(error)) from error


def _texts(values: dict[str, Any]) -> dict[str, str]:
    """Numbers and null would be compared as wrong without a word."""
    for path, value in values.items():
        if not isinstance(value, str):
            # Its type alone: it may be a personal number.
            raise TypeError(f"{path}: {type(value).__name__}")
    return values


def cases_of(pages: Sequence[LabelledPage]) -> Iterator[tuple[str, list[LabelledPage]]]:
    """Pages of one case together, in the order of the file."""
    for case, members in groupby(pages, key=lambda page: page.case):
        yield case, list(members)


def examples(
    folder: Path,
    members: Sequence[LabelledPage],
    forms: Mapping[str, LoadedForm],
    sorter: Sorter,
    reader: FormReader,
    today: date,
) -> list[Example]:
    """Read the pages of one case and compare its values. A page that fits no form gives none. Raises LabelsBrokenError."""
    form = forms[members[0].form].form
    truth = {path: value for member in members for path, value in member.values.items()}
    if strange := truth.keys() - _paths(form):
        raise LabelsBrokenError(file=members[0].file, reason=f"{form.id}: {', '.join(sorted(strange))}")
    read: list[PageReading] = []
    for member in members:
        page = next(
            (each for each in open_pages(folder / member.file, name=member.file) if each.number == member.page), None
        )
        if page is None:
            raise LabelsBrokenError(file=member.file, reason=f"page: {member.page}")
        verdict = sorter.sort(page)
        if verdict.verdict is not Verdict.FITS or verdict.place is None or verdict.place.form != member.form:
            return []
        if any(each.sorted.place and each.sorted.place.page == verdict.place.page for each in read):
            raise LabelsBrokenError(
                file=member.file, reason=f"case: {member.case}, form_page: {verdict.place.page} × 2"
            )
        read.append(reader.read(page, verdict))
    recorder = Recorder()
    case = judge(forms[members[0].form], read, 1, recorder, today=today)
    got = case.by_path()
    found = []
    for path, (about, its_features) in recorder.seen.items():
        if about.type == "personal-number":
            continue  # masked before anybody could compare it; its check digit speaks for it
        value = got.get(path)
        found.append(
            Example(
                case=members[0].case,
                path=path,
                type=about.type,
                family=family(about),
                kind=members[0].kind,
                hand=members[0].hand,
                harm=about.harm,
                expected=comparable(about, truth.get(path, "")),
                got=comparable(about, value.value if value is not None else ""),
                raw=value.raw if value is not None else "",
                features=its_features,
            )
        )
    # What stands on the paper and was not even looked at (a table's row without ink) is wrong too.
    found += [
        _overlooked(members[0], path, value) for path, value in truth.items() if value and path not in recorder.seen
    ]
    return found


def _paths(form: Form) -> set[str]:
    """Every path that a value of the form may have."""
    return {
        path
        for field in form.fields()
        for path in (
            (f"{field.name}.{row}.{column.name}" for row in range(1, field.rows + 1) for column in field.columns)
            if isinstance(field, TableField)
            else (field.name,)
        )
    }


def comparable(field: AnyField | Column, value: str) -> str:
    """The value as it is compared: a blank counts where it has a cell of its own; in free writing nobody can tell one from a gap."""
    if field.type == "text" or (field.type == "kana" and not field.cells):
        return "".join(value.split())
    return value


def _overlooked(page: LabelledPage, path: str, value: str) -> Example:
    return Example(
        case=page.case,
        path=path,
        type="",
        family="",
        kind=page.kind,
        hand=page.hand,
        harm=Harm.NORMAL,
        expected=value,
        got="",
        raw="",
    )
