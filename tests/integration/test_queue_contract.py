"""One contract over every queue: within the process, and RQ on a real Redis."""

import json
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import rq
from rq.serializers import JSONSerializer

from digilab.errors import QueueUnreachableError
from digilab.queue.contract import RUN_PART, Queue
from digilab.queue.inprocess import InProcessQueue
from digilab.queue.redis import RedisQueue, connect, rq_name
from servers.redis import RedisServer

SOON = 10.0
"""Seconds that a message may take at most; nothing waits that long when all is well."""
AT_ONCE = 0.0


def test_what_was_sent_waits_until_it_is_taken(queue: Queue) -> None:
    assert queue.waiting("transcription") == 0
    queue.send("transcription", 1, 1)
    queue.send("transcription", 2, 5)
    assert queue.waiting("transcription") == 2


def test_capabilities_do_not_see_each_others_parts(queue: Queue) -> None:
    queue.send("transcription", 1, 1)
    assert queue.waiting("form") == 0


def test_a_nudge_ends_the_wait(queue: Queue) -> None:
    nudging = threading.Timer(0.05, queue.nudge)
    nudging.start()
    assert queue.wait_for_nudge(SOON)
    nudging.join()


def test_a_nudge_that_came_before_the_wait_is_not_lost(queue: Queue) -> None:
    queue.nudge()
    assert queue.wait_for_nudge(SOON)


def test_several_nudges_count_as_one(queue: Queue) -> None:
    for _ in range(5):
        queue.nudge()
    assert queue.wait_for_nudge(SOON)
    assert not queue.wait_for_nudge(AT_ONCE)


def test_without_a_nudge_the_wait_ends_by_itself(queue: Queue) -> None:
    assert not queue.wait_for_nudge(0.05)


def test_a_watcher_of_one_job_hears_of_that_job_alone(queue: Queue) -> None:
    with queue.watch(7) as heard:
        queue.publish(8, {"state": "running"})
        queue.publish(7, {"state": "done", "題": "定例会議"})
        assert heard.next(SOON) == {"state": "done", "題": "定例会議", "job_id": 7}
        assert heard.next(AT_ONCE) is None


def test_a_watcher_of_all_jobs_is_told_which_one_it_was(queue: Queue) -> None:
    with queue.watch(None) as heard:
        queue.publish(7, {"progress": 0.5})
        queue.publish(8, {"progress": 1.0})
        assert [heard.next(SOON), heard.next(SOON)] == [
            {"progress": 0.5, "job_id": 7},
            {"progress": 1.0, "job_id": 8},
        ]


def test_every_watcher_hears(queue: Queue) -> None:
    with queue.watch(7) as one, queue.watch(7) as other, queue.watch(None) as everything:
        queue.publish(7, {"state": "done"})
        assert one.next(SOON) == other.next(SOON) == everything.next(SOON)


def test_what_was_published_before_is_not_heard(queue: Queue) -> None:
    queue.publish(7, {"state": "done"})
    with queue.watch(7) as heard:
        assert heard.next(0.05) is None


def test_a_closed_watch_gets_nothing(queue: Queue) -> None:
    with queue.watch(7) as heard:
        queue.publish(7, {"state": "running"})
    queue.publish(7, {"state": "done"})
    assert heard.next(0.05) is None


def test_publishing_to_nobody_is_no_error(queue: Queue) -> None:
    queue.publish(7, {"state": "done"})


def test_only_json_is_published(queue: Queue) -> None:
    with pytest.raises(TypeError):
        queue.publish(7, {"at": object()})


def test_asking_whether_it_answers_is_no_error(queue: Queue) -> None:
    queue.ping()
    queue.close()


# --- within the process alone ---------------------------------------------------------------------------


def test_parts_are_taken_in_the_order_they_were_sent(in_process_queue: InProcessQueue) -> None:
    in_process_queue.send("transcription", 1, 1)
    in_process_queue.send("transcription", 2, 5)
    taken = [in_process_queue.take("transcription") for _ in range(3)]
    assert taken == [(1, 1), (2, 5), None]


# --- on Redis alone -------------------------------------------------------------------------------------


def test_the_message_is_json_and_names_what_to_run(redis_queue: RedisQueue) -> None:
    redis_queue.send("transcription", 41, 3)
    (job_id,) = redis_queue.rq("transcription").job_ids
    stored = redis_queue.redis.hget(f"rq:job:{job_id}", "data")
    assert isinstance(stored, bytes)
    name, _, args, kwargs = json.loads(zlib.decompress(stored))
    assert (name, args, kwargs) == (RUN_PART, [41, 3], {})
    assert RUN_PART == "workers.run.run_part"


def test_a_house_does_not_see_another_houses_messages(redis_queue: RedisQueue, redis_url: str) -> None:
    other = RedisQueue(redis_url, "other")
    with other.watch(7) as heard:
        redis_queue.send("transcription", 1, 1)
        redis_queue.publish(7, {"state": "done"})
        redis_queue.nudge()
        assert other.waiting("transcription") == 0
        assert not other.wait_for_nudge(AT_ONCE)
        assert heard.next(0.05) is None
    other.close()


WORKER = """
import sys
import rq
from rq.serializers import JSONSerializer
from digilab.queue.redis import connect
url, name = sys.argv[1:]
rq.SimpleWorker([name], connection=connect(url), serializer=JSONSerializer).work(burst=True)
"""


def test_an_enqueued_pickle_is_refused_by_a_worker(redis_url: str, tmp_path: Path) -> None:
    queue = RedisQueue(redis_url, "digilab")
    marker = tmp_path / "run-by-pickle"
    name = rq_name("digilab", "transcription")
    pickled = rq.Queue(name, connection=queue.redis)
    job = pickled.enqueue("pathlib.Path.touch", marker)
    worker = subprocess.run([sys.executable, "-c", WORKER, redis_url, name], capture_output=True, text=True, timeout=60)
    assert worker.returncode == 0, worker.stderr
    assert queue.waiting("transcription") == 0
    assert not marker.exists()
    assert job.get_status() == rq.job.JobStatus.FAILED
    queue.close()


def test_the_same_call_as_json_is_run_by_that_worker(redis_url: str, tmp_path: Path) -> None:
    # The refusal above means something only when the worker runs what it should.
    queue = RedisQueue(redis_url, "digilab")
    marker = tmp_path / "run-by-json"
    name = rq_name("digilab", "transcription")
    rq.Queue(name, connection=queue.redis, serializer=JSONSerializer).enqueue("os.mkdir", str(marker))
    subprocess.run([sys.executable, "-c", WORKER, redis_url, name], check=True, capture_output=True, timeout=60)
    assert marker.is_dir()
    queue.close()


def all_calls(queue: RedisQueue) -> dict[str, Callable[[], object]]:
    return {
        "send": lambda: queue.send("transcription", 1, 1),
        "waiting": lambda: queue.waiting("transcription"),
        "nudge": queue.nudge,
        "wait_for_nudge": lambda: queue.wait_for_nudge(SOON),
        "publish": lambda: queue.publish(7, {"state": "done"}),
        "watch": lambda: queue.watch(7).__enter__(),
        "ping": queue.ping,
    }


@pytest.mark.parametrize("call", ["send", "waiting", "nudge", "wait_for_nudge", "publish", "watch", "ping"])
def test_a_killed_redis_is_unreachable_and_the_same_queue_works_again_when_it_is_back(
    own_redis: RedisServer, call: str
) -> None:
    queue = RedisQueue(own_redis.url, "digilab")
    queue.ping()
    own_redis.kill()
    with pytest.raises(QueueUnreachableError):
        all_calls(queue)[call]()
    own_redis.start()
    queue.send("transcription", 1, 1)
    queue.nudge()
    assert queue.waiting("transcription") == 1
    assert queue.wait_for_nudge(SOON)
    queue.close()


def test_a_watcher_is_told_that_redis_is_gone_and_hears_again_when_it_is_back(own_redis: RedisServer) -> None:
    queue = RedisQueue(own_redis.url, "digilab")
    with queue.watch(7) as heard:
        own_redis.kill()
        with pytest.raises(QueueUnreachableError):
            heard.next(SOON)
        own_redis.start()
        # It subscribes anew by itself; until then nobody hears.
        deadline = time.monotonic() + SOON
        message = None
        while message is None and time.monotonic() < deadline:
            queue.publish(7, {"state": "done"})
            message = heard.next(0.1)
        assert message == {"state": "done", "job_id": 7}
    queue.close()


def test_a_redis_that_hangs_is_unreachable(own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digilab.queue.redis.ANSWER_SECONDS", 0.2)
    queue = RedisQueue(own_redis.url, "digilab")
    queue.ping()
    own_redis.pause()
    with pytest.raises(QueueUnreachableError):
        queue.ping()
    own_redis.proceed()
    queue.ping()
    queue.close()


def test_a_wait_longer_than_redis_may_be_silent_is_no_error(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digilab.queue.redis.ANSWER_SECONDS", 0.3)
    monkeypatch.setattr("digilab.queue.redis.BLOCK_SECONDS", 0.1)
    queue = RedisQueue(own_redis.url, "digilab")
    assert not queue.wait_for_nudge(0.8)
    with queue.watch(7) as heard:
        assert heard.next(0.8) is None
    queue.close()


def test_an_address_that_nobody_listens_on_is_unreachable(tmp_path: Path) -> None:
    queue = RedisQueue(f"unix://{tmp_path}/nobody.sock", "digilab")
    with pytest.raises(QueueUnreachableError):
        queue.ping()


def test_connecting_to_nobody_before_the_first_use_is_no_error(tmp_path: Path) -> None:
    connect(f"unix://{tmp_path}/nobody.sock").close()
