"""The clock: gives out waiting parts, takes back leases that ran out, starts what is due, tidies up. Any number of clocks may run."""

import logging
import re
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import FrameType

from sqlalchemy import delete, select

from digilab.access import signing
from digilab.config import Settings
from digilab.database.session import now
from digilab.errors import DatabaseUnreachableError, HouseError, QueueUnreachableError
from digilab.forms.records import FieldValue, FormRevision, Sheet
from digilab.jobs import backlog, lifecycle
from digilab.jobs.records import File, Job, Part, Worker
from digilab.jobs.rules import JobState, Stage
from digilab.ledger.sight import evidence_of
from digilab.office import Office, open_office
from digilab.services.rules import Kind
from digilab.timetable import due
from workers.belonging import belong_together, stop_robots_of_a_restored_record

log = logging.getLogger(__name__)

LONG_ROUNDS = 3
"""So many rounds in a row may be taken for a record that hung."""
TIDY_EVERY = timedelta(minutes=10)
LEAVE_SECONDS = 5.0
"""A clock that is to end waits so long for its tidying, which may be left off anywhere."""
UNKEPT_AFTER = timedelta(hours=6)
"""What was received or stored but never recorded is removed after this time; no upload lasts so long."""
OF_A_JOB = re.compile(r"[a-z]+/([0-9]{1,18})/")
"""A key under a job's number; eighteen digits are more than the record can count to."""
ASKED_AT_ONCE = 500
"""Keys of the store that the record is asked about in one query."""


class Clock:
    """One clock process."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._stop = threading.Event()
        self._round: tuple[datetime, float] | None = None
        self._away = False
        self._stood_still = 0
        self._compared = False
        self._patient_until = 0.0
        self._watch = due.Watch()

    def run(self) -> None:
        """Until `stop`. Whatever does not answer, or was not foreseen, is tried again at the next round."""
        # Beside the rounds: to look through a store of a million files takes minutes in which nothing would be given out.
        tidying = threading.Thread(target=self._keep_tidy, name="tidying", daemon=True)
        tidying.start()
        while not self._stop.is_set():
            try:
                self.tick()
            except HouseError as error:
                log.warning("this round could not be finished: %s", error)
                self._stop.wait(self._office.settings.work.clock_seconds)
            except Exception:
                # Without a clock nothing is given out any more, whatever it was that broke down.
                log.exception("this round broke down")
                self._stop.wait(self._office.settings.work.clock_seconds)
            self._sleep()
        tidying.join(LEAVE_SECONDS)

    def stop(self) -> None:
        """End after the present round."""
        self._stop.set()

    def tick(self) -> int:
        """One round; how many parts were given out."""
        asked = time.monotonic()
        try:
            return self._round_of_work(asked)
        except DatabaseUnreachableError:
            self._away = True
            raise
        finally:
            long = time.monotonic() - asked > self._office.alive_seconds
            self._stood_still = self._stood_still + 1 if long else 0

    def _round_of_work(self, asked: float) -> int:
        with self._office.database.transaction() as session:
            watched = self._has_watched(now(session), asked)
            expired = lifecycle.expire(session, self._office.settings.work.crashes) if watched else 0
        self._away = False
        if expired:
            log.info("%d leases had run out", expired)
        if not self._compared:
            stop_robots_of_a_restored_record(self._office)
            self._compared = True
        sent = sum(self._dispatch(kind.value.name) for kind in Kind)
        due.look(self._office, self._watch)
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
            if not belong_together(office):
                return
            self._remove("inputs/", self._unrecorded)
            self._remove("outputs/", self._unrecorded)
            self._remove("forms/", self._of_no_revision)
            self._remove("work/", self._worked_through)
            self._remove("evidence/", self._of_no_value)
        except HouseError as error:
            log.warning("the store could not be tidied: %s", error)

    def _keep_tidy(self) -> None:
        while not self._stop.is_set():
            try:
                self.tidy()
            except HouseError as error:
                log.warning("the house could not be tidied: %s", error)
            except Exception:
                log.exception("tidying broke down")
            self._stop.wait(TIDY_EVERY.total_seconds())

    def _has_watched(self, moment: datetime, asked: float) -> bool:
        """Whether the record has answered all the time and its time has gone on evenly.

        After a database that was away or hung, a machine that slept or a clock that was set, every lease looks as if it had run out,
        though the workers live: they get the time of a few heartbeats to say so.
        """
        alive, answered = self._office.alive_seconds, time.monotonic()
        before, self._round = self._round, (moment, answered)
        jump = (moment - before[0]).total_seconds() - (answered - before[1]) if before is not None else 0.0
        # A record that hung in the middle of the last round has kept workers from it just as long. Where every round takes so long it is
        # something else, such as a slow folder of a schedule.
        stood_still = 0 < self._stood_still <= LONG_ROUNDS
        if self._away or stood_still or abs(jump) > alive or answered - asked > alive:
            log.warning("the record was away or its time has jumped by %.0f s: leases are left alone for now", jump)
            self._patient_until = answered + alive
        return answered >= self._patient_until

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

    def _remove(self, prefix: str, unneeded: Callable[[list[str]], set[str]]) -> None:
        """Ask the record about many keys at a time: with one question each, a large store would keep the clock from giving out work."""
        before = datetime.now(UTC) - UNKEPT_AFTER
        old = (listed.key for listed in self._office.store.keys(prefix) if listed.changed_at < before)
        while not self._stop.is_set() and (keys := list(islice(old, ASKED_AT_ONCE))):
            for key in sorted(unneeded(keys)):
                log.info("removing %s", key)
                self._office.store.delete(key)

    def _unrecorded(self, keys: list[str]) -> set[str]:
        with self._office.database.reading() as session:
            return set(keys) - set(session.scalars(select(File.key).where(File.key.in_(keys))))

    def _of_no_revision(self, keys: list[str]) -> set[str]:
        """Files of a definition whose import broke off."""
        with self._office.database.reading() as session:
            return set(keys) - {file["key"] for files in session.scalars(select(FormRevision.files)) for file in files}

    def _of_no_value(self, keys: list[str]) -> set[str]:
        """Pictures and readings of jobs that are done and that no sheet, value, row or part names: a lost lease left them."""
        # Which jobs are done is asked first: one that ends in between has all its rows by then.
        ended = self._worked_through(keys)
        jobs = {int(key.split("/")[1]) for key in ended}
        with self._office.database.reading() as session:
            named = set(session.scalars(select(Sheet.picture).where(Sheet.job_id.in_(jobs))))
            named |= set(session.scalars(select(FieldValue.crop_key).where(FieldValue.job_id.in_(jobs)).distinct()))
            results = session.scalars(select(Part.result).where(Part.job_id.in_(jobs), Part.stage == Stage.WORK))
            named |= {(result or {}).get("readings") for result in results}
            named |= evidence_of(session, jobs)
        return ended - named

    def _worked_through(self, keys: list[str]) -> set[str]:
        """Stretches and pages of jobs that are done; those of a failed one stay, it may be tried again. What is named after no job is not
        the house's and stays, too."""
        jobs = {key: int(found[1]) for key in keys if (found := OF_A_JOB.match(key)) is not None}
        ended = (JobState.DONE, JobState.REVIEW)
        with self._office.database.reading() as session:
            query = select(Job.id).where(Job.id.in_(set(jobs.values())), Job.state.not_in(ended))
            needed = set(session.scalars(query))
        return {key for key, job in jobs.items() if job not in needed}


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
