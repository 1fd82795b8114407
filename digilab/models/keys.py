"""Keys for signed bundles: the house's own, to sign with, and those of other houses that it trusts.

A public key is a file of one line, `digilab-model-key <base64> <owner's name>`. It travels with the bundle or before it; the
fingerprint travels another way (a telephone will do), and only a person who compared the two trusts a key.
"""

import base64
import contextlib
import hashlib
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from digilab.errors import (
    ModelKeyDamagedError,
    ModelKeyMissingError,
    ModelKeyNameError,
    ModelKeyOpenError,
    ModelKeyOtherError,
    ModelKeyOwnError,
    ModelKeyThereError,
    ModelKeyUnknownError,
)
from digilab.models.place import made, synced

OWN, PUBLIC = "signing.key", "signing.pub"
_TRUSTED = "trusted"
_WORD = "digilab-model-key"
_LONGEST_NAME = 60
_BYTES = 32
_MOST_BYTES = 4096


@dataclass(frozen=True)
class PublicKey:
    """Whose signature it checks, and with what."""

    owner: str
    raw: bytes

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits in groups of four: short enough to be read out, long enough that nobody makes a second one."""
        digits = hashlib.sha256(self.raw).hexdigest()[:32]
        return "-".join(re.findall("....", digits))

    @property
    def line(self) -> str:
        """As it lies in a file."""
        return f"{_WORD} {base64.b64encode(self.raw).decode()} {self.owner}\n"

    def signed(self, signature: bytes, content: bytes) -> bool:
        """Whether its owner signed this."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, content)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is no signature
            return False
        return True


def new_key(folder: Path, owner: str) -> PublicKey:
    """Make this house's own key. Raises ModelKeyThereError, ModelKeyNameError."""
    owner = _name(owner)
    made(folder, 0o700)
    private = Ed25519PrivateKey.generate()
    public = PublicKey(owner, private.public_key().public_bytes_raw())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    beside = folder / f".{OWN}.{secrets.token_hex(6)}"
    try:
        _written(beside, pem, 0o600)
        # A link and not a rename: a key that is there is never overwritten.
        os.link(beside, folder / OWN)
    except FileExistsError:
        raise ModelKeyThereError(file=str(folder / OWN)) from None
    finally:
        beside.unlink(missing_ok=True)
    _replaced(folder / PUBLIC, public.line)
    return public


def own_key(folder: Path) -> tuple[Ed25519PrivateKey, PublicKey]:
    """This house's own key. Raises ModelKeyMissingError, ModelKeyOpenError, ModelKeyOwnError."""
    file = folder / OWN
    try:
        with file.open("rb") as opened:
            found = os.fstat(opened.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077:
                raise ModelKeyOpenError(file=str(file))
            content = opened.read(_MOST_BYTES)
    except FileNotFoundError:
        raise ModelKeyMissingError(file=str(file)) from None
    try:
        private = load_pem_private_key(content, None)
    except (ValueError, TypeError) as error:
        raise ModelKeyOwnError(file=str(file), own=str(file)) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise ModelKeyOwnError(file=str(file), own=str(file))
    raw = private.public_key().public_bytes_raw()
    with contextlib.suppress(ModelKeyDamagedError):
        public = read_key(folder / PUBLIC)
        if public.raw == raw:
            return private, public
    # Also when the power went between the two files of a new key: whose it is was told in the second one alone.
    raise ModelKeyOwnError(file=str(folder / PUBLIC), own=str(file))


def has_own(folder: Path) -> bool:
    """Whether this house can sign."""
    return (folder / OWN).exists()


def read_key(file: Path) -> PublicKey:
    """A public key from its file. Raises ModelKeyDamagedError."""
    try:
        with file.open("rb") as opened:
            word, encoded, owner = opened.read(_MOST_BYTES).decode().rstrip("\r\n").split(" ", 2)
        raw = base64.b64decode(encoded, validate=True)
        name = _name(owner)
    except (OSError, ValueError, ModelKeyNameError) as error:
        raise ModelKeyDamagedError(file=str(file)) from error
    if word != _WORD or len(raw) != _BYTES:
        raise ModelKeyDamagedError(file=str(file))
    return PublicKey(name, raw)


def trust(folder: Path, key: PublicKey, told: str) -> None:
    """Trust a key whose fingerprint a person was told by its owner. Raises ModelKeyOtherError, which does not give the right one away."""
    if _digits(told) != _digits(key.fingerprint):
        raise ModelKeyOtherError(owner=key.owner)
    made(folder / _TRUSTED, 0o700)
    _replaced(_place(folder, key), key.line)


def trusted(folder: Path) -> tuple[PublicKey, ...]:
    """The keys that this house trusts, by their owners' names. Raises ModelKeyDamagedError."""
    keys = [read_key(file) for file in (folder / _TRUSTED).glob("*.pub")]
    return tuple(sorted(keys, key=lambda key: (key.owner, key.fingerprint)))


def trusted_key(folder: Path, told: str) -> PublicKey:
    """The trusted key with this fingerprint. Raises ModelKeyUnknownError."""
    for key in trusted(folder):
        if _digits(told) == _digits(key.fingerprint):
            return key
    raise ModelKeyUnknownError(told=told)


def forget(folder: Path, key: PublicKey) -> None:
    """Trust a key no longer. Raises ModelKeyUnknownError when somebody else was faster."""
    try:
        _place(folder, key).unlink()
    except FileNotFoundError:
        raise ModelKeyUnknownError(told=key.fingerprint) from None
    synced(folder / _TRUSTED)


def _place(folder: Path, key: PublicKey) -> Path:
    return folder / _TRUSTED / f"{_digits(key.fingerprint)}.pub"


def _digits(told: str) -> str:
    return re.sub(r"[\s:-]", "", told).lower()


def _name(owner: str) -> str:
    if not (owner := owner.strip()) or len(owner) > _LONGEST_NAME or not owner.isprintable():
        raise ModelKeyNameError(name=owner.encode("unicode_escape").decode())
    return owner


def _replaced(file: Path, line: str) -> None:
    beside = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    try:
        _written(beside, line.encode(), 0o644)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    synced(file.parent)


def _written(file: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with contextlib.closing(os.fdopen(descriptor, "wb")) as opened:
        opened.write(content)
        opened.flush()
        os.fsync(descriptor)
