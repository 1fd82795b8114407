"""The complete record: every case as `Case.to_json` gives it, personal numbers masked, with each finding's sentence beside its code."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from ocr.definition.form import Form
from ocr.definition.load import LoadedForm
from ocr.records import Case, Finding, Sorted
from ocr.version import VERSION
from ocr.writing.grid import shown
from ocr.writing.wording import held_because, labels, said

SCHEMA = 1


def write(
    cases: Sequence[Case], forms: Sequence[LoadedForm], *, held: Sequence[Sorted], receipt: str, language: str
) -> bytes:
    """UTF-8 without a byte order mark; half characters in file names as JSON's own escapes."""
    by_key = {(each.form.id, each.form.revision): each.form for each in forms}
    record = {
        "schema": SCHEMA,
        "written_by": VERSION,
        "receipt": receipt,
        "forms": [
            {"id": each.form.id, "revision": each.form.revision, "title": each.form.title, "digest": each.digest}
            for each in forms
        ],
        "cases": [_case(case, by_key[case.form, case.revision], language) for case in cases],
        "held": [{**asdict(page), "sentence": held_because(page, language)} for page in held],
    }
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8", "backslashreplace")


def _case(case: Case, form: Form, language: str) -> dict[str, Any]:
    named = labels(form, language)
    masked = replace(case, values=tuple(map(shown, case.values)))
    plain = masked.to_json()
    _add_sentences(plain["findings"], case.findings, named, language)
    for each, value in zip(plain["values"], case.values, strict=True):
        _add_sentences(each["findings"], value.findings, named, language)
    return plain


def _add_sentences(
    plain: Sequence[dict[str, Any]], findings: Sequence[Finding], named: dict[str, str], language: str
) -> None:
    for each, finding in zip(plain, findings, strict=True):
        each["sentence"] = said(finding, named, language)
