"""Messages by Redis; parts are delivered by RQ."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
import rq
from redis.backoff import ExponentialWithJitterBackoff
from redis.client import PubSub
from redis.exceptions import RedisError
from redis.retry import Retry
from rq.serializers import JSONSerializer

from digilab.errors import QueueUnreachableError
from digilab.queue.contract import RUN_PART

ANSWER_SECONDS = 5
BLOCK_SECONDS = 2
"""Longest blocking command; shorter than ANSWER_SECONDS, after which a silent Redis counts as gone."""


def connect(url: str) -> "redis.Redis":
    """A connection pool. Nothing is sent before the first use. A Redis that is gone shows after about a second of trying."""
    return redis.Redis.from_url(
        url,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        health_check_interval=30,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), retries=3),
    )


def rq_name(house: str, capability: str) -> str:
    """Name of a capability's RQ queue. A worker listens to one only: with two, RQ loses what it popped when it dies."""
    return f"{house}-{capability}"


class RedisQueue:
    """One house's messages on one Redis; `house` is the prefix of every name."""

    def __init__(self, url: str, house: str) -> None:
        self.redis = connect(url)
        self.house = house

    def send(self, capability: str, part_id: int, epoch: int) -> None:
        """Enqueue `run_part(part_id, epoch)`. RQ keeps no result and retries nothing: leases decide."""
        with _translated():
            self.rq(capability).enqueue(
                RUN_PART, args=(part_id, epoch), job_timeout=-1, result_ttl=0, failure_ttl=0, ttl=3600
            )

    def waiting(self, capability: str) -> int:
        """Length of the RQ queue."""
        with _translated():
            return self.rq(capability).count

    def nudge(self) -> None:
        """Push onto a list that the clock pops from; capped, as one nudge says it all."""
        with _translated():
            pipe = self.redis.pipeline()
            pipe.lpush(f"{self.house}:nudge", 1)
            pipe.ltrim(f"{self.house}:nudge", 0, 0)
            pipe.execute()

    def wait_for_nudge(self, timeout: float) -> bool:
        """Block on the list, a little at a time."""
        deadline = time.monotonic() + timeout
        with _translated():
            while (left := deadline - time.monotonic()) > 0:
                # Older servers round less than a millisecond to 0, which means for ever.
                wait = max(0.01, min(left, BLOCK_SECONDS))
                if self.redis.blpop([f"{self.house}:nudge"], timeout=wait) is not None:
                    return True
            return self.redis.lpop(f"{self.house}:nudge") is not None

    def publish(self, job_id: int, message: dict[str, Any]) -> None:
        """Publish on the job's channel."""
        with _translated():
            self.redis.publish(f"{self.house}:job:{job_id}", json.dumps(message))

    @contextmanager
    def watch(self, job_id: int | None) -> Iterator["RedisSubscription"]:
        """Subscribe to one job's channel or to all of them by pattern; what is published from now on arrives."""
        with _translated():
            pubsub: PubSub = self.redis.pubsub()  # type: ignore[no-untyped-call] # redis-py leaves it without types
        try:
            with _translated():
                if job_id is None:
                    pubsub.psubscribe(f"{self.house}:job:*")
                else:
                    pubsub.subscribe(f"{self.house}:job:{job_id}")
                pubsub.get_message(timeout=ANSWER_SECONDS)  # Redis confirms
            yield RedisSubscription(pubsub)
        finally:
            pubsub.close()

    def ping(self) -> None:
        """PING."""
        with _translated():
            self.redis.ping()

    def close(self) -> None:
        """Close the pool."""
        self.redis.close()

    def rq(self, capability: str) -> "rq.Queue":
        """The RQ queue of a capability; JSON only, so that writing to Redis never gives code execution by pickle."""
        return rq.Queue(rq_name(self.house, capability), connection=self.redis, serializer=JSONSerializer)


class RedisSubscription:
    """An open subscription."""

    def __init__(self, pubsub: PubSub) -> None:
        self._pubsub = pubsub

    def next(self, timeout: float) -> dict[str, Any] | None:
        """The next message with its `job_id`."""
        deadline = time.monotonic() + timeout
        while True:
            with _translated():
                raw = self._pubsub.get_message(timeout=max(0.0, deadline - time.monotonic()))
            # After a reconnection the confirmations come again; they are no messages.
            if raw is not None and raw["type"] in ("message", "pmessage"):
                message: dict[str, Any] = json.loads(raw["data"])
                return {**message, "job_id": int(raw["channel"].rpartition(b":")[2])}
            if time.monotonic() >= deadline:
                return None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise QueueUnreachableError from error
