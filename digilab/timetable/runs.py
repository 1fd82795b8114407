"""Where a due run stands, and the house that it runs in."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy.orm import Session

from digilab.config import Settings
from digilab.database.session import Database
from digilab.errors import DigilabError
from digilab.jobs.facts import Failure
from digilab.queue.contract import Queue
from digilab.store.contract import Store
from digilab.timetable.records import DueRun


class RunState(StrEnum):
    """States of a due run."""

    DUE = "due"
    """Its time has come; its rows are being looked for."""
    STARTED = "started"
    """Its job is under way."""
    SKIPPED = "skipped"
    """Missed, and not made up for; or the schedule was disabled."""
    EMPTY = "empty"
    """There was nothing to run."""
    FAILED = "failed"
    """It could not start, or its job ended badly or is held."""
    DONE = "done"


class House(Protocol):
    """What the timetable needs of the open house (`digilab.office.Office`)."""

    @property
    def settings(self) -> Settings: ...

    @property
    def database(self) -> Database: ...

    @property
    def store(self) -> Store: ...

    @property
    def queue(self) -> Queue: ...


def become(run: DueRun, state: RunState, moment: datetime, **detail: Any) -> None:
    """The run comes into a state; what is told of it is added to what was. Why it had failed is over when it is done."""
    run.state, run.changed_at = state, moment
    over = ("code", "sentences", "held") if state is RunState.DONE else ()
    run.detail = {**{name: told for name, told in run.detail.items() if name not in over}, **detail}


def because(error: DigilabError) -> dict[str, Any]:
    """Why a run did not go as it should, for its detail."""
    failure = Failure.of(error)
    return {"code": failure.code, "sentences": failure.sentences}


def locked(session: Session, run_id: int, *states: RunState) -> DueRun | None:
    """The run, for change; None when another clock is at it or has been."""
    run = session.get(DueRun, run_id, with_for_update={"skip_locked": True, "key_share": True}, populate_existing=True)
    return run if run is not None and run.state in states else None
