"""The house with schedules on each database."""

from pathlib import Path

import pytest

from digilab.database.session import Database
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.timetable.timetable_lab import TimetableLab


@pytest.fixture
def lab(database: Database, folder_store: FolderStore, tmp_path: Path) -> TimetableLab:
    """A furnished house: on SQLite, then on PostgreSQL."""
    return TimetableLab(database, folder_store, InProcessQueue(), sources=tmp_path / "sources").furnish()
