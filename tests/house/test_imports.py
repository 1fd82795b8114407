"""Who may import whom, and that the five names are ours."""

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from house.tree import PACKAGES, ROOT, files

LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copied_house(tmp_path: Path) -> Path:
    """The five packages and their contracts, to break on purpose."""
    ignore = shutil.ignore_patterns("__pycache__", "static")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_import_contracts_hold() -> None:
    outcome = lint(ROOT)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("transcribe/offender.py", "import digilab.errors"),
        ("ocr/offender.py", "import transcribe.errors"),
        ("digilab/jobs/offender.py", "import workers.run"),
        ("digilab/jobs/offender.py", "import transcribe.errors"),
        ("digilab/database/offender.py", "import digilab.jobs.rules"),
        ("workers/offender.py", "import digilab.web"),
        ("workers/run.py", "import transcribe.errors"),
    ],
)
def test_an_import_in_the_wrong_direction_is_found(copied_house: Path, module: str, line: str) -> None:
    with (copied_house / module).open("a", encoding="utf-8") as offender:
        offender.write(f"\n{line}\n")
    outcome = lint(copied_house)
    assert outcome.returncode == 1, outcome.stdout
    assert module.removesuffix(".py").replace("/", ".") in outcome.stdout


@pytest.mark.parametrize("name", PACKAGES)
def test_no_stranger_owns_one_of_our_package_names(name: str) -> None:
    owners = importlib.metadata.packages_distributions().get(name, ["digilab"])
    assert set(owners) == {"digilab"}
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin == str(ROOT / name / "__init__.py")


def opened_in_a_child() -> list[str]:
    """Modules whose functions run in a child that opens files from outside."""
    texts = [path.read_text(encoding="utf-8") for path in files("workers/kinds", ending=".py")]
    return sorted({found for text in texts for found in re.findall(r'opened\(\s*"(workers\.kinds\.\w+):', text)})


@pytest.mark.parametrize("module", opened_in_a_child())
def test_a_child_that_opens_a_file_starts_without_database_and_settings(module: str) -> None:
    """One is started for every file, sheet and stretch: what it does not need costs each time most of a second."""
    say = f"import sys, {module}; print(*sorted(sys.modules.keys() & {{'sqlalchemy', 'faster_whisper', 'digilab.config'}}))"
    assert subprocess.run([sys.executable, "-c", say], capture_output=True, text=True, check=True).stdout == "\n"


def test_such_children_are_found() -> None:
    assert len(opened_in_a_child()) > 3
