"""A worker's sign of life: one thread that renews the lease of the part in hand and says that the worker is there."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import update
from sqlalchemy.orm import Session

from digilab.database.session import now
from digilab.errors import HouseError, LeaseLostError
from digilab.jobs import lifecycle
from digilab.jobs.records import Worker
from digilab.office import Office

log = logging.getLogger(__name__)

OVERDUE = 70
"""Exit status of a worker whose part outlived its deadline: C code cannot be stopped in any other way."""


@dataclass
class Held:
    """The part in hand."""

    part_id: int
    epoch: int
    heard: float
    """When its engine last gave a sign of life: at its beginning, or with a step done."""
    progress: float = 0.0
    renewed: float = field(default_factory=time.monotonic)
    lost: bool = False


class Keeper:
    """Renews what is held every heartbeat. Everything it writes is conditional on the epoch."""

    def __init__(
        self,
        office: Office,
        worker: str,
        die: Callable[[int], object] = os._exit,
        sign_on: Callable[[Session], object] = lambda _: None,
    ) -> None:
        self._office = office
        self._worker = worker
        self._die = die
        self._sign_on = sign_on
        self._held: Held | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()

    @contextmanager
    def holding(self, part_id: int, epoch: int) -> Iterator[Held]:
        """Keep this lease alive for the time of the block."""
        held = Held(part_id, epoch, time.monotonic())
        with self._lock:
            self._held = held
        try:
            yield held
        finally:
            with self._lock:
                self._held = None

    def let_go(self) -> None:
        """Hand the part in hand back, for a worker that must end before it is finished. No crash is counted."""
        with self._lock:
            held = self._held
            if held is not None and not held.lost:
                held.lost = True
                try:
                    with self._office.database.transaction() as session:
                        lifecycle.hand_back(session, held.part_id, held.epoch)
                except (LeaseLostError, HouseError):
                    log.warning("part %d could not be handed back; its lease will run out", held.part_id)

    def report(self, progress: float) -> bool:
        """Steps done. True when they were written, which happens at most once a second.

        Raises LeaseLostError when the part is somebody else's now, so that an engine stops early.
        """
        held = self._held
        if held is None:
            return False
        held.progress, held.heard = progress, time.monotonic()
        due = time.monotonic() - held.renewed >= 1.0
        if due and not held.lost:
            self._renew(held)
        if held.lost:
            raise LeaseLostError(part=held.part_id, epoch=held.epoch)
        return due

    def _run(self) -> None:
        while not self._stop.wait(self._office.settings.work.heartbeat_seconds):
            try:
                self._beat()
            except Exception:
                # Without this thread the worker would look dead to everybody for ever, and not be.
                log.exception("a heartbeat failed")

    def _beat(self) -> None:
        held = self._held
        if held is not None:
            # Also when the lease is lost: an engine that hangs would keep this worker from everything else.
            if time.monotonic() - held.heard > self._office.settings.work.part_seconds:
                log.error("part %d is overdue: this worker ends", held.part_id)
                self._die(OVERDUE)
            if not held.lost:
                self._renew(held)
        try:
            with self._office.database.transaction() as session:
                seen = update(Worker).where(Worker.id == self._worker).values(seen_at=now(session)).returning(Worker.id)
                if session.execute(seen).scalar_one_or_none() is None:
                    # The record forgot this worker: restored from a backup, or swept while the machine slept.
                    self._sign_on(session)
        except HouseError as error:
            log.warning("no sign of life could be written: %s", error)

    def _renew(self, held: Held) -> None:
        seconds = self._office.settings.work.lease_seconds
        try:
            with self._office.database.transaction() as session:
                lifecycle.renew(session, held.part_id, held.epoch, seconds, held.progress)
            held.renewed = time.monotonic()
        except LeaseLostError:
            held.lost = True
            log.warning("part %d has moved to another worker", held.part_id)
        except HouseError as error:
            # The lease may have run out meanwhile; the next renewal or the checkpoint will tell.
            log.warning("lease of part %d could not be renewed: %s", held.part_id, error)
