"""Redis as a child process of ours."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from digilab.errors import ProgramMissingError, QueueUnreachableError
from digilab.redis_process import SOCKET_PATH_BYTES, RedisProcess
from servers.redis import RedisServer


def until(happened: Callable[[], bool], patience: float = 20.0) -> None:
    deadline = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ended(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


def ask(process: RedisProcess, *command: object) -> object:
    with redis.Redis.from_url(process.url) as client:
        return client.execute_command(*command)


@pytest.fixture
def place(own_redis: RedisServer) -> Path:
    """A folder whose path is short enough for a socket."""
    place = own_redis.folder / "place"
    place.mkdir()
    return place


def test_it_answers_when_it_has_started(own_redis: RedisServer) -> None:
    assert own_redis.running
    assert ask(own_redis, "PING")
    assert own_redis.pid == ask(own_redis, "INFO", "server")["process_id"]


def test_starting_it_twice_starts_one(own_redis: RedisServer) -> None:
    first = own_redis.pid
    own_redis.start()
    assert own_redis.pid == first


def test_only_our_own_user_may_open_its_socket(own_redis: RedisServer) -> None:
    assert stat.S_IMODE(own_redis.socket.stat().st_mode) == 0o700


def test_it_listens_on_no_port(own_redis: RedisServer) -> None:
    assert ask(own_redis, "CONFIG", "GET", "port") in ({"port": "0"}, {b"port": b"0"})


def test_what_it_confirmed_outlives_its_crash(own_redis: RedisServer) -> None:
    for number in range(200):
        ask(own_redis, "RPUSH", "list", number)
    own_redis.kill()
    assert not own_redis.running
    assert own_redis.pid is None
    own_redis.start()
    assert ask(own_redis, "LLEN", "list") == 200


def test_it_can_be_started_again_without_having_been_stopped(own_redis: RedisServer) -> None:
    address = own_redis.url
    os.kill(own_redis.pid or 0, signal.SIGKILL)
    until(lambda: not own_redis.running)
    own_redis.start()
    assert own_redis.url == address
    assert ask(own_redis, "PING")


def test_a_stopped_one_has_ended(own_redis: RedisServer) -> None:
    pid = own_redis.pid
    own_redis.stop()
    assert not own_redis.running
    assert not Path(f"/proc/{pid}").exists()
    own_redis.stop()


def test_one_that_does_not_listen_to_sigterm_is_killed(own_redis: RedisServer) -> None:
    pid = own_redis.pid
    own_redis.pause()
    RedisProcess.stop(own_redis, patience=0.1)
    assert not Path(f"/proc/{pid}").exists()


def test_a_data_folder_may_have_blanks_and_japanese_in_its_name(place: Path) -> None:
    folder = place / 'デジラボ の "data" $HOME'
    process = RedisProcess(folder, folder / "redis.sock")
    process.start()
    ask(process, "SET", "key", "value")
    process.stop()
    process.start()
    assert ask(process, "GET", "key") in ("value", b"value")
    process.stop()
    assert (folder / "appendonlydir").is_dir()


def test_a_data_folder_may_lie_too_deep_for_a_socket(place: Path) -> None:
    folder = place / ("deep" * 30)
    process = RedisProcess(folder, folder / "redis.sock")
    process.start()
    assert len(bytes(process.socket)) <= SOCKET_PATH_BYTES
    assert stat.S_IMODE(process.socket.parent.stat().st_mode) == 0o700
    assert ask(process, "PING")
    used = process.socket.parent
    process.stop()
    assert not used.exists()


def test_a_file_that_it_cannot_read_is_put_aside(place: Path) -> None:
    process = RedisProcess(place, place / "redis.sock")
    process.start()
    ask(process, "SET", "key", "value")
    process.stop()
    (written,) = (place / "appendonlydir").glob("*.incr.aof")
    written.write_bytes(b"*3\r\n$rubbish\r\n" + written.read_bytes())
    process.start()
    assert ask(process, "DBSIZE") == 0
    assert (place / "appendonlydir.damaged").is_dir()
    process.stop()


def test_one_that_cannot_start_is_said_and_names_its_log(place: Path) -> None:
    (place / "redis.sock").mkdir()
    process = RedisProcess(place, place / "redis.sock")
    with pytest.raises(QueueUnreachableError) as raised:
        process.start()
    assert not process.running
    assert raised.value.evidence == {"log": str(process.log)}
    assert "bind" in process.log.read_text()


@pytest.mark.parametrize(
    ("present", "missing", "package"),
    [("setpriv", "redis-server", "redis-server"), ("redis-server", "setpriv", "util-linux")],
)
def test_a_missing_program_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, present: str, missing: str, package: str
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / present).write_text("#!/bin/sh\n")
    (tmp_path / "bin" / present).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(ProgramMissingError) as raised:
        RedisProcess(tmp_path, tmp_path / "redis.sock").start()
    assert raised.value.evidence == {"program": missing, "package": package}
    assert package in raised.value.sentence("ja")


PARENT = """
import sys
from pathlib import Path
from digilab.redis_process import RedisProcess
folder = Path(sys.argv[1])
process = RedisProcess(folder, folder / "redis.sock")
process.start()
print(process.pid, flush=True)
sys.stdin.read()
"""


def test_it_dies_with_its_parent_even_when_that_is_killed(place: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.kill()
        parent.wait()
        until(lambda: ended(pid))
