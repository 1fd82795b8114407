"""The store on an S3 bucket, for houses of several machines."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from digilab.errors import NoSpaceError, StoredFileMissingError, StoreUnreachableError
from digilab.store.contract import (
    BLOCK,
    Incoming,
    Listed,
    Stored,
    checked,
    checked_prefix,
    is_key,
    sweep_folder,
    translated,
)
from digilab.store.http import connections

PART = 16 * 1024 * 1024
"""Bytes of one part of an upload. Parts go one after another, so this is also what an upload keeps in memory."""

FULL = ("InsufficientStorage", "QuotaExceeded", "StorageFull")
"""What servers call a full disk; the protocol has no word of its own for it."""


class _BeyondTheEndError(Exception):
    """To the protocol a range behind the last byte is a fault, to the contract it is an empty answer."""


class BucketStore:
    """Files in a bucket, which is made on first use. What is coming in lies in `incoming`, a folder of this machine.

    `patience`: seconds for one answer of a server that took the connection; joining the parts of a large upload may take it long.
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
        self._incoming = incoming
        with translated():
            self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._minio = Minio(
            endpoint,
            access_key=access_key,
            secret_key=secret_key,
            region=region,
            secure=secure,
            http_client=connections(patience),
        )
        self._made = False
        self._making = threading.Lock()

    def receive(self) -> Incoming:
        """A place on this machine for a file that is coming in: its size and type are known before it goes on."""
        return Incoming(self._incoming / uuid.uuid4().hex)

    def keep(self, incoming: Incoming, key: str) -> Stored:
        """Upload it. A bucket shows an object when it is whole, so nobody ever sees half of one."""
        checked(key)
        incoming.finish(sync=False)
        with self._answering(key) as client:
            client.fput_object(self._bucket, key, str(incoming.path), part_size=PART, num_parallel_uploads=1)
        incoming.discard()
        return Stored(key, incoming.size, incoming.sha256)

    @contextmanager
    def open(self, key: str, start: int = 0, length: int | None = None) -> Iterator[Iterator[bytes]]:
        """The bytes from `start`, in blocks of 1 MiB."""
        checked(key)
        if length == 0:
            self.size(key)
            yield iter(())
            return
        try:
            with self._answering(key) as client:
                response = client.get_object(self._bucket, key, offset=start, length=length or 0)
        except _BeyondTheEndError:
            yield iter(())
            return
        try:
            yield self._blocks(response, key)
        finally:
            response.close()
            response.release_conn()

    @contextmanager
    def local(self, key: str, scratch: Path) -> Iterator[Path]:
        """A copy in `scratch`, removed with the block. Raises NoSpaceError when it does not fit there."""
        size = self.size(key)
        copy = scratch / uuid.uuid4().hex
        try:
            with translated(), copy.open("xb") as file, self.open(key) as blocks:
                for block in blocks:
                    file.write(block)
            if copy.stat().st_size != size:
                raise StoreUnreachableError(reason="short")
            yield copy
        finally:
            copy.unlink(missing_ok=True)

    def size(self, key: str) -> int:
        """Size in bytes."""
        checked(key)
        with self._answering(key) as client:
            return client.stat_object(self._bucket, key).size or 0

    def delete(self, key: str) -> None:
        """Remove it."""
        checked(key)
        try:
            with self._answering(key) as client:
                client.remove_object(self._bucket, key)
        except StoredFileMissingError:
            return

    def keys(self, prefix: str) -> Iterator[Listed]:
        """Asks for a thousand at a time."""
        checked_prefix(prefix)
        with self._answering(prefix) as client:
            for found in client.list_objects(self._bucket, prefix=prefix, recursive=True):
                if found.object_name and found.last_modified and is_key(found.object_name):
                    yield Listed(found.object_name, found.size or 0, found.last_modified)

    def sweep(self, older_than: datetime) -> int:
        """Remove what was never kept: files of this machine."""
        with translated():
            return sweep_folder(self._incoming, older_than)

    def _blocks(self, response: BaseHTTPResponse, key: str) -> Iterator[bytes]:
        with self._answering(key):
            yield from response.stream(BLOCK)

    @contextmanager
    def _answering(self, key: str) -> Iterator[Minio]:
        """The client with its bucket made, and what it raises in the store's words."""
        try:
            self._make_bucket()
            yield self._minio
        except MinioException as error:
            raise _translated(error, key) from error
        except HTTPError as error:
            raise StoreUnreachableError(reason=type(error).__name__) from error

    def _make_bucket(self) -> None:
        if self._made:
            return
        with self._making:
            if not self._minio.bucket_exists(self._bucket):
                try:
                    self._minio.make_bucket(self._bucket)
                except S3Error as error:
                    if not (error.code or "").startswith("BucketAlready"):  # another machine was first
                        raise
            self._made = True


def _translated(error: MinioException, key: str) -> Exception:
    status, words = _answer(error)
    if status == 507 or any(word in words for word in FULL):
        return NoSpaceError()
    if status == 416:
        return _BeyondTheEndError()
    if status == 404 and "NoSuchBucket" not in words:
        return StoredFileMissingError(key=key)
    return StoreUnreachableError(reason=words[:200], status=status)


def _answer(error: MinioException) -> tuple[int, str]:
    """HTTP status, and the server's code or text."""
    if isinstance(error, S3Error):
        return error.response.status, error.code or ""
    if isinstance(error, InvalidResponseError):
        # The client reads an error's code only out of `application/xml`; some servers send `text/xml`.
        return error._code, error._body or ""
    return getattr(error, "status_code", 0), type(error).__name__
