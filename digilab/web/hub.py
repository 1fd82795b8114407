"""One subscription for all watching pages: a message about a job wakes the streams of that job.

One thread listens, however many pages are open. When the queue does not answer, pages go on with what they read from the database
every few seconds.
"""

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from digilab.errors import QueueUnreachableError
from digilab.queue.contract import Queue

log = logging.getLogger(__name__)

LISTEN_SECONDS = 0.25
RECONNECT_SECONDS = 2.0


class Hub:
    """Started and ended with the application."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._watchers: dict[int, set[asyncio.Event]] = defaultdict(set)
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to listen; called in the event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._listen, name="hub", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Wake every stream so that it ends; callable from a signal handler."""
        self._ending.set()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    def join(self) -> None:
        """Return when the listening thread has ended."""
        if self._thread is not None:
            self._thread.join()

    @property
    def ending(self) -> bool:
        """Whether streams should end."""
        return self._ending.is_set()

    @contextmanager
    def watching(self, job_id: int) -> Iterator[asyncio.Event]:
        """An event that is set whenever something was said about the job."""
        event = asyncio.Event()
        self._watchers[job_id].add(event)
        try:
            yield event
        finally:
            self._watchers[job_id].discard(event)
            if not self._watchers[job_id]:
                del self._watchers[job_id]

    def _listen(self) -> None:
        while not self._ending.is_set():
            try:
                self._subscribe()
            except QueueUnreachableError:
                log.warning("the queue does not answer; pages follow the database")
                self._ending.wait(RECONNECT_SECONDS)

    def _subscribe(self) -> None:
        with self._queue.watch(None) as subscription:
            while not self._ending.is_set():
                message = subscription.next(LISTEN_SECONDS)
                if message is not None and self._loop is not None and not self._loop.is_closed():
                    self._loop.call_soon_threadsafe(self._wake, message["job_id"])

    def _wake(self, job_id: int) -> None:
        for event in self._watchers.get(job_id, ()):
            event.set()

    def _wake_all(self) -> None:
        for events in self._watchers.values():
            for event in events:
                event.set()
