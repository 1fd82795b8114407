"""Every kind of work is complete, and a new one needs nothing but its four pieces."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from digilab.services.rules import Kind
from house.tree import PACKAGES, ROOT, files
from workers.kinds import adapter

PIECES = ROOT / "tests" / "house" / "fourth_kind"
KINDS = [kind.value.name for kind in Kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_its_adapter_with_all_three_stages(kind: str) -> None:
    module = adapter(kind)
    for stage in ("split", "work", "join"):
        assert callable(getattr(module, stage, None)), f"workers/kinds/{kind}.py lacks {stage}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_an_engine_of_the_house(kind: str) -> None:
    adapter_file = (ROOT / "workers" / "kinds" / f"{kind}.py").read_text(encoding="utf-8")
    engines = set(PACKAGES) - {"digilab", "workers"}
    imported = {name for name in engines if re.search(rf"^(?:from|import) {name}\b", adapter_file, re.MULTILINE)}
    assert len(imported) == 1, f"workers/kinds/{kind}.py is the bridge to one engine, not to {imported}"
    assert all(importlib.util.find_spec(name) for name in imported)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_its_options_template(kind: str) -> None:
    assert (ROOT / "digilab" / "web" / "templates" / "options" / f"{kind}.html").is_file()


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_tests(kind: str) -> None:
    assert list(files("tests", ending=".py")), kind
    assert [path for path in files("tests", ending=".py") if path.name.startswith(f"test_{kind}")], (
        f"a test file named test_{kind}….py"
    )


def test_no_adapter_lies_there_without_its_kind() -> None:
    stems = {path.stem for path in files("workers/kinds", ending=".py")} - {"__init__"}
    # An adapter that is too long for one file has further ones, named after it.
    adapters = {next((kind for kind in KINDS if stem.startswith(f"{kind}_")), stem) for stem in stems}
    assert adapters == set(KINDS)
    assert set(KINDS) <= stems


@pytest.fixture
def house_with_a_fourth_kind(tmp_path: Path) -> Path:
    """A copy of the packages with the four pieces of one more kind, and nothing else changed."""
    house = tmp_path / "house"
    for name in PACKAGES:
        shutil.copytree(ROOT / name, house / name, ignore=shutil.ignore_patterns("__pycache__"))
    (house / "tally").mkdir()
    shutil.copy(PIECES / "engine.py", house / "tally" / "__init__.py")
    shutil.copy(PIECES / "adapter.py", house / "workers" / "kinds" / "tally.py")
    shutil.copy(PIECES / "options.html", house / "digilab" / "web" / "templates" / "options" / "tally.html")
    rules = house / "digilab" / "services" / "rules.py"
    source = rules.read_text(encoding="utf-8")
    member = '    TALLY = Trade("tally", Unit.SHEET, frozenset({"txt"}), frozenset({"text"}))\n'
    first = re.search(r"^    [A-Z]+ = Trade\(.*\)\n", source, re.MULTILINE)
    assert first is not None
    rules.write_text(source[: first.end()] + member + source[first.end() :], encoding="utf-8")
    return house


def test_a_job_of_a_fourth_kind_runs_from_intake_to_done(house_with_a_fourth_kind: Path, tmp_path: Path) -> None:
    outcome = subprocess.run(
        [sys.executable, str(PIECES / "drive.py"), str(tmp_path / "data")],
        cwd=tmp_path,
        env={"PYTHONPATH": str(house_with_a_fourth_kind), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    told = json.loads(outcome.stdout)
    assert Path(told["engine"]).is_relative_to(house_with_a_fourth_kind)
    assert told["state"] == "done"
    assert told["counted"] == ["3", "1"]
    assert told["net_minutes"] == pytest.approx(6.0)
