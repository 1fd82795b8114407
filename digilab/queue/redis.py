"""Messages by Redis; parts are delivered by RQ."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
import rq
from redis.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer

from digilab.errors import QueueUnreachableError
from digilab.queue.contract import RUN_PART


def connect(url: str) -> "redis.Redis":
    """A connection pool. Nothing is sent before the first use."""
    return redis.Redis.from_url(url, socket_connect_timeout=5, health_check_interval=30)


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
        """Block on the list."""
        with _translated():
            return self.redis.blpop([f"{self.house}:nudge"], timeout=timeout) is not None

    def publish(self, job_id: int, message: dict[str, Any]) -> None:
        """Publish on the job's channel."""
        with _translated():
            self.redis.publish(f"{self.house}:job:{job_id}", json.dumps(message))

    @contextmanager
    def watch(self, job_id: int | None) -> Iterator["RedisSubscription"]:
        """Subscribe to one job's channel or to all of them by pattern."""
        with _translated():
            pubsub = self.redis.pubsub(ignore_subscribe_messages=True)
            if job_id is None:
                pubsub.psubscribe(f"{self.house}:job:*")
            else:
                pubsub.subscribe(f"{self.house}:job:{job_id}")
        try:
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
        with _translated():
            raw = self._pubsub.get_message(timeout=timeout)
        if raw is None:
            return None
        message: dict[str, Any] = json.loads(raw["data"])
        return {**message, "job_id": int(raw["channel"].rpartition(b":")[2])}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (RedisConnectionError, RedisError) as error:
        raise QueueUnreachableError from error
