"""The contract of the queue.

`send` delivers (part id, epoch) to whichever worker of a capability is free; `nudge` wakes the clock; `publish` tells pages that a
job has moved. All of it carries ids and plain JSON only.
"""

from contextlib import AbstractContextManager
from typing import Any, Protocol

RUN_PART = "workers.run.run_part"
"""What a worker calls with (part id, epoch). A text: the job server never imports the workers."""


class Subscription(Protocol):
    """Messages of one channel, for as long as it is open."""

    def next(self, timeout: float) -> dict[str, Any] | None:
        """The next message; None when none came in `timeout` seconds. Raises QueueUnreachableError."""
        ...


class Queue(Protocol):
    """What every queue can do. All raise QueueUnreachableError when it does not answer."""

    def send(self, capability: str, part_id: int, epoch: int) -> None:
        """Deliver a leased part to a free worker."""
        ...

    def waiting(self, capability: str) -> int:
        """Messages that no worker has taken yet."""
        ...

    def nudge(self) -> None:
        """Wake the clock now instead of at its next round."""
        ...

    def wait_for_nudge(self, timeout: float) -> bool:
        """The clock's sleep; True when it was nudged. Several nudges while it was busy count as one."""
        ...

    def publish(self, job_id: int, message: dict[str, Any]) -> None:
        """Tell the pages that watch this job. Nobody may be listening."""
        ...

    def watch(self, job_id: int | None) -> AbstractContextManager[Subscription]:
        """Listen to one job, or to all of them; a message of `watch(None)` carries `job_id`."""
        ...

    def ping(self) -> None:
        """Return when it answers."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...
