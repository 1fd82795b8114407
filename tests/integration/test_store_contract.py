"""One contract over every store: a folder, and a bucket on a real S3 server."""

import hashlib
import http.server
import io
import os
import random
import resource
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from minio import Minio

from digilab.errors import KeyRefusedError, NoSpaceError, StoredFileMissingError, StoreUnreachableError
from digilab.store.bucket import PART, BucketStore
from digilab.store.contract import Store, Stored
from digilab.store.folder import FolderStore
from servers.s3 import ACCESS_KEY, SECRET_KEY, S3Server, open_store

MIB = 1024 * 1024


def put(store: Store, key: str, content: bytes) -> Stored:
    with store.receive() as incoming:
        for start in range(0, len(content), MIB):
            incoming.write(content[start : start + MIB])
        return store.keep(incoming, key)


def get(store: Store, key: str, start: int = 0, length: int | None = None) -> bytes:
    with store.open(key, start, length) as blocks:
        return b"".join(blocks)


def names(store: Store, prefix: str = "") -> list[str]:
    return [listed.key for listed in store.keys(prefix)]


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def every_call_is_unreachable(store: Store, scratch: Path) -> None:
    with pytest.raises(StoreUnreachableError):
        put(store, "inputs/b", b"x")
    with pytest.raises(StoreUnreachableError):
        get(store, "inputs/a")
    with pytest.raises(StoreUnreachableError), store.local("inputs/a", scratch):
        pass
    with pytest.raises(StoreUnreachableError):
        store.size("inputs/a")
    with pytest.raises(StoreUnreachableError):
        store.delete("inputs/c")
    with pytest.raises(StoreUnreachableError):
        names(store)


# --- what is kept ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 20 * MIB + 1], ids=["empty", "one byte", "20 MiB and one byte"])
def test_what_comes_out_is_what_went_in(store: Store, size: int) -> None:
    content = random.Random(size).randbytes(size)
    kept = put(store, "inputs/a", content)
    assert kept == Stored("inputs/a", size, hashlib.sha256(content).hexdigest())
    assert store.size("inputs/a") == size
    assert get(store, "inputs/a") == content


def test_a_file_comes_in_blocks_of_a_mebibyte_at_most(store: Store) -> None:
    put(store, "inputs/a", bytes(3 * MIB + 5))
    with store.open("inputs/a") as blocks:
        sizes = [len(block) for block in blocks]
    assert sum(sizes) == 3 * MIB + 5
    assert max(sizes) <= MIB


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, 3, b"012"),
        (3, None, b"3456789"),
        (3, 4, b"3456"),
        (8, 100, b"89"),
        (0, 0, b""),
        (4, 0, b""),
        (10, None, b""),
        (10, 5, b""),
        (50, 5, b""),
    ],
)
def test_a_range_gives_what_lies_in_it(store: Store, start: int, length: int | None, expected: bytes) -> None:
    put(store, "inputs/a", b"0123456789")
    assert get(store, "inputs/a", start, length) == expected


def test_a_range_of_an_empty_file_is_empty(store: Store) -> None:
    put(store, "inputs/a", b"")
    assert get(store, "inputs/a", 0, 10) == b""


def test_reading_may_stop_half_way(store: Store) -> None:
    put(store, "inputs/a", bytes(3 * MIB))
    with store.open("inputs/a") as blocks:
        assert len(next(blocks)) > 0
    assert store.size("inputs/a") == 3 * MIB


def test_an_existing_key_is_replaced_as_a_whole(store: Store) -> None:
    put(store, "outputs/a", b"a long first version")
    put(store, "outputs/a", b"second")
    assert get(store, "outputs/a") == b"second"
    assert names(store) == ["outputs/a"]


def test_a_reader_never_sees_half_of_a_replacement(folder_store: FolderStore) -> None:
    """In a bucket this is the server's promise, which the small one of the tests does not keep under load."""
    store: Store = folder_store
    versions = [bytes([number]) * (100_000 + number) for number in range(6)]
    put(store, "outputs/a", versions[0])
    seen: list[bytes] = []
    with ThreadPoolExecutor(1) as writers:
        replacing = writers.submit(lambda: [put(store, "outputs/a", version) for version in versions[1:]])
        while not replacing.done():
            seen.append(get(store, "outputs/a"))
        replacing.result()
    assert seen
    assert set(seen) <= set(versions)


def test_a_local_path_holds_the_bytes(store: Store, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    put(store, "inputs/a", b"x" * (2 * MIB + 1))
    with store.local("inputs/a", scratch) as path:
        assert path.read_bytes() == b"x" * (2 * MIB + 1)
    assert files_under(scratch) == []
    assert store.size("inputs/a") == 2 * MIB + 1


def test_a_local_copy_goes_away_when_the_work_with_it_fails(store: Store, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    put(store, "inputs/a", b"x")
    with pytest.raises(ZeroDivisionError), store.local("inputs/a", scratch):
        raise ZeroDivisionError
    assert files_under(scratch) == []
    assert get(store, "inputs/a") == b"x"


def test_the_first_bytes_can_be_looked_at_before_a_file_is_kept(store: Store) -> None:
    with store.receive() as incoming:
        incoming.write(b"ID3 and more")
        assert incoming.head(3) == b"ID3"
        assert incoming.head(100) == b"ID3 and more"
        incoming.write(b" and more")
        store.keep(incoming, "inputs/a")
    assert get(store, "inputs/a") == b"ID3 and more and more"


def test_one_key_may_be_the_beginning_of_another(store: Store) -> None:
    put(store, "jobs/1", b"one")
    put(store, "jobs/10", b"ten")
    put(store, "jobs/1.json", b"{}")
    assert get(store, "jobs/1") == b"one"


# --- what is not kept -----------------------------------------------------------------------------------


def test_a_discarded_file_leaves_nothing(store: Store, data: Path) -> None:
    with store.receive() as incoming:
        incoming.write(b"x" * (2 * MIB))
    assert names(store) == []
    assert files_under(data) == []


def test_a_file_that_was_cut_half_way_leaves_nothing(store: Store, data: Path) -> None:
    def receive() -> None:
        with store.receive() as incoming:
            incoming.write(b"x" * (2 * MIB))
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        receive()
    assert names(store) == []
    assert files_under(data) == []


def test_keeping_leaves_nothing_in_the_incoming_place(store: Store) -> None:
    with store.receive() as incoming:
        incoming.write(b"x")
        store.keep(incoming, "inputs/a")
        assert not incoming.path.exists()


def test_a_key_that_is_not_there_is_named(store: Store, tmp_path: Path) -> None:
    put(store, "inputs/a", b"x")
    with pytest.raises(StoredFileMissingError) as opening:
        get(store, "inputs/b")
    with pytest.raises(StoredFileMissingError) as measuring:
        store.size("inputs/b")
    with pytest.raises(StoredFileMissingError) as fetching, store.local("inputs/b", tmp_path):
        pass
    for raised in (opening, measuring, fetching):
        assert raised.value.evidence == {"key": "inputs/b"}


def test_no_bytes_of_a_missing_key_are_missing_too(store: Store) -> None:
    with pytest.raises(StoredFileMissingError):
        get(store, "inputs/b", 0, 0)


def test_a_deleted_file_is_gone(store: Store) -> None:
    put(store, "inputs/a", b"x")
    put(store, "inputs/b", b"y")
    store.delete("inputs/a")
    with pytest.raises(StoredFileMissingError):
        store.size("inputs/a")
    assert names(store) == ["inputs/b"]


def test_deleting_what_is_not_there_is_no_error(store: Store) -> None:
    store.delete("inputs/a")
    store.delete("inputs/a/b/c")


def test_keeping_and_deleting_neighbours_at_once_does_not_fail(store: Store) -> None:
    def work(key: str) -> None:
        for _ in range(60):
            put(store, key, b"x")
            store.delete(key)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work, key) for key in ("jobs/7/a", "jobs/7/b")]:
            done.result()
    assert names(store) == []


# --- keys -----------------------------------------------------------------------------------------------

FOREIGN_KEYS = {
    "empty": "",
    "absolute": "/etc/passwd",
    "parent": "../outside",
    "parent inside": "inputs/../../outside",
    "only dots": "..",
    "here": "./a",
    "hidden": ".hidden",
    "hidden inside": "inputs/.hidden",
    "upper case": "inputs/A",
    "blank": "inputs/a b",
    "NUL": "inputs/a\0b",
    "line end": "inputs/a\n",
    "backslash": "inputs\\a",
    "Japanese": "inputs/会議",
    "full width": "inputs/ａ",
    "empty part": "inputs//a",
    "slash at the end": "inputs/",
    "dot at the end": "inputs/a.",
    "percent": "inputs/%2e%2e",
    "too long": "a" * 201,
}


@pytest.mark.parametrize("key", FOREIGN_KEYS.values(), ids=FOREIGN_KEYS)
def test_a_key_that_the_house_did_not_make_is_refused_everywhere(store: Store, tmp_path: Path, key: str) -> None:
    before = {path for path in tmp_path.rglob("*") if path.is_dir()}
    with pytest.raises(KeyRefusedError):
        put(store, key, b"x")
    with pytest.raises(KeyRefusedError):
        get(store, key)
    with pytest.raises(KeyRefusedError), store.local(key, tmp_path):
        pass
    with pytest.raises(KeyRefusedError):
        store.size(key)
    with pytest.raises(KeyRefusedError):
        store.delete(key)
    assert files_under(tmp_path) == []
    assert {path for path in tmp_path.rglob("*") if path.is_dir()} == before


@pytest.mark.parametrize("prefix", ["../", "/", "inputs//", "..", "A", "inputs/%"])
def test_a_prefix_that_no_key_begins_with_is_refused(store: Store, prefix: str) -> None:
    with pytest.raises(KeyRefusedError):
        names(store, prefix)


def test_a_key_of_the_greatest_length_is_kept(store: Store) -> None:
    key = "a" * 100 + "/" + "b" * 99
    put(store, key, b"x")
    assert names(store) == [key]


def test_files_are_listed_in_order_of_their_key(store: Store) -> None:
    keys = ["a", "b/c", "b-d/e", "b/a/z", "b.json", "b/a-1", "c/1", "c/10", "c/2"]
    for key in keys:
        put(store, key, key.encode())
    assert names(store) == sorted(keys)
    assert names(store, "b/") == ["b/a-1", "b/a/z", "b/c"]
    assert names(store, "c/1") == ["c/1", "c/10"]
    assert names(store, "nothing") == []
    assert names(store, "nothing/at/all") == []


def left_by_somebody(store: Store, name: str) -> None:
    """A file that did not come through the house."""
    if isinstance(store, BucketStore):
        store._minio.put_object(store._bucket, name, io.BytesIO(b"x"), 1)
        return
    assert isinstance(store, FolderStore)
    path = store._kept / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


@pytest.mark.parametrize("name", ["inputs/Thumbs.db", "inputs/.DS_Store", "inputs/会議.wav", "inputs/a b"])
def test_what_somebody_else_has_left_in_a_store_is_not_listed(store: Store, name: str) -> None:
    put(store, "inputs/a", b"x")
    left_by_somebody(store, name)
    assert names(store) == ["inputs/a"]
    assert names(store, "inputs/") == ["inputs/a"]


def test_a_link_that_lies_in_the_folder_is_not_listed(folder_store: FolderStore, tmp_path: Path) -> None:
    put(folder_store, "inputs/a", b"x")
    (tmp_path / "elsewhere").write_bytes(b"x")
    (folder_store._kept / "inputs" / "b").symlink_to(tmp_path / "elsewhere")
    assert names(folder_store) == ["inputs/a"]


def test_more_files_than_a_server_lists_at_once_are_all_listed(bucket_store: BucketStore) -> None:
    keys = [f"parts/{number:04}" for number in range(1001)]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(put, bucket_store, key, b"") for key in keys]:
            done.result()
    assert names(bucket_store, "parts/") == keys


def test_a_listed_file_has_its_size_and_its_time(store: Store) -> None:
    put(store, "inputs/a", b"abc")
    (listed,) = store.keys("inputs/")
    assert listed.size == 3
    assert listed.changed_at.tzinfo is not None
    # Some servers count in whole seconds.
    assert abs(listed.changed_at - datetime.now(UTC)) < timedelta(seconds=60)


# --- what its process left behind -----------------------------------------------------------------------


def test_a_sweep_removes_what_was_received_long_ago_and_never_kept(store: Store) -> None:
    put(store, "inputs/a", b"kept")
    abandoned, fresh = store.receive(), store.receive()
    abandoned.write(b"x")
    abandoned.finish(sync=False)
    fresh.write(b"y")
    two_days_ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(abandoned.path, (two_days_ago, two_days_ago))
    assert store.sweep(datetime.now(UTC) - timedelta(days=1)) == 1
    assert not abandoned.path.exists()
    store.keep(fresh, "inputs/b")
    assert names(store) == ["inputs/a", "inputs/b"]
    assert store.sweep(datetime.now(UTC) + timedelta(days=1)) == 0


# --- a full disk ----------------------------------------------------------------------------------------


class SmallDisk:
    """A folder whose disk can be filled: a mount of 4 MiB, or where we may not mount, a limit on what a file may hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        mounting = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
        self.mounted = os.geteuid() == 0 and subprocess.run(mounting, capture_output=True, check=False).returncode == 0
        self._limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        if not self.mounted:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, self._limits[1]))
            return
        for step in (64 * 1024, 1):
            with suppress(OSError), (self.folder / "filler").open("ab", buffering=0) as file:
                while True:
                    file.write(bytes(step))

    def free(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)
        (self.folder / "filler").unlink(missing_ok=True)

    def remove(self) -> None:
        self.free()
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "small")
    yield disk
    disk.remove()


@pytest.fixture(params=["folder", "bucket"])
def store_on_small_disk(request: pytest.FixtureRequest, small_disk: SmallDisk) -> Store:
    if request.param == "folder":
        return FolderStore(small_disk.folder / "files")
    server: S3Server = request.getfixturevalue("s3_server")
    return server.store(small_disk.folder / "files")


@pytest.mark.parametrize("size", [100, MIB], ids=["while it is kept", "while it is received"])
def test_a_full_disk_is_said_and_leaves_nothing(store_on_small_disk: Store, small_disk: SmallDisk, size: int) -> None:
    store = store_on_small_disk
    put(store, "inputs/a", b"first")
    small_disk.fill()
    with pytest.raises(NoSpaceError):
        put(store, "inputs/b", b"x" * size)
    assert names(store) == ["inputs/a"]
    assert [path.name for path in files_under(small_disk.folder / "files") if "kept" not in path.parts] == []


def test_when_space_returns_the_store_goes_on(store_on_small_disk: Store, small_disk: SmallDisk) -> None:
    small_disk.fill()
    with pytest.raises(NoSpaceError):
        put(store_on_small_disk, "inputs/a", b"x" * MIB)
    small_disk.free()
    put(store_on_small_disk, "inputs/a", b"x" * MIB)
    assert store_on_small_disk.size("inputs/a") == MIB


def test_a_local_copy_that_does_not_fit_is_said(bucket_store: BucketStore, small_disk: SmallDisk) -> None:
    put(bucket_store, "inputs/a", b"x" * MIB)
    small_disk.fill()
    with pytest.raises(NoSpaceError), bucket_store.local("inputs/a", small_disk.folder):
        pass
    small_disk.free()
    assert files_under(small_disk.folder) == []


# --- the folder alone -----------------------------------------------------------------------------------


def test_nobody_else_may_look_into_the_folder(folder_store: FolderStore, data: Path) -> None:
    put(folder_store, "inputs/a", b"x")
    for name in ("kept", "incoming"):
        assert (data / "files" / name).stat().st_mode & 0o077 == 0


def test_a_link_that_leads_out_is_not_followed(folder_store: FolderStore, data: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a").write_bytes(b"secret")
    (data / "files" / "kept" / "inputs").symlink_to(tmp_path / "outside")
    with pytest.raises(StoredFileMissingError):
        get(folder_store, "inputs/a")
    assert names(folder_store) == []


def test_deleting_the_last_file_removes_its_folder(folder_store: FolderStore, data: Path) -> None:
    put(folder_store, "jobs/7/parts/a", b"x")
    folder_store.delete("jobs/7/parts/a")
    assert list((data / "files" / "kept").iterdir()) == []


def test_a_key_cannot_be_the_folder_of_another(folder_store: FolderStore) -> None:
    put(folder_store, "jobs/7/a", b"x")
    with pytest.raises(KeyRefusedError):
        put(folder_store, "jobs/7", b"y")
    with pytest.raises(KeyRefusedError):
        put(folder_store, "jobs/7/a/b", b"y")
    assert names(folder_store) == ["jobs/7/a"]


def test_a_folder_that_is_gone_is_unreachable_and_no_store_that_lost_its_files(
    folder_store: FolderStore, data: Path, tmp_path: Path
) -> None:
    put(folder_store, "inputs/a", b"x")
    # As when the disk that it lies on was unmounted.
    (data / "files").rename(data / "elsewhere")
    every_call_is_unreachable(folder_store, tmp_path)
    with pytest.raises(StoreUnreachableError):
        folder_store.sweep(datetime.now(UTC))
    assert not (data / "files").exists()
    (data / "elsewhere").rename(data / "files")
    assert get(folder_store, "inputs/a") == b"x"


# --- the bucket alone -----------------------------------------------------------------------------------


@pytest.fixture
def own_s3() -> Iterator[S3Server]:
    """An S3 server of this test's own, which it may kill."""
    server = S3Server()
    try:
        server.start()
        yield server
    finally:
        server.remove()


def test_a_server_that_is_gone_is_unreachable_and_the_same_store_works_when_it_is_back(
    own_s3: S3Server, data: Path, tmp_path: Path
) -> None:
    store = own_s3.store(data / "incoming")
    put(store, "inputs/a", b"first")
    own_s3.stop()
    every_call_is_unreachable(store, tmp_path)
    assert files_under(tmp_path) == []
    own_s3.start()
    assert get(store, "inputs/a") == b"first"
    put(store, "inputs/b", b"second")
    assert names(store) == ["inputs/a", "inputs/b"]


def test_a_server_that_hangs_is_unreachable(own_s3: S3Server, data: Path, tmp_path: Path) -> None:
    patient = own_s3.store(data / "incoming", bucket="one-for-both")
    put(patient, "inputs/a", b"first")
    own_s3.pause()
    every_call_is_unreachable(own_s3.store(data / "incoming", bucket="one-for-both", patience=0.1), tmp_path)
    own_s3.proceed()
    assert get(patient, "inputs/a") == b"first"


def test_a_server_that_dies_while_a_file_is_read_is_unreachable(own_s3: S3Server, data: Path) -> None:
    store = own_s3.store(data / "incoming")
    put(store, "inputs/a", bytes(24 * MIB))
    with store.open("inputs/a") as blocks:
        next(blocks)
        own_s3.stop()
        with pytest.raises(StoreUnreachableError):
            list(blocks)


def test_an_upload_that_breaks_off_half_way_changes_nothing(
    own_s3: S3Server, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = own_s3.store(data / "incoming")
    put(store, "inputs/a", b"first")
    upload_part = Minio._upload_part

    def crash_at_the_second(client: Minio, *args: Any) -> str:
        if args[-1] == 2:
            own_s3.stop()
        return upload_part(client, *args)

    monkeypatch.setattr(Minio, "_upload_part", crash_at_the_second)
    for key in ("inputs/a", "inputs/b"):
        with pytest.raises(StoreUnreachableError):
            put(store, key, bytes(PART + 1))
        own_s3.start()
    assert names(store) == ["inputs/a"]
    assert get(store, "inputs/a") == b"first"
    assert files_under(data) == []


def test_an_address_that_takes_no_connection_is_unreachable(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digilab.store.http.CONNECT_SECONDS", 0.1)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        with socket.create_connection(listener.getsockname()):  # fills the line of those who wait
            host, port = listener.getsockname()
            every_call_is_unreachable(open_store(f"{host}:{port}", data / "incoming"), tmp_path)


def test_a_wrong_secret_is_refused(s3_server: S3Server, data: Path) -> None:
    with pytest.raises(StoreUnreachableError):
        put(s3_server.store(data / "incoming", secret_key="a wrong one"), "inputs/a", b"x")


def test_the_bucket_is_made_once_by_whoever_comes_first(s3_server: S3Server, data: Path) -> None:
    bucket = "shared-by-two-machines"
    first, second = (s3_server.store(data / name, bucket=bucket) for name in ("one", "two"))
    put(first, "inputs/a", b"x")
    put(second, "inputs/b", b"y")
    assert names(first) == names(second) == ["inputs/a", "inputs/b"]


def test_a_store_is_opened_although_its_server_is_gone(own_s3: S3Server, data: Path) -> None:
    own_s3.stop()
    store = own_s3.store(data / "incoming")
    own_s3.start()
    assert put(store, "inputs/a", b"x").size == 1


def test_a_bucket_that_somebody_removed_is_no_missing_file(own_s3: S3Server, data: Path) -> None:
    store = own_s3.store(data / "incoming", bucket="removed")
    put(store, "inputs/a", b"x")
    store.delete("inputs/a")
    Minio(own_s3.endpoint, ACCESS_KEY, SECRET_KEY, secure=False).remove_bucket("removed")
    with pytest.raises(StoreUnreachableError):
        get(store, "inputs/a")


class InTrouble(http.server.BaseHTTPRequestHandler):
    """Says that the bucket is there, and one and the same thing to everything else."""

    status: int
    code: str

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = f"<Error><Code>{self.code}</Code><Message>in trouble</Message></Error>".encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/xml" if self.code else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the names that http.server calls

    def log_message(self, *said: object) -> None:
        """Nobody reads it."""


class Slow(InTrouble):
    """Takes a body only when it has let its sender wait."""

    status, code = 200, ""

    def do_PUT(self) -> None:
        threading.Event().wait(0.6)
        self.answer()


@contextmanager
def served(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, ThreadPoolExecutor(1) as serving:
        serving.submit(server.serve_forever, poll_interval=0.01)
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (500, "InternalError", StoreUnreachableError),
        (503, "SlowDown", StoreUnreachableError),
        (502, "", StoreUnreachableError),
        (400, "", StoreUnreachableError),
        (403, "AccessDenied", StoreUnreachableError),
        (507, "", NoSpaceError),
        (507, "XMinioStorageFull", NoSpaceError),
        (400, "QuotaExceeded", NoSpaceError),
    ],
)
def test_a_server_in_trouble_is_told_in_the_stores_words(
    data: Path, status: int, code: str, expected: type[Exception]
) -> None:
    with served(type("Handler", (InTrouble,), {"status": status, "code": code})) as endpoint:
        store = open_store(endpoint, data / "incoming")
        with pytest.raises(expected):
            put(store, "inputs/a", b"x")
        with pytest.raises(expected):
            names(store)


def test_a_server_that_takes_bytes_slowly_is_waited_for(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digilab.store.http.CONNECT_SECONDS", 0.2)
    with served(Slow) as endpoint:
        kept = put(open_store(endpoint, data / "incoming"), "inputs/a", bytes(12 * MIB))
    assert kept.size == 12 * MIB
