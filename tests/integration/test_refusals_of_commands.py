"""Whatever is wrong with settings, folders and ports is said in one sentence, and a demonstration removes nothing but its own."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from digilab.up import lock_folder

DIGILAB = Path(sys.executable).parent / "digilab"
MODEL = Path(__file__).resolve().parents[2] / "models" / "demo"


def refused(folder: Path, *words: str, **settings: str) -> str:
    """The one line that a command ends with, without success."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGILAB_")}
    environment = {**kept, "DIGILAB_DATA": str(folder / "data"), **settings}
    ended = subprocess.run(
        [DIGILAB, *words], env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1, ended
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DIGILAB_WEB__PORT", "abc"),
        ("DIGILAB_WEB__PORT", "0"),
        ("DIGILAB_LANGUAGE", "xx"),
        ("DIGILAB_DATABASE__URL", "mysql://root@db/lab"),
        ("DIGILAB_QUEUE__URL", "localhost:6379"),
        ("DIGILAB_STORE__ENDPOINT", "http://store:9000"),
        ("DIGILAB_WORK__WORKERS", "-3"),
        ("DIGILAB_WORK__WORKER", "3"),
        ("DIGILAB_PORT", "9"),
        ("DIGILAB_WORKERS__WORK", "3"),
    ],
)
def test_a_setting_that_nothing_can_be_started_with_is_named(tmp_path: Path, name: str, value: str) -> None:
    said = refused(tmp_path, "jobs", "list", **{name: value})
    assert said.startswith("[settings-malformed]")
    assert name in said
    assert value not in said.replace(name, ""), "a value may be a secret"


def test_a_lease_that_is_shorter_than_two_heartbeats_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, "jobs", "list", DIGILAB_WORK__LEASE_SECONDS="6")
    assert said.startswith("[settings-malformed]")
    assert "DIGILAB_WORK" in said


@pytest.mark.parametrize("command", [("up",), ("jobs", "list"), ("doctor",)])
def test_a_data_folder_that_is_none_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "data").write_text("")
    assert refused(tmp_path, *command).startswith("[file-unusable]")


def test_a_port_that_is_taken_is_said_before_an_account_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        said = refused(tmp_path, "up", DIGILAB_WEB__PORT=port)
    assert said.startswith("[port-taken]")
    assert port in said
    assert not (tmp_path / "data" / "digilab.sqlite").exists()


def test_a_demonstration_leaves_a_folder_alone_that_holds_something_else(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    for path in (mine / "data" / "letters", mine / "photos"):
        path.mkdir(parents=True)
    recording = tmp_path / "a.wav"
    recording.write_bytes(b"RIFF")
    command = ("demo", str(recording), "--model", str(MODEL), "--folder", str(mine))
    assert refused(tmp_path, *command).startswith("[demo-folder]")
    (mine / "photos").rmdir()
    assert refused(tmp_path, *command).startswith("[demo-folder]")
    assert (mine / "data" / "letters").is_dir()


def test_a_demonstration_leaves_another_one_alone_that_runs(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    recording = tmp_path / "a.wav"
    recording.write_bytes(b"RIFF")
    with lock_folder(folder / "data"):
        (folder / "server.log").write_text("at work")
        said = refused(tmp_path, "demo", str(recording), "--model", str(MODEL), "--folder", str(folder))
    assert said.startswith("[already-up]")
    assert (folder / "server.log").read_text() == "at work"
