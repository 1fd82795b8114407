"""What a run is asked to do, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from robots.errors import RunError
from robots.robot import Account, Robot
from robots.rows.records import Row
from robots.session import Place


@dataclass(frozen=True)
class Assignment:
    """Rows to key, and where."""

    robot: Robot
    place: Place
    account: Account = field(repr=False)
    run: str
    """Names the run in every reference: a job's number with six digits, or what the command line's ledger drew."""
    rows: Sequence[Row]
    contexts: int = 1
    """Sign-ins of the account that may be used at once."""
    settle: float = 120.0
    """Seconds after which what was sent has arrived or never will: twice the finance system's own limit or more."""
    look_first: bool = False
    """Whether the finance system's list of the run is read before anything is keyed: for a ledger that may know less than the system."""
    backoff: Sequence[float] = (1.0, 5.0, 15.0)
    """Seconds to wait before a row that was not sent is tried again; so often it is."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended. Every row has its state in the ledger; nothing here is the record of it."""

    reason: RunError | None = None
    """Why it ended before every row was final; None: every row is."""
    done: int = 0
    rejected: int = 0
    unknown: int = 0
    left: int = 0
    """Rows that are not final: never sent, or sent and not settled yet."""

    @property
    def holds(self) -> bool:
        """Whether this robot must not key anything until a person has looked."""
        return self.reason is not None and self.reason.holds
