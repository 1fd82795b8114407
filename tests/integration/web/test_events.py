"""Live progress: what is published reaches the page, and the record is enough when nothing is published."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from digilab.access.people import disable, person_with
from digilab.database.session import Database
from digilab.jobs import lifecycle
from digilab.jobs.backlog import Lease
from digilab.queue.redis import RedisQueue
from doors.clerk import Clerk
from doors.house import House, furnished
from doors.server import serving
from servers.redis import RedisServer


def jobs(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The snapshots of a stream."""
    event = ""
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "event":
            event = value
        elif name == "data" and event == "job":
            yield json.loads(value)


def test_a_page_follows_its_job_from_the_queue_to_the_end(house: House, sato: Clerk) -> None:
    job = house.hand_in()
    with sato.http.stream("GET", f"/jobs/{job.receipt}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = jobs(answer.iter_lines())
        assert next(told)["state"] == "received"
        house.split([600.0, 600.0])
        house.work()
        lease = house.lease()
        house.report(lease, 120.0)
        running = next(each for each in told if each["done"] == 720)
        assert (running["state_text"], running["text"], running["share"]) == ("処理中", "録音 12分/20分", 0.6)
        assert running["ended"] is False
        finish(house, lease)
        rest = list(told)
    assert (rest[-1]["state"], rest[-1]["share"], rest[-1]["ended"]) == ("done", 1.0, True)


def finish(house: House, lease: Lease) -> None:
    with house.office.database.transaction() as session:
        lifecycle.checkpoint(session, lease.part_id, lease.epoch, {}, 600.0)
    house.join({"定例会.txt": b"text"}, 1200.0)


def test_a_stream_goes_on_while_something_is_done_with_the_results(house: House, sato: Clerk) -> None:
    job = house.hand_in()
    house.split([600.0])
    house.work()
    house.join({"定例会.txt": b"text"}, 600.0, extra=[lifecycle.NewPart(0, 60.0, {"speakers": "auto"})])
    with sato.http.stream("GET", f"/jobs/{job.receipt}/events") as answer:
        told = jobs(answer.iter_lines())
        first = next(told)
        assert (first["state"], first["ended"]) == ("done", True)
        assert "順番を待っています" in first["after"]
        lease = house.lease()
        with house.office.database.transaction() as session:
            lifecycle.fail(session, lease.part_id, lease.epoch, lifecycle.Failure("x", {"ja": "x", "en": "x"}))
        rest = list(told)
    assert (rest[-1]["state"], rest[-1]["after"]) == ("done", "")


def test_a_job_that_has_ended_is_told_once(house: House, api: httpx.Client) -> None:
    job = house.failed()
    with api.stream("GET", f"/api/v1/jobs/{job.receipt}/events") as answer:
        (only,) = jobs(answer.iter_lines())
    assert (only["state"], only["ended"]) == ("failed", True)


def test_a_message_is_on_the_page_before_the_next_look_at_the_record(house: House, sato: Clerk) -> None:
    job = house.hand_in()
    with sato.http.stream("GET", f"/jobs/{job.receipt}/events") as answer:
        told = jobs(answer.iter_lines())
        next(told)
        house.split([600.0])
        lease = house.lease()
        began = time.monotonic()
        house.report(lease, 60.0)
        assert next(each for each in told if each["done"] == 60)
        assert time.monotonic() - began < 30


def test_one_thread_listens_however_many_pages_watch(house: House, sato: Clerk) -> None:
    job = house.hand_in()
    streams = [sato.http.stream("GET", f"/jobs/{job.receipt}/events") for _ in range(5)]
    for stream in streams:
        next(jobs(stream.__enter__().iter_lines()))
    assert sum(thread.name == "hub" for thread in threading.enumerate()) == 1
    for stream in streams:
        stream.__exit__(None, None, None)


def test_a_closed_account_sees_no_more(house: House, sato: Clerk) -> None:
    job = house.hand_in()
    with sato.http.stream("GET", f"/jobs/{job.receipt}/events") as answer:
        told = jobs(answer.iter_lines())
        next(told)
        with house.office.database.transaction() as session:
            disable(session, person_with(session, "sato"))
        house.office.queue.publish(job.id, {"event": "state", "state": "running"})
        assert list(told) == []


def test_watching_pages_end_with_the_server(house: House) -> None:
    job = house.hand_in()
    with serving(house.office) as (url, door):
        clerk = Clerk(url)
        clerk.sign_in("sato")
        with clerk.http.stream("GET", f"/jobs/{job.receipt}/events") as answer:
            told = jobs(answer.iter_lines())
            next(told)
            door.handle_exit(15, None)
            assert list(told) == []
        clerk.http.close()


def test_without_redis_pages_follow_the_record(data: Path, sqlite: Database, own_redis: RedisServer) -> None:
    queue = RedisQueue(own_redis.url, "digilab")
    house = furnished(data, sqlite, queue)
    job = house.hand_in()
    with serving(house.office) as (url, _):
        clerk = Clerk(url)
        clerk.sign_in("sato")
        with clerk.http.stream("GET", f"/jobs/{job.receipt}/events") as answer:
            told = jobs(answer.iter_lines())
            assert next(told)["state"] == "received"
            own_redis.kill()
            house.split([600.0])
            assert next(each for each in told if each["state"] == "running")["total"] == 600
        clerk.http.close()
    queue.close()
