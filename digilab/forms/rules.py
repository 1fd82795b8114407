"""What needs no database: states of a revision, which of several forms of one name is meant. Standard library only."""

from enum import StrEnum


class RevisionState(StrEnum):
    """Whether new jobs are read by it. Jobs that are pinned to it never ask."""

    PUBLISHED = "published"
    RETIRED = "retired"


FITS = "fits"
"""Verdict on a page that belongs to a form; every other one holds the page back."""

BLANK = "blank"
"""Verdict on a page without writing: held back, but nobody has to know of it."""

ACCEPT = "accept"
"""Decision on a value that nobody has to look at."""
