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
SHIPPED = tuple(sorted(path.parent for path in DEFINITIONS.glob("*/form.yaml")))


def folder_of(name: str) -> Path:
    """The folder of a shipped definition by its id, or of any other by its path."""
    return DEFINITIONS / name if (DEFINITIONS / name / "form.yaml").is_file() else Path(name)


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
    yield from draw_pages(definition(folder), folder)


def write_definition(form: Form, folder: Path) -> Iterator[Path]:
    """Writes a definition that was made from another one, with its blanks."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = form.model_dump(mode="json", exclude_unset=True)
    text = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, default_flow_style=None, width=140)
    (folder / "form.yaml").write_text(text, encoding="utf-8")
    yield folder / "form.yaml"
    yield from draw_pages(form, folder)


def draw_pages(form: Form, folder: Path) -> Iterator[Path]:
    """Writes a form's blanks into a folder."""
    for sheet in printed(form):
        path = folder / sheet.page.blank
        sheet.save(path)
        yield path
