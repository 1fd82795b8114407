"""python -m ocr check FORM_DIR …: is the definition sound, and what does it say?"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2

from ocr.commands.say import DONE, SOME_FAILED, Say
from ocr.definition.blank import PIXELS_PER_MM
from ocr.definition.drawing import drawn
from ocr.definition.faults import BlankUnalignableError, DefinitionFaultsError
from ocr.definition.form import ChoiceField, Form, TableField
from ocr.definition.load import NAME, LoadedForm, load
from ocr.pages.page import INCH_MM, Page
from ocr.register import Sorter


def run(call: argparse.Namespace, say: Say) -> int:
    """0 when every definition is sound, 1 otherwise."""
    facts = []
    for folder in call.forms:
        try:
            loaded = load(folder)
            _try_to_align(loaded, folder)
        except DefinitionFaultsError as error:
            facts.append({"folder": folder.name, "faults": [_fault(each) for each in error.faults]})
            if not call.json:
                say.trouble(error.sentence(say.language))
            continue
        facts.append(describe(loaded, folder))
        pictures = list(_drawn(loaded, call.overlay)) if call.overlay else []
        if not call.json:
            _tell(loaded, pictures, say)
    if call.json:
        json.dump(facts, sys.stdout)
        print()
    return SOME_FAILED if any(each["faults"] for each in facts) else DONE


def _try_to_align(loaded: LoadedForm, folder: Path) -> None:
    """Each blank has to be sorted to its own page: what fails here would hold every scan. Raises `DefinitionFaultsError`."""
    sorter = Sorter([loaded])
    faults = []
    for number, (page, blank) in enumerate(zip(loaded.form.pages, loaded.blanks, strict=True), 1):
        place = sorter.sort(Page(page.blank, number, blank, PIXELS_PER_MM * INCH_MM)).place
        if place is None or place.page != number:
            faults.append(BlankUnalignableError(file=NAME, line=0, field="", found=page.blank))
    if faults:
        raise DefinitionFaultsError(folder.name, faults)


def describe(loaded: LoadedForm, folder: Path) -> dict[str, Any]:
    """The facts of a sound definition as plain data."""
    form = loaded.form
    return {
        "folder": folder.name,
        "id": form.id,
        "revision": form.revision,
        "title": form.title,
        "note": form.note,
        "personal_number": form.personal_number,
        "digest": loaded.digest,
        "pages": len(form.pages),
        "files": list(loaded.files),
        "fields": list(_fields(form)),
        "faults": [],
    }


def _fields(form: Form) -> Iterator[dict[str, Any]]:
    """Every field in order; a table's columns by their path in the rules, `items.amount`."""
    for number, page in enumerate(form.pages, 1):
        for field in page.fields:
            yield _field(field.name, field, number)
            if isinstance(field, TableField):
                for column in field.columns:
                    yield _field(f"{field.name}.{column.name}", column, number) | {"rows": field.rows}


def _field(path: str, field: Any, page: int) -> dict[str, Any]:
    one_of = isinstance(field, ChoiceField) and not field.many
    return {
        "path": path,
        "label": field.label,
        "type": field.type,
        "page": page,
        "required": field.required,
        "harm": field.harm.value,
        "review": field.review.value,
        **({"options": [option.value for option in field.options]} if one_of else {}),
    }


def _fault(fault: Any) -> dict[str, Any]:
    places = {key: fault.evidence[key] for key in ("file", "line", "field")}
    return {
        "code": fault.code,
        **places,
        "evidence": {key: value for key, value in fault.evidence.items() if key not in places},
        "sentences": {language: fault.sentence(language) for language in ("ja", "en")},
    }


def _drawn(loaded: LoadedForm, folder: Path) -> Iterator[Path]:
    """A picture a page of the blank with the fields' boxes."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in range(len(loaded.blanks)):
        path = folder / f"{loaded.form.id}-{loaded.form.revision}-{page + 1}.png"
        path.write_bytes(cv2.imencode(".png", drawn(loaded, page))[1].tobytes())
        yield path


def _tell(loaded: LoadedForm, pictures: Sequence[Path], say: Say) -> None:
    form = loaded.form
    count = sum(1 for each in _fields(form) if each["type"] != "table")
    say("run-form-sound", title=form.title, id=form.id, revision=form.revision, pages=len(form.pages), fields=count)
    for path in pictures:
        say("run-written", path=str(path))
