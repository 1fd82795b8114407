"""The key file: one line `<key id> <key>` for each key, the one to seal with first. Others are there only while a rotation is under way."""

import base64
import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digilab.errors import VaultKeyDamagedError, VaultKeyMissingError, VaultKeyOpenError

BYTES = 32


@dataclass(frozen=True, repr=False)
class Key:
    """AES-256."""

    secret: bytes

    @property
    def id(self) -> str:
        """Tells keys apart and gives nothing of them away."""
        return hashlib.sha256(b"digilab vault key\n" + self.secret).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"Key({self.id!r})"


def new_key() -> Key:
    """A key from the system's randomness."""
    return Key(secrets.token_bytes(BYTES))


def keys_in(file: Path) -> tuple[Key, ...]:
    """The file's keys. Raises VaultKeyMissingError, VaultKeyOpenError, VaultKeyDamagedError."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise VaultKeyMissingError(file=str(file)) from None
    except PermissionError:
        raise VaultKeyOpenError(file=str(file)) from None
    with open(descriptor, encoding="ascii", errors="replace") as opened:
        found = os.fstat(descriptor)
        # Asked of the open file: what the name leads to could be exchanged in between.
        if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077 or found.st_uid not in (os.geteuid(), 0):
            raise VaultKeyOpenError(file=str(file))
        lines = opened.read(64 * 1024).splitlines()
    keys = tuple(_key(line, file) for line in lines if line.strip() and not line.startswith("#"))
    if not keys:
        raise VaultKeyDamagedError(file=str(file))
    return keys


@contextmanager
def turn(file: Path) -> Iterator[None]:
    """One process of this machine at a time changes the key."""
    descriptor = os.open(file.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write(file: Path, keys: Sequence[Key]) -> None:
    """Replace the file as a whole, durably, readable for its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    try:
        _write_new(beside, keys)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    _sync(file.parent)


def write_first(file: Path, key: Key) -> None:
    """A file that was not there. Raises FileExistsError when another process was quicker."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    try:
        _write_new(beside, [key])
        # A link and not a rename: of two processes that make the first key at once, one must lose.
        os.link(beside, file)
    finally:
        beside.unlink(missing_ok=True)
    _sync(file.parent)


def _write_new(file: Path, keys: Sequence[Key]) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="ascii") as opened:
        opened.write("# DigiLab: seals the robots' credentials. Keep a copy apart from the database's backups.\n")
        opened.writelines(f"{key.id} {base64.b64encode(key.secret).decode()}\n" for key in keys)
        opened.flush()
        os.fsync(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _key(line: str, file: Path) -> Key:
    told, _, encoded = line.partition(" ")
    try:
        key = Key(base64.b64decode(encoded.strip(), validate=True))
    except ValueError:
        raise VaultKeyDamagedError(file=str(file)) from None
    if len(key.secret) != BYTES or key.id != told:
        raise VaultKeyDamagedError(file=str(file))
    return key
