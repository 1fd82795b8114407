"""The small job server on each database."""

from pathlib import Path

import pytest

from digilab.database.session import Database
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.jobs.lab import Lab


@pytest.fixture
def lab(database: Database, folder_store: FolderStore) -> Lab:
    """A furnished house: on SQLite, then on PostgreSQL."""
    return Lab(database, folder_store, InProcessQueue()).furnish()


@pytest.fixture
def data_files(data: Path) -> Path:
    """Where the store's folder lies."""
    return data / "files"
