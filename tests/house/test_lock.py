"""requirements.lock: pinned, hashed, without addresses, and fitting to pyproject.toml."""

import re
import tomllib

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from house.tree import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = ["3.11.7", "3.12.3", "3.13.1"]


def entries() -> list[str]:
    """The lock's requirements, each with its hashes on one line."""
    lines = [line for line in LOCK.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()


def pinned(python: str) -> dict[str, str]:
    """Name → version, as that Python on Linux would install it."""
    environment = default_environment() | {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": "linux",
    }
    found = {}
    for entry in entries():
        requirement = Requirement(entry.partition("--hash")[0])
        if requirement.marker is None or requirement.marker.evaluate(environment):
            found[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return found


def wanted() -> list[str]:
    project = PROJECT["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    return [*project["dependencies"], *extras, *PROJECT["build-system"]["requires"]]


def test_every_line_is_pinned_to_one_version_and_hashed() -> None:
    assert len(entries()) > 50
    for entry in entries():
        assert re.match(r"[\w.-]+==[\w.!+]+( ;[^\\]*)? --hash=sha256:[0-9a-f]{64}", entry), entry


def test_no_address_stands_in_the_lock() -> None:
    assert re.findall(r"https?:|file:|--(?:extra-)?index|--find-links| @ ", LOCK) == []


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("line", wanted())
def test_what_the_project_asks_for_is_pinned_within_its_bounds(line: str, python: str) -> None:
    requirement = Requirement(line)
    version = pinned(python).get(canonicalize_name(requirement.name))
    assert version is not None, f"{requirement.name} is not in requirements.lock: run `make lock`"
    assert requirement.specifier.contains(version), f"{line} but {version} is pinned: run `make lock`"


def test_no_deep_learning_framework_is_pulled_in() -> None:
    assert not {"torch", "tensorflow", "jax", "paddlepaddle"} & pinned("3.11.7").keys()
