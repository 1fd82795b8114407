"""run_part(part_id, epoch): claim, fetch, work, checkpoint. What the queue names and RQ calls."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.errors import (
    CardTakenError,
    DatabaseUnreachableError,
    DigilabError,
    HouseError,
    LeaseLostError,
    NoSpaceError,
    QueueUnreachableError,
    StoredFileDamagedError,
    StoredFileMissingError,
)
from digilab.forms import choose
from digilab.forms.records import FormRevision
from digilab.jobs import lifecycle
from digilab.jobs.facts import Failure, NewPart, Output
from digilab.jobs.intake import wake
from digilab.jobs.records import Job, Part
from digilab.jobs.rules import JobState, Stage
from digilab.office import Office, worker_threads
from workers import kinds
from workers.context import Context, Done, Extra, InputFile, JobFacts, Joined, PartFacts, PinnedForm
from workers.failures import EngineFailedError, disk_full
from workers.lease import Held, Keeper
from workers.scratch import scratch_folder

log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0
REST_SECONDS = 10.0
"""A worker that found the graphics card taken leaves new parts to the one that has it for so long."""
MUTE_SECONDS = 30.0

BEYOND_WAITING = (StoredFileDamagedError, StoredFileMissingError)
"""Faults of the house that no waiting mends: a person must look, so the job fails in words."""


class Engines:
    """Warm engines by name. A name is a slot, or `slot:what is in it`: a slot holds one engine, so that a process never has two models
    of a sort in memory."""

    def __init__(self) -> None:
        self._open: dict[str, _Warm] = {}

    def get(self, name: str, open_engine: Callable[[], AbstractContextManager[Any]]) -> Any:
        """The engine of this name, opened on first use; another one that was in its slot is freed before."""
        slot = name.partition(":")[0]
        warm = self._open.get(slot)
        if warm is None or warm.name != name:
            self._free(slot)
            with ExitStack() as stack:
                engine = stack.enter_context(open_engine())
                self._open[slot] = warm = _Warm(name, engine, stack.pop_all())
        warm.used = time.monotonic()
        return warm.engine

    def put_down(self) -> None:
        """A part is over: idleness is counted from here."""
        for warm in self._open.values():
            warm.used = time.monotonic()

    def free_idle(self, seconds: float) -> None:
        """Free what nobody has used for so long."""
        for slot, warm in list(self._open.items()):
            if time.monotonic() - warm.used >= seconds:
                log.info("%s was idle for %.0f s and is freed", warm.name, time.monotonic() - warm.used)
                self._free(slot)

    def close(self) -> None:
        """Free them all."""
        for slot in list(self._open):
            self._free(slot)

    def _free(self, slot: str) -> None:
        if (warm := self._open.pop(slot, None)) is not None:
            warm.stack.close()


@dataclass
class _Warm:
    name: str
    engine: Any
    stack: ExitStack
    used: float = 0.0


class Bench:
    """Where one worker process does its parts."""

    def __init__(self, office: Office, worker: str, keeper: Keeper) -> None:
        self._office = office
        self._worker = worker
        self._keeper = keeper
        self._mute_until = 0.0
        self.rests_until = 0.0
        self.engines = Engines()

    def run(self, part_id: int, epoch: int) -> None:
        """Do one part, or drop it when its lease is somebody else's."""
        try:
            job, part = self._claim(part_id, epoch)
        except LeaseLostError:
            log.info("part %d, epoch %d: given to somebody else meanwhile", part_id, epoch)
            return
        except HouseError as error:
            log.warning("part %d, epoch %d: could not be begun and will be given out again: %s", part_id, epoch, error)
            return
        if part.stage is not Stage.EXTRA:
            self._tell(job.id, {"event": "state", "state": JobState.RUNNING})
        with self._keeper.holding(part_id, epoch) as held:
            try:
                self._do(job, part)
            except LeaseLostError:
                log.warning("part %d, epoch %d: the lease is over; whoever has it now does the part", part_id, epoch)
            except Exception as error:  # noqa: BLE001 - whatever a part raises ends that part, not the worker
                self._end_badly(held, error)
        self.engines.put_down()
        wake(self._office.queue)

    def _claim(self, part_id: int, epoch: int) -> tuple[JobFacts, PartFacts]:
        with self._office.database.transaction() as session:
            part = lifecycle.claim(session, part_id, epoch, self._worker, self._office.settings.work.lease_seconds)
            return _facts(part.job, choose.pinned(session, part.job_id)), PartFacts(
                part.id, epoch, Stage(part.stage), part.ordinal, part.weight, dict(part.payload)
            )

    def _do(self, job: JobFacts, part: PartFacts) -> None:
        kind = kinds.adapter(job.kind)
        with scratch_folder(self._office.scratch) as scratch:
            context = self._context(job, part, scratch)
            match part.stage:
                case Stage.SPLIT:
                    self._checkpoint(job, part, kind.split(context))
                case Stage.WORK:
                    self._checkpoint(job, part, kind.work(context))
                case Stage.JOIN:
                    self._end(job, part, lifecycle.finish, kind.join(context))
                case Stage.EXTRA:
                    extra = kinds.afterwards(job.kind).extra(context)  # noqa: S610 - no database query of Django's
                    self._end(job, part, lifecycle.finish_extra, extra)

    def _checkpoint(self, job: JobFacts, part: PartFacts, done: Done) -> None:
        def write(session: Session) -> Job:
            if done.alongside is not None:
                done.alongside(session)
            return lifecycle.checkpoint(session, part.id, part.epoch, done.result, done.steps, done.gate)

        state = self._recorded(part, write)
        waits = state is not JobState.RUNNING
        self._tell(job.id, {"event": "state", "state": state} if waits else {"event": "progress"})

    def _end(self, job: JobFacts, part: PartFacts, end: Callable[..., Job], made: Joined | Extra) -> None:
        """`end` takes what was made by the names of its fields."""

        def write(session: Session) -> Job:
            return end(session, part.id, part.epoch, **vars(made))

        state = self._recorded(part, write, made.outputs)
        self._tell(job.id, {"event": "state", "state": state})
        self._remove(listed.key for listed in self._office.store.keys(f"work/{job.id}/"))

    def _recorded(self, part: PartFacts, write: Callable[[Session], Job], outputs: Sequence[Output] = ()) -> JobState:
        """Minutes of work are not thrown away over a database that is away: it is waited for, as nothing else can be done meanwhile.

        Ended by the lease's loss, by the part's deadline (see `Keeper`) or by SIGTERM.
        """
        in_doubt = False
        while True:
            try:
                with self._office.database.transaction() as session:
                    return write(session).status
            except DatabaseUnreachableError:
                in_doubt = True
                log.warning("part %d is done and waits for the database", part.id)
                time.sleep(AGAIN_SECONDS)
            except LeaseLostError:
                # A commit whose answer was lost may have arrived: then the record names these files, and the lease is gone for that
                # reason. If it names them not, the clock removes them.
                if not in_doubt:
                    self._remove(output.stored.key for output in outputs)
                raise

    def _remove(self, keys: Iterable[str]) -> None:
        """Of a store that is away the clock removes them later."""
        try:
            for key in keys:
                self._office.store.delete(key)
        except HouseError as error:
            log.warning("what is not needed any more stays for now: %s", error)

    def _end_badly(self, held: Held, error: Exception) -> None:
        """Say in the record why: the input (failed), the house (postponed), or ourselves (counted as a crash)."""
        if disk_full(error):
            error = NoSpaceError()
        try:
            with self._office.database.transaction() as session:
                if isinstance(error, EngineFailedError):
                    job = lifecycle.fail(session, held.part_id, held.epoch, error.failure, error.outputs)
                elif isinstance(error, HouseError) and not isinstance(error, BEYOND_WAITING):
                    if isinstance(error, CardTakenError):
                        self.rests_until = time.monotonic() + REST_SECONDS
                    log.warning("part %d is postponed: %s", held.part_id, error)
                    job = lifecycle.postpone(session, held.part_id, held.epoch, error)
                elif isinstance(error, DigilabError):
                    job = lifecycle.fail(session, held.part_id, held.epoch, Failure.of(error))
                else:
                    log.error("part %d broke down", held.part_id, exc_info=error)
                    job = lifecycle.crash(session, held.part_id, held.epoch, self._office.settings.work.crashes)
                job_id, state = job.id, job.state
            self._tell(job_id, {"event": "state", "state": state})
        except LeaseLostError:
            log.warning("part %d: the lease was lost; its failure is not recorded", held.part_id)
        except HouseError as trouble:
            log.warning("part %d: could not be recorded that it ended by %s: %s", held.part_id, error, trouble)

    def _context(self, job: JobFacts, part: PartFacts, scratch: Path) -> Context:
        def report(steps: float) -> None:
            if self._keeper.report(steps):
                self._tell(job.id, {"event": "progress"})

        def expect(steps: float) -> None:
            with self._office.database.transaction() as session:
                lifecycle.expect(session, part.id, part.epoch, steps)

        def add_work(parts: Sequence[NewPart]) -> None:
            with self._office.database.transaction() as session:
                lifecycle.add_work(session, part.id, part.epoch, parts)
            wake(self._office.queue)

        return Context(
            job=job,
            part=part,
            store=self._office.store,
            scratch=scratch,
            settings=self._office.settings,
            threads=worker_threads(self._office.settings),
            engines=self.engines,
            progress=report,
            expect=expect,
            add_work=add_work,
            known_work=self._known(job.id) if part.stage is Stage.SPLIT else {},
            results=lambda: self._results(job.id, Stage.WORK),
            split_result=lambda: next(iter(self._results(job.id, Stage.SPLIT))),
            transaction=self._office.database.transaction,
            alive_seconds=self._office.alive_seconds,
        )

    def _known(self, job_id: int) -> dict[int, dict[str, Any]]:
        with self._office.database.reading() as session:
            query = select(Part).where(Part.job_id == job_id, Part.stage == Stage.WORK).order_by(Part.ordinal)
            return {part.ordinal: dict(part.payload) for part in session.scalars(query)}

    def _results(self, job_id: int, stage: Stage) -> Iterable[dict[str, Any]]:
        with self._office.database.reading() as session:
            query = select(Part).where(Part.job_id == job_id, Part.stage == stage).order_by(Part.ordinal)
            return [dict(part.result or {}) for part in session.scalars(query)]

    def _tell(self, job_id: int, message: dict[str, Any]) -> None:
        """To the pages; they look into the record by themselves when nobody tells them."""
        if time.monotonic() < self._mute_until:
            return
        try:
            self._office.queue.publish(job_id, message)
        except QueueUnreachableError:
            # A Redis that hangs takes many seconds to be given up; the engine shall not wait for it at every step.
            self._mute_until = time.monotonic() + MUTE_SECONDS
            log.info("no page was told about job %d: the queue does not answer", job_id)


def _facts(job: Job, revisions: Sequence[FormRevision]) -> JobFacts:
    inputs, outputs = (
        tuple(InputFile(file.name, file.key, file.size, file.sha256) for file in job.files if file.role == role)
        for role in ("input", "output")
    )
    forms = tuple(
        PinnedForm(
            each.id,
            each.definition.name,
            each.revision,
            each.title,
            each.digest,
            tuple(InputFile(**file) for file in each.files),
        )
        for each in revisions
    )
    return JobFacts(
        job.id,
        job.kind,
        job.receipt,
        job.title,
        job.department.name,
        dict(job.options),
        job.created_at,
        inputs,
        forms,
        outputs,
    )


_bench: Bench | None = None
"""RQ calls a function by name with JSON arguments only; so the one bench of this process is found here."""


def set_up(bench: Bench | None) -> None:
    """Say where this process works."""
    global _bench
    _bench = bench


def run_part(part_id: int, epoch: int) -> None:
    """What RQ calls."""
    if _bench is None:
        raise RuntimeError("run_part is called in a worker process only")
    _bench.run(part_id, epoch)
