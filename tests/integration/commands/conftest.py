"""The command line in a house of the test's own, as for the tests of all other commands."""

from integration.test_command_line import digilab, house, record, settings  # noqa: F401 - pytest finds fixtures by name
