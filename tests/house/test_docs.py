"""What the pages of docs/ say about the house is so."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from pydantic import BaseModel

from digilab.config import Settings
from digilab.errors import DigilabError
from digilab.office import open_office
from digilab.web.app import create_app
from house.tree import ROOT, files, shown
from ocr.definition.faults import DefinitionFaultsError
from ocr.errors import OcrError
from robots.errors import RobotError
from transcribe.errors import TranscribeError
from workers.failures import EngineFailedError

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *files("docs", ending=".md")]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
REFERENCE = ROOT / "docs" / "reference"


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def settings(group: type[BaseModel] = Settings, prefix: str = "DIGILAB_") -> Iterator[tuple[str, object]]:
    """Every setting as its environment variable, with its default."""
    for name, field in group.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}", field.default


def written(default: object) -> str:
    """A default as the page writes it."""
    if default in ("", None):
        return "(空)"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


@pytest.mark.parametrize(("name", "default"), list(settings()))
def test_every_setting_is_explained_with_its_default(name: str, default: object) -> None:
    rows = [line for line in page("settings.md").splitlines() if line.startswith(f"| `{name}` |")]
    assert len(rows) == 1, f"{name} wants one row in docs/reference/settings.md"
    assert f"| {written(default)} |" in rows[0]


def test_no_setting_is_explained_that_does_not_exist() -> None:
    named = set(re.findall(r"DIGILAB_[A-Z0-9_]+", "".join(path.read_text(encoding="utf-8") for path in PAGES)))
    groups = {name.rpartition("__")[0] + "__" for name, _ in settings() if "__" in name}
    assert named - {name for name, _ in settings()} - groups - {"DIGILAB_"} == set()


@pytest.mark.parametrize("file", PAGES, ids=shown)
def test_every_link_leads_somewhere(file: Path) -> None:
    targets = [target for target in LINK.findall(file.read_text(encoding="utf-8")) if "://" not in target]
    lost = [
        target for target in targets if not (file.parent / (unquote(target.partition("#")[0]) or file.name)).exists()
    ]
    assert lost == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    ways = [ROOT / "README.md"]
    while ways:
        file = ways.pop()
        if file in reached or file.suffix != ".md" or not file.exists():
            continue
        reached.add(file)
        targets = [target for target in LINK.findall(file.read_text(encoding="utf-8")) if "://" not in target]
        ways += [(file.parent / unquote(target.partition("#")[0])).resolve() for target in targets]
    assert [shown(file) for file in PAGES if file not in reached and file.name != "CHANGELOG.md"] == []


@pytest.mark.parametrize(("name", "script"), [("errors.md", "error_page.py"), ("command-line.md", "command_page.py")])
def test_a_page_made_from_the_code_is_up_to_date(name: str, script: str) -> None:
    command = [sys.executable, str(ROOT / "scripts" / script)]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    assert page(name) == made.stdout, "run `make pages`"


def test_every_error_has_its_row() -> None:
    def codes(root: type[Any]) -> set[str]:
        return {root.code}.union(*(codes(child) for child in root.__subclasses__()))

    rows = set(re.findall(r"^\| `([\w-]+)` \|", page("errors.md"), re.MULTILINE))
    assert EngineFailedError.code in codes(DigilabError)
    assert DefinitionFaultsError.code in codes(OcrError)
    assert codes(DigilabError) | codes(TranscribeError) | codes(OcrError) | codes(RobotError) <= rows


def test_the_api_page_names_every_route_of_the_api_and_no_other(tmp_path: Path) -> None:
    with open_office(Settings(data=tmp_path / "data")) as office:
        described = create_app(office).openapi()["paths"]
    watched = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics")}
    routes = {(verb.upper(), path) for path, verbs in described.items() for verb in verbs} | watched
    named = set(re.findall(r"^\| `([A-Z]+) (\S+)` \|", page("api.md"), re.MULTILINE))
    assert named == routes
