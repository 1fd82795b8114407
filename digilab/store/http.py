"""Connections to an S3 server: given up soon when nobody takes them, patient once bytes are moving."""

import ssl

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

CONNECT_SECONDS = 3.0
SEND_SECONDS = 120.0
"""For one request's body, at most 16 MiB. urllib3 by itself would allow it the time of connecting only."""


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(SEND_SECONDS)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(SEND_SECONDS)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def connections(patience: float) -> urllib3.PoolManager:
    """A pool that waits `patience` seconds for an answer and tries a failed request twice more.

    Certificates are checked against the system's list, where a city installs its own authority.
    """
    manager = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=patience),
        maxsize=10,
        retries=urllib3.Retry(total=2, connect=1, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
        ssl_context=ssl.create_default_context(),
    )
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return manager
