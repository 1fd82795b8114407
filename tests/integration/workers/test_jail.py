"""Whatever a parser does in the jail, the worker lives and says what happened."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from integration.jobs.lab import eventually
from workers.failures import EngineFailedError, OpeningFailedError, OpeningTooLongError
from workers.jail import Limits, opened

LIMITS = Limits(memory_mib=1024, seconds=60)


@contextmanager
def jailed(name: str, limits: Limits = LIMITS, **arguments: Any) -> Iterator[Iterator[dict[str, Any]]]:
    with opened(f"integration.workers.misbehaving:{name}", arguments, limits) as records:
        yield records


def children() -> set[int]:
    """Processes that this one has started and not yet taken the status of."""
    return {int(number) for path in Path("/proc/self/task").glob("*/children") for number in path.read_text().split()}


@pytest.fixture(autouse=True)
def _no_child_is_left() -> Iterator[None]:
    before = children()
    yield
    assert children() <= before


def test_records_come_as_the_child_tells_them() -> None:
    with jailed("well", count=3) as records:
        assert list(records) == [{"number": number, "文": "あ\n"} for number in range(3)]


def test_what_the_engine_says_about_the_file_comes_over_in_all_languages() -> None:
    with pytest.raises(EngineFailedError) as refused, jailed("refuse") as records:
        list(records)
    failure = refused.value.failure
    assert (failure.code, failure.sentences, failure.evidence) == (
        "audio-broken",
        {"ja": "壊れています", "en": "broken"},
        {"at": 3},
    )


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("segfault", "SIGSEGV"),
        ("abort", "SIGABRT"),
        ("eat_memory", "exit 1"),
        ("break_down", "exit 1"),
        ("leave", "exit 7"),
        ("does_not_exist", "exit 1"),
    ],
)
def test_a_child_that_dies_is_an_error_of_the_file_and_the_parent_lives(
    what: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OpeningFailedError) as died, jailed(what) as records:
        list(records)
    assert died.value.evidence["reason"] == reason
    assert reason in died.value.sentence("ja")
    if what == "break_down":
        assert "ZeroDivisionError" in capfd.readouterr().err


def test_what_was_told_before_the_end_has_arrived() -> None:
    with jailed("segfault") as records:
        assert next(records) == {"before": True}
        with pytest.raises(OpeningFailedError):
            next(records)


@pytest.mark.parametrize("what", ["loop", "hang", "trickle"])
def test_a_child_that_never_ends_is_ended(what: str) -> None:
    with pytest.raises(OpeningTooLongError), jailed(what, Limits(1024, 1.0)) as records:
        list(records)


def test_a_child_ends_with_the_block_whoever_needs_no_more(capfd: pytest.CaptureFixture[str]) -> None:
    with jailed("hang") as records:
        pid = next(records)["pid"]
        assert Path(f"/proc/{pid}").exists()
    assert not Path(f"/proc/{pid}").exists()
    assert capfd.readouterr().err == ""


def test_what_a_library_prints_is_not_taken_for_a_record() -> None:
    with jailed("chatter") as records:
        assert list(records) == [{"true": True}]


def test_a_child_reaches_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        with pytest.raises(OpeningFailedError), jailed("call_out", port=server.getsockname()[1]) as records:
            list(records)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_child_sees_no_settings_and_gains_no_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGILAB_STORE__SECRET_KEY", "hidden")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    with jailed("surroundings") as records:
        [seen] = records
    assert not [name for name in seen["environment"] if name.startswith(("DIGILAB_", "AWS_"))]
    assert (seen["folder"], seen["new privileges"], seen["core"], seen["input"]) == ("/", False, 0, "")


PARENT = """
import signal
from workers.jail import Limits, opened
with opened("integration.workers.misbehaving:hang", {}, Limits(1024, 60)) as records:
    print(next(records)["pid"], flush=True)
    signal.pause()
"""


def test_a_child_does_not_outlive_a_worker_that_is_killed() -> None:
    command = [sys.executable, "-c", PARENT]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as worker:
        assert worker.stdout is not None
        child = int(worker.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        worker.send_signal(signal.SIGKILL)
        eventually(lambda: not alive(child))


def alive(pid: int) -> bool:
    """Whether it runs; what is dead and waits for its parent to look does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_several_jails_at_once_do_not_disturb_each_other() -> None:
    results: list[int] = []

    def open_one() -> None:
        with jailed("well", count=50) as records:
            results.append(len(list(records)))

    threads = [threading.Thread(target=open_one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [50, 50, 50]


def test_threads_that_work_at_once_are_not_ended_before_the_time_is_over() -> None:
    """What the system counts is the processor's time of all threads: four of them would have had a quarter of an hour for the hour."""
    with jailed("surroundings") as records:
        [seen] = records
    assert seen["processor"] >= LIMITS.seconds * (os.cpu_count() or 1)
