"""From a definition and its sheet to the blanks beside form.yaml."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import yaml

from forms.sheet import Sheet
from ocr.definition.form import Form

ROOT = Path(__file__).resolve().parents[2]
DEFINITIONS = ROOT / "form_definitions"
KNOWN = tuple(sorted(path.parent for path in DEFINITIONS.glob("*/form.yaml")))


def definition(folder: Path) -> Form:
    """The definition as data."""
    return Form.model_validate(yaml.safe_load((folder / "form.yaml").read_text(encoding="utf-8")))


def printed(form: Form) -> list[Sheet]:
    """Every page of the form as it comes from the press."""
    press: ModuleType = importlib.import_module(f"forms.sheets.{form.id.replace('-', '_')}")
    pages = []
    for number in range(1, len(form.pages) + 1):
        sheet = Sheet(form, number)
        press.draw(sheet)
        pages.append(sheet)
    return pages


def draw_blanks(folder: Path) -> Iterator[Path]:
    """Writes the blanks that the definition names, and yields them."""
    for sheet in printed(definition(folder)):
        path = folder / sheet.page.blank
        sheet.save(path)
        yield path
