"""Messages within one process: the same contract without Redis, for tests of everything that is not about Redis."""

import json
import queue
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class InProcessQueue:
    """Messages in memory. Sent parts wait until a test (or a worker thread) takes them by `take`."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[tuple[int, int]]] = defaultdict(deque)
        self._nudged = threading.Event()
        self._watchers: list[tuple[int | None, queue.SimpleQueue[dict[str, Any]]]] = []
        self._lock = threading.Lock()

    def send(self, capability: str, part_id: int, epoch: int) -> None:
        """Append."""
        self._sent[capability].append((part_id, epoch))

    def take(self, capability: str) -> tuple[int, int] | None:
        """What RQ would hand to a free worker: (part id, epoch)."""
        sent = self._sent[capability]
        return sent.popleft() if sent else None

    def waiting(self, capability: str) -> int:
        """How many were sent and not taken."""
        return len(self._sent[capability])

    def nudge(self) -> None:
        """Set the event."""
        self._nudged.set()

    def wait_for_nudge(self, timeout: float) -> bool:
        """Wait for the event and clear it."""
        nudged = self._nudged.wait(timeout)
        self._nudged.clear()
        return nudged

    def publish(self, job_id: int, message: dict[str, Any]) -> None:
        """To every watcher of this job or of all."""
        # Through JSON as on the wire: what would not pass there does not pass here.
        sent = json.dumps(message)
        with self._lock:
            for watched, box in self._watchers:
                if watched in (None, job_id):
                    box.put({**json.loads(sent), "job_id": job_id})

    @contextmanager
    def watch(self, job_id: int | None) -> Iterator["InProcessSubscription"]:
        """Register a watcher for the time of the block."""
        watcher: tuple[int | None, queue.SimpleQueue[dict[str, Any]]] = (job_id, queue.SimpleQueue())
        with self._lock:
            self._watchers.append(watcher)
        subscription = InProcessSubscription(watcher[1])
        try:
            yield subscription
        finally:
            with self._lock:
                self._watchers = [each for each in self._watchers if each is not watcher]
            subscription.close()

    def ping(self) -> None:
        """Always there."""

    def close(self) -> None:
        """Nothing to give back."""


class InProcessSubscription:
    """An open subscription."""

    def __init__(self, box: "queue.SimpleQueue[dict[str, Any]]") -> None:
        self._box = box

    def next(self, timeout: float) -> dict[str, Any] | None:
        """The next message; none after the block has ended."""
        try:
            return self._box.get(timeout=timeout)
        except queue.Empty:
            return None

    def close(self) -> None:
        """Drop what was not read."""
        self._box = queue.SimpleQueue()
