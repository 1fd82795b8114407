"""What is shipped: the wheel, not the checkout."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from house.tree import PACKAGES, ROOT, files


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel was installed, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    subprocess.run([*pip, "--target", str(folder), str(wheel)], check=True, capture_output=True)
    return folder


def ask(installed: Path, program: str) -> object:
    """What a Python that sees nothing but the installed wheel prints as JSON."""
    program = f"import sys, json; sys.path.insert(0, {str(installed)!r})\n{program}"
    outcome = subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True, capture_output=True, text=True)
    return json.loads(outcome.stdout)


def test_the_wheel_holds_every_file_of_the_five_packages_and_nothing_else(wheel: Path) -> None:
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    ours = {path.relative_to(ROOT).as_posix() for path in files(*PACKAGES) if path.suffix != ".pyc"}
    definitions = ROOT / "form_definitions"
    forms = {f"digilab/forms/definitions/{path.relative_to(definitions)}" for path in files("form_definitions")}
    assert len(forms) > 3
    assert shipped == ours | forms


def test_the_wheel_carries_its_licence(wheel: Path) -> None:
    assert any(name.endswith("/LICENSE") for name in zipfile.ZipFile(wheel).namelist())


def test_the_wheel_owns_the_five_names_and_no_other(installed: Path) -> None:
    owners = ask(installed, "import importlib.metadata as m; print(json.dumps(m.packages_distributions()))")
    assert owners == {name: ["digilab"] for name in PACKAGES}


def test_shipped_form_definitions_are_found_in_the_installed_wheel(installed: Path) -> None:
    found = ask(
        installed,
        "from digilab.forms.shipped import shipped\nprint(json.dumps([str(folder) for folder in shipped(None)]))",
    )
    assert isinstance(found, list)
    assert [Path(folder).name for folder in found] == sorted(
        file.parent.name for file in (ROOT / "form_definitions").glob("*/form.yaml")
    )
    assert all(Path(folder).is_relative_to(installed) for folder in found)


def test_language_files_are_found_in_the_installed_wheel(installed: Path) -> None:
    found = ask(
        installed,
        "from digilab.language import LANGUAGES, keys\nprint(json.dumps([len(keys(name)) for name in LANGUAGES]))",
    )
    assert isinstance(found, list)
    assert min(found) > 50
