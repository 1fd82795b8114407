"""The locks: pinned, hashed, without addresses, and fitting to pyproject.toml."""

import re
import tomllib

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from house.tree import ROOT

LOCKS = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "requirements-paddle.lock")}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = ["3.11.7", "3.12.3", "3.13.1"]


def entries(lock: str) -> list[str]:
    """The lock's requirements, each with its hashes on one line."""
    lines = [line for line in LOCKS[lock].splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()


def pinned(lock: str, python: str) -> dict[str, str]:
    """Name → version, as that Python on Linux would install it."""
    environment = default_environment() | {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": "linux",
    }
    found = {}
    for entry in entries(lock):
        requirement = Requirement(entry.partition("--hash")[0])
        if requirement.marker is None or requirement.marker.evaluate(environment):
            found[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return found


def listed(file: str) -> list[str]:
    """The requirements of a .in file."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def wanted() -> list[tuple[str, str]]:
    """Lock and requirement, of everything that the project asks for."""
    project = PROJECT["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    building = [*project["dependencies"], *PROJECT["build-system"]["requires"], *listed("requirements.in")]
    main = [("requirements.lock", line) for line in [*building, *extras]]
    return main + [("requirements-paddle.lock", line) for line in [*building, *listed("requirements-paddle.in")]]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_pinned_to_one_version_and_hashed(lock: str) -> None:
    assert len(entries(lock)) > 50
    for entry in entries(lock):
        assert re.match(r"[\w.-]+==[\w.!+]+( ;[^\\]*)? --hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_stands_in_the_lock(lock: str) -> None:
    assert re.findall(r"https?:|file:|--(?:extra-)?index|--find-links| @ ", LOCKS[lock]) == []


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("lock", "line"), wanted())
def test_what_the_project_asks_for_is_pinned_within_its_bounds(lock: str, line: str, python: str) -> None:
    requirement = Requirement(line)
    version = pinned(lock, python).get(canonicalize_name(requirement.name))
    assert version is not None, f"{requirement.name} is not in {lock}: run `make lock`"
    assert requirement.specifier.contains(version), f"{line} but {version} is pinned: run `make lock`"


def test_no_deep_learning_framework_is_pulled_into_the_main_environment() -> None:
    assert not {"torch", "tensorflow", "jax", "paddlepaddle"} & pinned("requirements.lock", "3.11.7").keys()


def test_paddles_environment_reads_forms_with_the_same_packages() -> None:
    """Less rapidocr, NumPy and OpenCV: paddleocr brings its own, and two OpenCVs overwrite each other."""
    own = {canonicalize_name(Requirement(line).name): line for line in listed("requirements-paddle.in")}
    brought = {"numpy", "opencv-python-headless", "rapidocr"}
    for line in PROJECT["project"]["optional-dependencies"]["ocr"]:
        name = canonicalize_name(Requirement(line).name)
        assert (name in brought) != (own.get(name) == line), line


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("python", PYTHONS)
def test_one_opencv_is_in_each_environment(lock: str, python: str) -> None:
    assert len([name for name in pinned(lock, python) if name.startswith("opencv-")]) == 1
