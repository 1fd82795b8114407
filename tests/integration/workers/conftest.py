"""The same small job server as for the tests of jobs."""

from integration.jobs.conftest import lab  # noqa: F401 - pytest finds fixtures by name
