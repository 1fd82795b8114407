"""The store on an S3 bucket, for houses of several machines."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from digilab.errors import NoSpaceError, StoredFileMissingError, StoreUnreachableError
from digilab.store.contract import BLOCK, Incoming, Listed, Stored, checked, checked_prefix, sweep_folder, translated

PART = 16 * 1024 * 1024
"""Bytes of one part of an upload; parts go one after another, so this is also what an upload keeps in memory."""

CONNECT_SECONDS = 3.0
FULL = {"InsufficientStorage", "QuotaExceeded", "StorageFull", "XMinioStorageFull"}


class BucketStore:
    """Files in a bucket, which is made on first use. What is coming in lies in `incoming`, a folder of this machine.

    `patience`: seconds for one answer of a server that accepted the connection; joining the parts of a large upload may take long.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        bucket: str,
        access_key: str,
        secret_key: str,
        region: str,
        secure: bool,
        incoming: Path,
        patience: float = 120.0,
    ) -> None:
        self._bucket = bucket
        self._region = region
        self._incoming = incoming
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._minio = Minio(
            endpoint,
            access_key=access_key,
            secret_key=secret_key,
            region=region,
            secure=secure,
            http_client=_connections(patience),
        )
        self._bucket_there = False
        self._making = threading.Lock()

    def receive(self) -> Incoming:
        """A place for a file that is coming in, on this machine: its size is known before it is sent on."""
        return Incoming(self._incoming / uuid.uuid4().hex)

    def keep(self, incoming: Incoming, key: str) -> Stored:
        """Upload it. A bucket shows an object when it is whole, so nobody sees half of one."""
        checked(key)
        incoming.finish(sync=False)
        with self._answering(key) as client:
            client.fput_object(self._bucket, key, str(incoming.path), part_size=PART, num_parallel_uploads=1)
        incoming.discard()
        return Stored(key, incoming.size, incoming.sha256)

    @contextmanager
    def open(self, key: str, start: int = 0, length: int | None = None) -> Iterator[Iterator[bytes]]:
        """The bytes from `start`, in blocks of 1 MiB."""
        # To the protocol a range of no bytes is a fault, to the contract it is an empty answer.
        size = self.size(key)
        wanted = max(0, size - start if length is None else min(length, size - start))
        if wanted == 0:
            yield iter(())
            return
        with self._answering(key) as client:
            response = client.get_object(self._bucket, key, offset=start, length=wanted)
        try:
            yield self._blocks(response, key)
        finally:
            response.close()
            response.release_conn()
