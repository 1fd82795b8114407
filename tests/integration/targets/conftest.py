"""A record with one robot in it, as the lab finds it after first start, and settings of a house of the test's own."""

from pathlib import Path

import pytest

from digilab.config import Settings
from digilab.database.session import Database, now
from digilab.targets.records import Target

PASSWORD = "ひみつ-canary-7Qz!"
LOGIN = "kaikei-canary"


@pytest.fixture
def settings(data: Path) -> Settings:
    """A house whose key lies where it does by default."""
    return Settings(data=data)


@pytest.fixture
def record(database: Database) -> Database:
    """A record with two robots, not set up."""
    with database.transaction() as session:
        for name in ("expense_entry", "bank_transfer"):
            session.add(
                Target(
                    robot=name,
                    title="支出命令登録",
                    version="1",
                    money=True,
                    synchronous=False,
                    amount="amount",
                    columns=[],
                    template={},
                    windows=[],
                    changed_at=now(session),
                )
            )
    return database
