"""Adapters: one module per kind, named like it, with `split`, `work` and `join`. Imported on first use, so that a worker loads its own
engine only."""

import importlib
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    # A child that opens a file from outside comes through here, too, and shall not load the database for it.
    from workers.context import Context, Done, Extra, Joined


class Adapter(Protocol):
    """What a module in this folder must offer."""

    def split(self, context: "Context") -> "Done":
        """Open, check and cut up what was handed in; hand work over by `context.add_work`."""
        ...

    def work(self, context: "Context") -> "Done":
        """Do one unit."""
        ...

    def join(self, context: "Context") -> "Joined":
        """Put the results together and write the outputs."""
        ...


class Afterwards(Adapter, Protocol):
    """A kind whose joins ask for more (`Joined.extra`)."""

    def extra(self, context: "Context") -> "Extra":
        """Do one part of what was asked for; the job has ended and stays what it is."""
        ...


def adapter(kind: str) -> Adapter:
    """The adapter of a kind."""
    return cast("Adapter", importlib.import_module(f"workers.kinds.{kind}"))


def afterwards(kind: str) -> Afterwards:
    """The adapter of a kind that has extra parts."""
    return cast("Afterwards", adapter(kind))
