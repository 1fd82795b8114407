"""The one place where real parts are chosen: database, store, queue. Nothing connects before `open_office`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digilab.config import Settings
from digilab.database.session import Database
from digilab.errors import UnsafeStartError
from digilab.queue.contract import Queue
from digilab.queue.redis import RedisQueue
from digilab.store.contract import Store
from digilab.store.folder import FolderStore


@dataclass(frozen=True)
class Office:
    """The open house."""

    settings: Settings
    database: Database
    store: Store
    queue: Queue

    @property
    def alive_seconds(self) -> float:
        """A worker that gave no sign of life for so long is taken for dead."""
        return self.settings.work.heartbeat_seconds * 3

    @property
    def scratch(self) -> Path:
        """A folder for temporary files of this machine."""
        folder = self.settings.data.resolve() / "scratch"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@contextmanager
def open_office(settings: Settings) -> Iterator[Office]:
    """Choose and open the real parts; closed when the block ends. The schema is brought up to date by `digilab up` and `digilab db`."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database_url)
    queue = RedisQueue(settings.queue_url, settings.queue.name)
    try:
        yield Office(settings, database, _store(settings), queue)
    finally:
        queue.close()
        database.close()


def _store(settings: Settings) -> Store:
    if settings.store.kind == "folder":
        return FolderStore(settings.store_folder)
    # Chosen here and imported here: the S3 client costs every process 7 MiB that a house on a folder never uses.
    from digilab.store.bucket import BucketStore

    chosen = settings.store
    return BucketStore(
        endpoint=chosen.endpoint,
        bucket=chosen.bucket,
        access_key=chosen.access_key,
        secret_key=chosen.secret_key,
        region=chosen.region,
        secure=chosen.secure,
        incoming=settings.data.resolve() / "incoming",
    )


def worker_count(settings: Settings) -> int:
    """Worker processes for this machine."""
    return settings.work.workers or max(1, min(4, os.cpu_count() or 1))


def worker_threads(settings: Settings) -> int:
    """Engine threads of one worker: together they fill the cores. Two processes of one thread beat one of two (measured)."""
    return settings.work.threads or max(1, (os.cpu_count() or 1) // worker_count(settings))


def check_safe(settings: Settings) -> None:
    """Refuse to listen to other machines without TLS in front. Raises UnsafeStartError."""
    web = settings.web
    if web.host not in ("127.0.0.1", "::1", "localhost") and not (web.https or web.trust_http):
        raise UnsafeStartError(host=web.host)
