"""docker-compose.yml and the Dockerfile: what they start exists, and nothing starts with a default secret."""

import importlib.metadata
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from house.test_docs import settings
from house.tree import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
OWN = [name for name, service in SERVICES.items() if "build" in service]


def test_the_roles_of_many_machines_are_there() -> None:
    assert {"web", "clock", "worker", "database", "queue", "store"} <= SERVICES.keys()


@pytest.mark.parametrize("name", OWN)
def test_what_compose_sets_is_a_setting(name: str) -> None:
    known = {setting for setting, _ in settings()} | {"FORWARDED_ALLOW_IPS"}  # the last one is uvicorn's own
    assert SERVICES[name]["environment"].keys() <= known


@pytest.mark.parametrize("name", OWN)
def test_every_role_is_a_target_of_the_dockerfile(name: str) -> None:
    assert f" AS {SERVICES[name]['build']['target']}\n" in DOCKERFILE


@pytest.mark.parametrize("name", OWN)
def test_any_setting_in_the_file_of_secrets_reaches_every_role(name: str) -> None:
    assert SERVICES[name]["env_file"] == [{"path": ".env", "required": False}]
    wanted = ("DIGILAB_CITY", "DIGILAB_FORMS__PERSONAL_NUMBER_ALLOWED", "DIGILAB_MODELS__TRANSCRIPTION")
    assert not set(wanted) & SERVICES[name]["environment"].keys(), "what stands there would come first"


def test_no_secret_has_a_default() -> None:
    secret = re.compile(r"PASSWORD|SECRET|ACCESS_KEY")
    values = re.findall(r"\$\{(\w+)([^}]*)\}", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert any(secret.search(name) for name, _ in values)
    assert [name for name, rest in values if secret.search(name) and not rest.startswith(":?")] == []


def test_servers_are_pinned_and_reachable_by_the_house_only() -> None:
    servers = {name: service for name, service in SERVICES.items() if name not in OWN}
    for name, service in servers.items():
        assert re.search(r":v?\d", service["image"]), name
        assert "ports" not in service, name
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_every_volume_and_dependency_is_declared() -> None:
    mounted = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert mounted == COMPOSE["volumes"].keys()
    assert {need for service in SERVICES.values() for need in service.get("depends_on", {})} <= SERVICES.keys()


def role(name: str) -> set[str]:
    """The packages of one role's image."""
    command = [sys.executable, str(ROOT / "scripts" / "role_lock.py"), name]
    lock = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert lock.count("--hash=sha256:") >= lock.count("==")
    return set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))


def needed(requirements: list[str]) -> set[str]:
    """Everything that these requirements lead to in the environment that the tests run in."""
    found: dict[str, set[str]] = {}
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), wanted.extras | {""}
        if extras <= found.get(name, set()):
            continue
        found.setdefault(name, set()).update(extras)
        for line in importlib.metadata.requires(wanted.name) or []:
            further = Requirement(line)
            if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(further)
    return set(found)


@pytest.mark.parametrize(("name", "extra"), [("web", "web"), ("worker", "transcribe"), ("worker", "robots")])
def test_a_roles_image_holds_all_it_needs(name: str, extra: str) -> None:
    assert needed([f"digilab[{extra}]"]) - {"digilab"} <= role(name)


def test_the_web_image_has_no_engine_and_the_worker_image_no_web_framework() -> None:
    assert not {"faster-whisper", "ctranslate2", "onnxruntime"} & role("web")
    assert not {"fastapi", "starlette", "uvicorn", "jinja2"} & role("worker")


@pytest.mark.parametrize("name", ["web", "worker", "build"])
def test_no_image_carries_the_tools_of_the_tests(name: str) -> None:
    assert not {"pytest", "mypy", "ruff", "hypothesis"} & role(name)
    assert ("playwright" in role(name)) is (name == "worker"), "robots work with it"
