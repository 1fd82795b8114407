"""The web server in a thread of the test's own process, on a real socket."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from digilab.office import Office
from digilab.web import hub
from digilab.web.serve import Server, server

LISTEN_SECONDS = 0.02
"""The end of a server waits until its hub looks up, and hundreds of tests end one."""


@contextmanager
def serving(office: Office, patience: float = 60.0) -> Iterator[tuple[str, Server]]:
    """(address, server) while the block runs."""
    listening = socket.create_server(("127.0.0.1", 0))
    door = server(office, patience)
    thread = threading.Thread(target=door.run, kwargs={"sockets": [listening]}, name="web")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub, "LISTEN_SECONDS", LISTEN_SECONDS)
        thread.start()
        try:
            deadline = time.monotonic() + 30
            while not door.started:
                assert thread.is_alive(), "the web server did not start"
                assert time.monotonic() < deadline, "the web server did not start in time"
                time.sleep(0.005)  # until it has started
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", door
        finally:
            door.handle_exit(signal.SIGTERM, None)
            thread.join(30)
            listening.close()
    assert not thread.is_alive()
