"""Whether record and store belong together, asked before anything is removed that the record does not know.

The store keeps the name of the newest job that a clock has seen. A record that does not know this job is another house's, is empty, or
came from a backup older than the store; to remove then what it does not know would remove what people handed in.
"""

import json
import logging
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.errors import StoredFileMissingError
from digilab.jobs.records import File
from digilab.language import text
from digilab.ledger import control
from digilab.office import Office
from digilab.targets.records import Target

log = logging.getLogger(__name__)

KEY = "newest-job.json"


def stop_robots_of_a_restored_record(office: Office) -> None:
    """A record from before what the store has seen knows nothing of rows that were keyed since, and would have them keyed again (F23).

    So all robots stop until people have compared it with the finance systems. Asked when a clock starts, before it gives anything out.
    """
    with office.database.reading() as session:
        if session.scalars(select(Target.id).where(Target.url != "")).first() is None or control.stopped(session):
            return
    told = _told(office)
    with office.database.transaction() as session:
        if told is not None and not _known(session, told):
            log.warning("the record is older than the store: all robots are stopped")
            control.stop_all(session, "clock", text(office.settings.language, "commands.robots-restored"))


def belong_together(office: Office) -> bool:
    """Compare, and write down the newest job for the next time."""
    told = _told(office)
    with office.database.reading() as session:
        newest = _newest(session)
        if newest is None and told is None:  # nothing was ever handed in
            return False
        if newest is None or (told is not None and not _known(session, told)):
            log.warning("record and store do not know each other: nothing is removed from the store")
            return False
    if newest != told:
        with office.store.receive() as incoming:
            incoming.write(json.dumps(newest).encode())
            office.store.keep(incoming, KEY)
    return True


def _told(office: Office) -> dict[str, Any] | None:
    try:
        with office.store.open(KEY) as blocks:
            told: dict[str, Any] = json.loads(b"".join(blocks))
    except StoredFileMissingError:
        return None
    return told


def _newest(session: Session) -> dict[str, Any] | None:
    # Keys hold a random number: no other record has the same, not even for the same file in a job of the same number.
    file = session.scalars(select(File).where(File.role == "input").order_by(File.id.desc()).limit(1)).first()
    return None if file is None else {"job": file.job_id, "key": file.key}


def _known(session: Session, told: dict[str, Any]) -> bool:
    query = select(File.id).where(File.job_id == told["job"], File.key == told["key"])
    return session.scalars(query).first() is not None
