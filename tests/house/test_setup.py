"""scripts/setup.sh on machines that lack something. System commands are stand-ins; the script is the real one."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from house.tree import ROOT

PLAIN = ["bash", "cat", "cut", "dirname", "env", "flock", "mkdir", "rm", "sed", "sha256sum", "tail"]
FONTS = ["noto-cjk", "morisawa-bizud-gothic", "ipaexfont-mincho", "klee", "kiloji", "seto", "yusei-magic"]
NEEDED_BY_TESTS = [
    "redis-server",
    "chromium-headless-shell",
    "fontconfig",
    *(f"fonts-{name}" for name in FONTS),
    "postgresql",
]

NEEDED_BY_A_DEMO = ["redis-server", "chromium-headless-shell", "fontconfig", "fonts-noto-cjk"]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """The only folder on the PATH: plain tools, and stand-ins that a test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in PLAIN:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the script reads."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "requirements.lock", "requirements-paddle.lock"):
        shutil.copy(ROOT / name, folder)
    return folder


def put(commands: Path, name: str, script: str = "exit 0") -> None:
    (commands / name).write_text(f"#!/bin/bash\n{script}\n")
    (commands / name).chmod(0o755)


def put_what_a_demo_needs(commands: Path) -> None:
    put(commands, "redis-server")
    put(commands, "chromium-headless-shell")
    put(commands, "fc-list", "echo fonts")


def put_python(commands: Path, version: str = "Python 3.11.9", extra: str = "") -> None:
    """A Python that is new enough, makes environments like itself, and writes down what pip is asked for.

    `extra` adds to what it answers.
    """
    script = f"""
{extra}
case "$*" in
  "-m venv "*) mkdir -p "$3/bin"; cat "$0" > "$3/bin/python"; : > "$3/bin/pip"
               chmod 755 "$3/bin/python" "$3/bin/pip" ;;
  *"pip install"*) echo "$0 $*" >> pip.calls ;;
  -V*) echo "{version}" ;;
esac
exit 0"""
    put(commands, "python3", script)
    put(commands, "chmod", f'exec {shutil.which("chmod")} "$@"')


@pytest.fixture
def run(checkout: Path, commands: Path) -> Run:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        # Where this machine keeps PostgreSQL's programs is not on the PATH; the copy looks in a place that is empty.
        script = checkout / "scripts" / "setup.sh"
        script.write_text(script.read_text().replace("/usr/lib/postgresql/", f"{checkout}/postgresql/"))
        return subprocess.run(
            [str(script), *arguments],
            env={"PATH": str(commands), "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_purpose_that_does_not_exist_is_refused(run: Run) -> None:
    assert run("--for", "fun").returncode == 2


def test_a_python_that_is_too_old_is_named(run: Run, commands: Path) -> None:
    put(commands, "python3", "exit 1")
    outcome = run("--for", "demo")
    assert outcome.returncode == 1
    assert "Python" in outcome.stderr
    assert "3.11" in outcome.stderr


def test_without_apt_everything_that_is_missing_is_named(run: Run, commands: Path) -> None:
    put_python(commands)
    put(commands, "id", "echo 0")
    outcome = run()
    assert outcome.returncode == 1
    for package in NEEDED_BY_TESTS:
        assert package in outcome.stderr


def test_without_rights_the_exact_command_is_named(run: Run, commands: Path) -> None:
    put_python(commands)
    put(commands, "id", "echo 1000")
    put(commands, "apt-get")
    outcome = run("--for", "demo")
    assert outcome.returncode == 1
    packages = " ".join(NEEDED_BY_A_DEMO)
    wanted = f"sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends {packages}'"
    assert wanted in outcome.stderr


def test_an_apt_that_fails_is_tried_again_and_then_told(run: Run, commands: Path, tmp_path: Path) -> None:
    put_python(commands)
    put(commands, "id", "echo 0")
    put(commands, "sleep")
    put(commands, "apt-get", f"echo attempt >> {tmp_path}/attempts; echo 'E: no route to mirror'; exit 100")
    outcome = run("--for", "demo")
    assert outcome.returncode == 1
    assert len((tmp_path / "attempts").read_text().splitlines()) == 3
    assert "E: no route to mirror" in outcome.stderr


def test_a_demo_asks_for_redis_a_browser_and_a_japanese_font(run: Run, commands: Path, tmp_path: Path) -> None:
    put_python(commands)
    put(commands, "id", "echo 0")
    script = f"""echo "$*" >> {tmp_path}/calls
case "$*" in *install*) for each in redis-server chromium-headless-shell; do ln -s /bin/true {commands}/$each; done
printf '#!/bin/bash\\necho fonts\\n' > {commands}/fc-list; /bin/chmod +x {commands}/fc-list;; esac"""
    put(commands, "apt-get", script)
    (commands / "ln").symlink_to(shutil.which("ln") or "/bin/ln")
    outcome = run("--for", "demo")
    assert outcome.returncode == 0, outcome.stderr
    installs = [line for line in (tmp_path / "calls").read_text().splitlines() if "install" in line]
    assert [line.rpartition("recommends ")[2] for line in installs] == [" ".join(NEEDED_BY_A_DEMO)]


def test_a_second_run_has_nothing_to_do_until_a_pin_changes(run: Run, commands: Path, checkout: Path) -> None:
    put_python(commands)
    put_what_a_demo_needs(commands)
    assert run("--for", "demo").returncode == 0
    calls = checkout / "pip.calls"
    first = calls.read_text().splitlines()
    assert len(first) == 2
    assert "--require-hashes" in first[0]
    assert run("--for", "up").returncode == 0
    assert calls.read_text().splitlines() == first
    with (checkout / "requirements.lock").open("a") as lock:
        lock.write("# another pin\n")
    assert run("--for", "up").returncode == 0
    assert len(calls.read_text().splitlines()) == 4


def test_an_environment_whose_interpreter_is_gone_is_made_anew(run: Run, commands: Path, checkout: Path) -> None:
    put_python(commands)
    put_what_a_demo_needs(commands)
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(checkout / "gone" / "python3.10")
    outcome = run("--for", "demo")
    assert outcome.returncode == 0, outcome.stderr
    assert len((checkout / "pip.calls").read_text().splitlines()) == 2


@pytest.fixture
def everything_for_tests(commands: Path) -> None:
    """Stand-ins for what the system must bring for the tests."""
    for name in ("redis-server", "chromium-headless-shell", "initdb"):
        put(commands, name)
    put(commands, "fc-list", "echo fonts")


@pytest.mark.usefixtures("everything_for_tests")
@pytest.mark.parametrize(
    ("purpose", "environments"),
    [
        ("demo", {".venv": "requirements.lock"}),
        ("up", {".venv": "requirements.lock"}),
        ("paddle", {".venv": "requirements.lock", ".venv-paddle": "requirements-paddle.lock"}),
        ("test", {".venv": "requirements.lock", ".venv-paddle": "requirements-paddle.lock"}),
    ],
)
def test_paddleocr_has_an_environment_and_a_lock_of_its_own(
    run: Run, commands: Path, checkout: Path, purpose: str, environments: dict[str, str]
) -> None:
    put_python(commands)
    outcome = run("--for", purpose)
    assert outcome.returncode == 0, outcome.stderr
    calls = (checkout / "pip.calls").read_text().splitlines()
    installs = [line.split() for line in calls if "--require-hashes" in line]
    assert {words[0].removesuffix("/bin/python"): words[-1] for words in installs} == environments
    assert len([line for line in calls if line.endswith("-e .")]) == len(environments)


@pytest.mark.usefixtures("everything_for_tests")
def test_a_pin_of_paddleocrs_changes_its_environment_alone(run: Run, commands: Path, checkout: Path) -> None:
    put_python(commands)
    assert run().returncode == 0
    calls = checkout / "pip.calls"
    first = len(calls.read_text().splitlines())
    with (checkout / "requirements-paddle.lock").open("a") as lock:
        lock.write("# another pin\n")
    assert run().returncode == 0
    assert [line.split()[0] for line in calls.read_text().splitlines()[first:]] == [".venv-paddle/bin/python"] * 2


@pytest.mark.usefixtures("everything_for_tests")
def test_a_python_that_is_too_new_for_paddle_is_told_before_anything_is_installed(
    run: Run, commands: Path, checkout: Path
) -> None:
    put_python(commands, "Python 3.14.0", extra='case "$*" in *"(3, 14)"*) exit 1 ;; esac')
    outcome = run()
    assert outcome.returncode == 1
    assert "3.13" in outcome.stderr
    assert "PaddleOCR" in outcome.stderr
    assert not (checkout / "pip.calls").exists()
    assert run("--for", "demo").returncode == 0


@pytest.mark.usefixtures("everything_for_tests")
def test_what_is_only_measured_against_comes_with_the_benchmarks(run: Run, commands: Path) -> None:
    put_python(commands)
    assert run("--for", "test").returncode == 0
    outcome = run("--for", "bench")
    assert outcome.returncode == 1
    assert "tesseract-ocr tesseract-ocr-jpn" in outcome.stderr
