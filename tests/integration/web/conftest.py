"""The web door over a real database, a real store and a real socket; the queue is the one within the process."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from digilab.database.session import Database
from doors.clerk import Clerk, program
from doors.house import House, furnished
from doors.server import serving

LIMIT = 4 * 1024 * 1024
"""Largest file in these tests."""


@pytest.fixture
def house(data: Path, sqlite: Database) -> House:
    """A furnished house."""
    return furnished(data, sqlite, max_file_bytes=LIMIT, max_files=3)


@pytest.fixture
def url(house: House) -> Iterator[str]:
    """Where it answers."""
    with serving(house.office) as (address, _):
        yield address


@pytest.fixture
def visitor(url: str) -> Iterator[Clerk]:
    """Nobody in particular."""
    clerk = Clerk(url)
    with clerk.http:
        yield clerk


@pytest.fixture
def sato(url: str) -> Iterator[Clerk]:
    """Staff of 総務課, signed in."""
    clerk = Clerk(url)
    with clerk.http:
        clerk.sign_in("sato")
        yield clerk


@pytest.fixture
def suzuki(url: str) -> Iterator[Clerk]:
    """Staff of 税務課, signed in."""
    clerk = Clerk(url)
    with clerk.http:
        clerk.sign_in("suzuki")
        yield clerk


@pytest.fixture
def api(url: str, house: House) -> Iterator[httpx.Client]:
    """A program of 総務課."""
    with program(url, house.token("sato")) as client:
        yield client
