"""A parser that a hostile file has taken over cannot hold up, flood or spy on the worker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from integration.jobs.lab import eventually
from workers.failures import OpeningFailedError, OpeningTooLongError
from workers.jail import Limits, opened

LIMITS = Limits(memory_mib=2048, seconds=60)


@contextmanager
def jailed(name: str, limits: Limits = LIMITS, **arguments: Any) -> Iterator[Iterator[dict[str, Any]]]:
    with opened(f"integration.workers.wicked:{name}", arguments, limits) as records:
        yield records


def peak_memory() -> int:
    """Most memory since `forget_peak`, in KiB."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1])


def forget_peak() -> int:
    """Begin to measure anew; memory now, in KiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_memory()


def alive(pid: int) -> bool:
    """Whether the process runs; one that is dead and not yet buried does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_a_child_that_closes_its_pipe_and_lives_on_is_ended_in_time() -> None:
    with jailed("fall_silent", Limits(1024, 3.0)) as records:
        pid = next(records)["pid"]
        with pytest.raises(OpeningTooLongError):
            next(records)
    assert not alive(pid)


def test_a_record_without_an_end_is_refused_before_it_fills_the_memory() -> None:
    with jailed("never_break_the_line") as records:
        assert next(records) == {"before": True}
        before = forget_peak()
        with pytest.raises(OpeningFailedError):
            next(records)
    assert peak_memory() - before < 32 * 1024


def test_of_endless_complaints_only_the_last_words_are_read(capfd: pytest.CaptureFixture[str]) -> None:
    before = forget_peak()
    with pytest.raises(OpeningFailedError), jailed("complain") as records:
        list(records)
    assert capfd.readouterr().err.endswith("last words")
    assert peak_memory() - before < 32 * 1024


def test_what_the_child_started_ends_with_it() -> None:
    with jailed("leave_a_child") as records:
        [record] = records
    eventually(lambda: not alive(record["pid"]))


def test_no_user_of_the_machine_sees_a_file_name_in_the_list_of_processes() -> None:
    with jailed("tell_how_it_was_called", secret="shobun-kentokai.mp3") as records:
        [record] = records
    assert record["told"] == "shobun-kentokai.mp3"
    assert not record["listed"]


SPY = """
import sys
from workers.jail import Limits, opened
with opened("integration.workers.wicked:tell_how_it_was_called", {"secret": "x"}, Limits(1024, 60)) as records:
    [record] = records
    print(record["parent"])
"""


def test_the_child_cannot_read_the_secrets_in_its_worker_s_environment() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "DIGILAB_STORE__SECRET_KEY": "CANARY"}
    said = subprocess.run(
        [sys.executable, "-P", "-c", SPY], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "False"
