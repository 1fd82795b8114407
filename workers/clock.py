"""The clock: gives out waiting parts, takes back leases that ran out, tidies up. Any number of clocks may run."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType

from sqlalchemy import delete, select

from digilab.access import signing
from digilab.config import Settings
from digilab.database.session import now
from digilab.errors import DatabaseUnreachableError, HouseError, QueueUnreachableError
from digilab.jobs import backlog, lifecycle
from digilab.jobs.records import File, Job, Worker
from digilab.jobs.rules import JobState
from digilab.office import Office, open_office
from digilab.services.rules import Kind

log = logging.getLogger(__name__)

TIDY_EVERY = timedelta(minutes=10)
UNKEPT_AFTER = timedelta(hours=6)
"""What was received or stored but never recorded is removed after this time; no upload lasts so long."""


class Clock:
    """One clock process."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._stop = threading.Event()
        self._tidied = -TIDY_EVERY.total_seconds()

    def run(self) -> None:
        """Until `stop`. Whatever does not answer is tried again at the next round."""
        while not self._stop.is_set():
            try:
                self.tick()
            except DatabaseUnreachableError:
                log.warning("the database does not answer")
                self._stop.wait(self._office.settings.work.clock_seconds)
            self._sleep()

    def stop(self) -> None:
        """End after the present round."""
        self._stop.set()

    def tick(self) -> int:
        """One round; how many parts were given out."""
        work = self._office.settings.work
        with self._office.database.transaction() as session:
            expired = lifecycle.expire(session, work.crashes)
        if expired:
            log.info("%d leases had run out", expired)
        sent = sum(self._dispatch(kind.value.name) for kind in Kind)
        if time.monotonic() - self._tidied > TIDY_EVERY.total_seconds():
            self._tidied = time.monotonic()
            self.tidy()
        return sent

    def tidy(self) -> None:
        """Remove what nobody needs: files never recorded, finished jobs' stretches, old sign-ins, dead workers."""
        office = self._office
        idle, absolute = (
            timedelta(minutes=office.settings.web.idle_minutes),
            timedelta(hours=office.settings.web.sign_in_hours),
        )
        with office.database.transaction() as session:
            signing.sweep(session, idle=idle, absolute=absolute)
            session.execute(delete(Worker).where(Worker.seen_at < now(session) - timedelta(days=1)))
        try:
            office.store.sweep(datetime.now(UTC) - UNKEPT_AFTER)
            self._remove("inputs/", lambda key: not self._recorded(key))
            self._remove("outputs/", lambda key: not self._recorded(key))
            self._remove("work/", self._worked_through)
        except HouseError as error:
            log.warning("the store could not be tidied: %s", error)

    def _dispatch(self, capability: str) -> int:
        """Lease in one transaction, send after it: a message never names a lease that was not committed."""
        office, work = self._office, self._office.settings.work
        with office.database.transaction() as session:
            leases = backlog.lease_next(session, capability, work.claim_seconds, office.alive_seconds)
        for sent, lease in enumerate(leases):
            try:
                office.queue.send(capability, lease.part_id, lease.epoch)
            except QueueUnreachableError:
                log.warning("the queue does not answer; %d parts wait", len(leases) - sent)
                with office.database.transaction() as session:
                    for unsent in leases[sent:]:
                        lifecycle.unsend(session, unsent.part_id, unsent.epoch)
                return sent
        return len(leases)

    def _sleep(self) -> None:
        seconds = self._office.settings.work.clock_seconds
        try:
            self._office.queue.wait_for_nudge(seconds)
        except QueueUnreachableError:
            self._stop.wait(seconds)

    def _remove(self, prefix: str, unneeded: Callable[[str], bool]) -> None:
        before = datetime.now(UTC) - UNKEPT_AFTER
        for listed in self._office.store.keys(prefix):
            if listed.changed_at < before and unneeded(listed.key):
                log.info("removing %s", listed.key)
                self._office.store.delete(listed.key)

    def _recorded(self, key: str) -> bool:
        with self._office.database.reading() as session:
            return session.scalars(select(File.id).where(File.key == key)).first() is not None

    def _worked_through(self, key: str) -> bool:
        """Stretches of a job that is done; those of a failed one stay, it may be tried again."""
        job_id = int(key.split("/")[1])
        with self._office.database.reading() as session:
            job = session.get(Job, job_id)
            return job is None or job.status in (JobState.DONE, JobState.REVIEW)


def main() -> None:
    """`python -m workers.clock`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s clock %(message)s")
    with open_office(Settings()) as office:
        clock = Clock(office)

        def stop(_signum: int, _frame: FrameType | None) -> None:
            clock.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        clock.run()


if __name__ == "__main__":
    main()
