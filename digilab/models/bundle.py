"""A model in one file, to be carried into a closed network: a plain tar of the manifest, its signature, then every file in order.

Written and read header by header. Of a bundle's headers only what the signed manifest says is believed, so nothing in the file
decides where something is written; what a tar can hold besides plain files is not even understood.
"""

import hashlib
import os
import tarfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from digilab.errors import (
    BundleDamagedError,
    BundleForeignError,
    BundleLargeError,
    BundleThereError,
    BundleUnsignedError,
    ModelDamagedError,
    ModelLicenceError,
)
from digilab.models import place
from digilab.models.files import BLOCK, kept, taken
from digilab.models.folder import Model, check_name, existing
from digilab.models.keys import PublicKey
from digilab.models.manifest import MANIFEST, MOST_BYTES, SIGNATURE, Manifest, manifest_in, parsed
from digilab.models.signing import MOST_BYTES as MOST_SIGNATURE
from digilab.models.signing import sign, signer
from digilab.models.sorts import DEMANDED

MOST_GIGABYTES = 64
_RECORD = 512
_END = bytes(2 * _RECORD)

Progress = Callable[[int, int], None]
"""Gets the bytes done and the bytes in all."""


def no_progress(_: int, __: int) -> None:
    """Does nothing."""


class _Tally:
    """Counts what goes by."""

    def __init__(self, manifest: Manifest, progress: Progress) -> None:
        self._done, self._all = 0, manifest.size
        self._progress = progress

    def through(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            yield block
            self._done += len(block)
            self._progress(self._done, self._all)


def pack(
    folder: Path,
    name: str,
    target: Path,
    private: Ed25519PrivateKey,
    public: PublicKey,
    progress: Progress = no_progress,
) -> int:
    """Write the bundle of a model that is here; its size. What is packed is compared with the manifest on the way.

    Raises ModelMissingError, ModelDamagedError, ModelLicenceError, BundleThereError, ModelSpaceError.
    """
    model = existing(folder, name)
    with place.held(model.folder):
        manifest = manifest_in(model.folder)
        if manifest is None:
            raise ModelDamagedError(name=name, file=MANIFEST)
        if manifest.format == 1 or not manifest.licence:
            raise ModelLicenceError(name=name)
        if target.exists():
            raise BundleThereError(file=str(target))
        content = (model.folder / MANIFEST).read_bytes()
        beside = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            with place.room_told(target.parent, _length(manifest, content)), beside.open("xb") as writing:
                _write(writing, MANIFEST, iter([content]), len(content))
                signature = sign(private, public, content)
                _write(writing, SIGNATURE, iter([signature]), len(signature))
                _write_files(writing, model, manifest, progress)
                writing.write(_END)
                writing.flush()
                os.fsync(writing.fileno())
            beside.rename(target)
            place.synced(target.parent)
        finally:
            beside.unlink(missing_ok=True)
    return target.stat().st_size


def unpack(
    folder: Path,
    bundle: Path,
    trusted: Iterable[PublicKey],
    name: str = "",
    *,
    replace: bool = False,
    progress: Progress = no_progress,
) -> Model:
    """Bring the model of a bundle in. Nothing is written before its signature is known to be that of a trusted key.

    Raises BundleDamagedError, BundleUnsignedError, BundleForeignError, BundleLargeError, ModelNameError, ModelSpaceError,
    FileUnusableError when the medium breaks off.
    """
    with bundle.open("rb") as reading:
        content = _small(reading, bundle, MANIFEST, MOST_BYTES)
        signature = _small(reading, bundle, SIGNATURE, MOST_SIGNATURE)
        found = signer(signature, content, trusted)
        if found is None:
            raise BundleUnsignedError(file=bundle.name)
        if found.key is None:
            raise BundleForeignError(file=bundle.name, fingerprint=found.fingerprint)
        manifest = _sound(content, bundle)
        name = name or manifest.name
        check_name(name)
        with place.arriving(folder, name, manifest.size, replace=replace) as incoming:
            kept(iter([content]), incoming / MANIFEST)
            kept(iter([signature]), incoming / SIGNATURE)
            tally = _Tally(manifest, progress)
            for path, known in manifest.files.items():
                _expect(reading, bundle, path, known.size or 0)
                if kept(tally.through(_blocks(reading, known.size or 0)), incoming / path) != known:
                    raise BundleDamagedError(file=bundle.name, member=path)
                _skip(reading, bundle, path, known.size or 0)
            if taken(reading, len(_END) + 1) != _END:
                raise BundleDamagedError(file=bundle.name, member="end")
    return existing(folder, name)


def _write_files(writing: IO[bytes], model: Model, manifest: Manifest, progress: Progress) -> None:
    tally = _Tally(manifest, progress)
    for path, known in manifest.files.items():
        digest = hashlib.sha256()
        try:
            with (model.folder / path).open("rb") as reading:
                if os.fstat(reading.fileno()).st_size != known.size:
                    raise ModelDamagedError(name=model.name, file=path)
                _write(writing, path, _digested(tally.through(_blocks(reading, known.size)), digest.update), known.size)
        except FileNotFoundError:
            raise ModelDamagedError(name=model.name, file=path) from None
        if digest.hexdigest() != known.sha256:
            raise ModelDamagedError(name=model.name, file=path)


def _write(writing: IO[bytes], name: str, blocks: Iterator[bytes], size: int) -> None:
    header = tarfile.TarInfo(name)
    header.size = size
    header.mode = 0o644
    # GNU's form, because it has room for sizes above 8 GB.
    writing.write(header.tobuf(tarfile.GNU_FORMAT, "utf-8"))
    for block in blocks:
        writing.write(block)
    writing.write(bytes(-size % _RECORD))


def _sound(content: bytes, bundle: Path) -> Manifest:
    try:
        manifest = parsed(content, bundle.name)
    except ModelDamagedError as error:
        raise BundleDamagedError(file=bundle.name, member=MANIFEST) from error
    if manifest.format == 1 or manifest.sort is None or not manifest.files.keys() >= set(DEMANDED[manifest.sort]):
        raise BundleDamagedError(file=bundle.name, member=MANIFEST)
    length = _length(manifest, content)
    if length > MOST_GIGABYTES * 1000**3:
        raise BundleLargeError(file=bundle.name, most=MOST_GIGABYTES)
    return manifest


def _small(reading: IO[bytes], bundle: Path, name: str, most: int) -> bytes:
    header = _header(reading, bundle, name)
    # A bundle that was never signed goes on with its first file here.
    if name == SIGNATURE and header.name != SIGNATURE:
        raise BundleUnsignedError(file=bundle.name)
    if header.name != name or header.size > most:
        raise BundleDamagedError(file=bundle.name, member=name)
    content = taken(reading, header.size)
    _skip(reading, bundle, name, header.size)
    return content


def _expect(reading: IO[bytes], bundle: Path, path: str, size: int) -> None:
    header = _header(reading, bundle, path)
    if (header.name, header.size) != (path, size):
        raise BundleDamagedError(file=bundle.name, member=path)


def _header(reading: IO[bytes], bundle: Path, awaited: str) -> tarfile.TarInfo:
    try:
        header = tarfile.TarInfo.frombuf(taken(reading, _RECORD), "utf-8", "strict")
    except (tarfile.HeaderError, ValueError) as error:
        raise BundleDamagedError(file=bundle.name, member=awaited) from error
    if header.type != tarfile.REGTYPE or header.size < 0:
        raise BundleDamagedError(file=bundle.name, member=awaited)
    return header


def _skip(reading: IO[bytes], bundle: Path, name: str, size: int) -> None:
    """What fills the last record up is nothing."""
    if any(taken(reading, -size % _RECORD)):
        raise BundleDamagedError(file=bundle.name, member=name)


def _blocks(reading: IO[bytes], size: int) -> Iterator[bytes]:
    left = size
    while left and (block := taken(reading, min(BLOCK, left))):
        left -= len(block)
        yield block


def _digested(blocks: Iterator[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for block in blocks:
        update(block)
        yield block


def _length(manifest: Manifest, content: bytes) -> int:
    """Bytes of a bundle, about."""
    return manifest.size + 2 * _RECORD * len(manifest.files) + len(content) + MOST_SIGNATURE + 4 * _RECORD
