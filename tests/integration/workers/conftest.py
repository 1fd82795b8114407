"""The same small job server as for the tests of jobs."""

from integration.jobs.conftest import (  # noqa: F401 - pytest finds fixtures by name
    _quick_passwords,
    database,
    emptied_postgresql,
    hasty_sqlite,
    lab,
    shared_postgresql,
)
