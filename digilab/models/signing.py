"""The signature over a model's manifest: `manifest.sig` in its folder, the second entry of its bundle."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from digilab.models.keys import PublicKey
from digilab.models.manifest import MANIFEST, SIGNATURE

MOST_BYTES = 4096
_PURPOSE = b"digilab model manifest 2\n"
"""Stands before what is signed: a signature over something else can never be taken for one over a manifest."""


@dataclass(frozen=True)
class Signed:
    """Who signed a manifest."""

    fingerprint: str
    key: PublicKey | None
    """None when it is not one that this house trusts."""


def sign(private: Ed25519PrivateKey, public: PublicKey, manifest: bytes) -> bytes:
    """The content of `manifest.sig`."""
    signature = base64.b64encode(private.sign(_PURPOSE + manifest)).decode()
    return json.dumps({"key": public.fingerprint, "signature": signature}, indent=1).encode()


def signer(content: bytes, manifest: bytes, trusted: Iterable[PublicKey]) -> Signed | None:
    """Who signed it. None when nobody did, or when the trusted key that it names did not sign this."""
    try:
        told = json.loads(content) if len(content) <= MOST_BYTES else {}
        fingerprint, signature = str(told["key"]), base64.b64decode(told["signature"], validate=True)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    for key in trusted:
        if key.fingerprint == fingerprint:
            return Signed(fingerprint, key) if key.signed(signature, _PURPOSE + manifest) else None
    return Signed(fingerprint if fingerprint.isprintable() and len(fingerprint) < 50 else "?", None)


def signer_in(folder: Path, trusted: Iterable[PublicKey]) -> Signed | None:
    """Who signed the manifest of this model."""
    try:
        with (folder / SIGNATURE).open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        return signer(content, (folder / MANIFEST).read_bytes(), trusted)
    except OSError:
        return None


def has_signature(folder: Path) -> bool:
    """Whether something that should be a signature lies there."""
    return (folder / SIGNATURE).exists()
