"""Prints the part of requirements.lock that one role needs, hashes and all: `python scripts/role_lock.py web > web.lock`.

What a role asks for directly stands in pyproject.toml; who needs a package stands in the lock's own `# via` lines.
Standard library only: it runs in the image before anything is installed.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROLES = {"web": ["web"], "worker": ["transcribe", "ocr", "robots"], "build": []}
"""Role → the extras it installs on top of the project's own dependencies; `build` only builds the wheel."""


def canonical(requirement: str) -> str:
    """The name in front of extras, versions and markers, as the lock writes it."""
    match = re.match(r"[\w.-]+", requirement)
    if match is None:
        raise ValueError(requirement)
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def entries(lock: str) -> dict[str, tuple[str, set[str]]]:
    """Name → (the lock's lines for it, who needs it)."""
    blocks: list[list[str]] = []
    for line in lock.splitlines(keepends=True):
        if line[0] not in " #":
            blocks.append([])
        if blocks:
            blocks[-1].append(line)
    found = {}
    for block in blocks:
        needers = (line.strip().lstrip("#").strip().removeprefix("via").strip() for line in block if "#" in line)
        found[canonical(block[0])] = ("".join(block), {canonical(name) for name in needers if name})
    return found


def asked_directly(role: str) -> set[str]:
    """What pyproject.toml asks for in this role."""
    if role == "build":
        lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
        return {canonical(line) for line in lines if line and not line.startswith("#")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for extra in ROLES[role] for line in project["optional-dependencies"][extra]]
    return {canonical(line) for line in [*project["dependencies"], *extras]}


def cut(role: str) -> dict[str, str]:
    """Name → the lock's lines, for everything that the role needs."""
    known = entries((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    needed, fresh = set[str](), asked_directly(role)
    while fresh:
        needed |= fresh
        fresh = {name for name, (_, via) in known.items() if via & needed} - needed
    return {name: known[name][0] for name in sorted(needed)}


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ROLES:
        sys.exit(f"usage: role_lock.py {'|'.join(ROLES)}")
    sys.stdout.write("".join(cut(sys.argv[1]).values()))
