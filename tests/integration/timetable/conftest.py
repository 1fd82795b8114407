"""The house with schedules on each database."""

from pathlib import Path

import pytest

from digilab.database.session import Database
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.jobs.conftest import (  # noqa: F401 - pytest finds fixtures by name
    _quick_passwords,
    database,
    emptied_postgresql,
    hasty_sqlite,
    shared_postgresql,
)
from integration.timetable.timetable_lab import TimetableLab


@pytest.fixture
def lab(database: Database, folder_store: FolderStore, tmp_path: Path) -> TimetableLab:  # noqa: F811 - the fixture above
    """A furnished house: on SQLite, then on PostgreSQL."""
    return TimetableLab(database, folder_store, InProcessQueue(), sources=tmp_path / "sources").furnish()
