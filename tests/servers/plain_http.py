"""Speaking to the servers of these tests: plain HTTP, on this machine."""

import ssl
from typing import Any

import httpx

NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody. To read whom this machine trusts takes 20 ms a client, and nothing here speaks TLS."""


def client(url: str, **options: Any) -> httpx.Client:
    """A client for this address; no proxy of this machine's is asked."""
    return httpx.Client(base_url=url, verify=NOBODY, trust_env=False, **options)
