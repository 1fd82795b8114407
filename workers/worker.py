"""One worker process: takes parts of one capability from its RQ queue and does them here, with the engine warm.

RQ delivers; leases in the database decide. The operating system's supervisor (or `digilab up`) starts a worker again that has died.
"""

import argparse
import logging
import os
import signal
import socket
import threading
import time
import uuid
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from redis.exceptions import RedisError
from rq import Queue as RQQueue
from rq import SimpleWorker
from rq.exceptions import DeserializationError, StopRequested
from rq.job import Job as Message
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus
from rq.worker_registration import clean_worker_registry
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from digilab.config import Settings
from digilab.database.session import now
from digilab.errors import HouseError
from digilab.jobs.intake import wake
from digilab.jobs.records import Worker
from digilab.office import Office, open_office, worker_threads
from digilab.queue.contract import RUN_PART
from digilab.queue.redis import RedisQueue
from digilab.services.rules import Kind
from workers import kinds, run, scratch
from workers.lease import Keeper

log = logging.getLogger(__name__)

RECONNECT_SECONDS = 1.0
REST_STEP_SECONDS = 0.2
LOOK_SECONDS = 5
"""An idle worker looks this often whether it has been idle for long."""


class PartsWorker(SimpleWorker):
    """RQ's worker that runs in its own process, without RQ's remote commands."""

    on_stop: Any = None
    between_parts: Any = None
    """Called before each look into the queue, and while nothing comes every few seconds."""
    dequeue_timeout = LOOK_SECONDS
    max_connection_wait_time = RECONNECT_SECONDS
    """RQ by itself would sleep up to a minute after Redis has come back."""

    def subscribe(self) -> None:
        """No remote commands: whoever can write to Redis must not be able to stop workers."""

    def unsubscribe(self) -> None:
        """See `subscribe`."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signature is given
        """SIGTERM and SIGINT, however often: take nothing new, finish or hand back what is in hand.

        RQ's own would talk to a Redis that may be away in the middle of whatever the signal interrupts, and end the process at the
        second signal with the lease in hand; at Ctrl-C in a terminal two come, one from the terminal and one from `digilab up`.
        """
        if self.on_stop is not None:
            self.on_stop()
        if self._stop_requested:
            return
        self._stop_requested = True
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """RQ's own word to Redis; it says it whenever it is about to wait for a part."""
        super().heartbeat(timeout, pipeline)
        if self.between_parts is not None and pipeline is None and self.get_state() != WorkerStatus.BUSY:
            self.between_parts()

    def execute_job(self, job: Message, queue: RQQueue) -> None:
        """Do a part.

        RQ's own would import and call whatever function, callback and address a message names, and keep books in Redis that outlive
        a killed worker. Here a message is thrown away as soon as it is read, and only parts are run.
        """
        with self.connection.pipeline() as pipe:
            pipe.lrem(queue.intermediate_queue_key, 1, job.id)
            job.delete(pipeline=pipe, remove_from_queue=False)
            pipe.execute()
        if (lease := _lease(job)) is None:
            log.error("a message on %s is none of ours; it was thrown away", queue.name)
            return
        self.set_state(WorkerStatus.BUSY)
        try:
            run.run_part(*lease)
        finally:
            self.set_state(WorkerStatus.IDLE)

    def clean_registries(self) -> None:
        """Forget workers that died. There are no other books to clean."""
        for queue in self.queues:
            clean_worker_registry(queue)
        self.last_cleaned_at = datetime.now(UTC)  # type: ignore[assignment] # RQ does not say that it is a time


class WorkerProcess:
    """From registration to the last breath."""

    def __init__(self, office: Office, capability: str) -> None:
        self._office = office
        self._capability = capability
        self.id = uuid.uuid4().hex
        self._keeper = Keeper(office, self.id, sign_on=self._sign_on)
        self._bench = run.Bench(office, self.id, self._keeper)
        self._stopping = False

    def work(self) -> None:
        """Until SIGTERM. A Redis that goes away is waited for; the engine stays warm meanwhile."""
        signal.signal(signal.SIGTERM, self._stop_by_signal)
        signal.signal(signal.SIGINT, self._stop_by_signal)
        # Before anything is promised: a worker whose engine cannot even be imported must not take parts and spoil them.
        kinds.adapter(self._capability)
        scratch.sweep(self._office.scratch)
        self._register()
        self._keeper.start()
        run.set_up(self._bench)
        try:
            while not self._stopping:
                try:
                    self._listen()
                except StopRequested:  # the signal came while RQ was about to end by itself
                    break
                except RedisError as error:
                    log.warning("the queue does not answer (%s); trying again", type(error).__name__)
                if not self._stopping:
                    time.sleep(RECONNECT_SECONDS)
        finally:
            run.set_up(None)
            self._keeper.stop()
            self._bench.engines.close()
            self._sign_off()
            # Nothing is left to be ended, and while the interpreter goes down a further signal would look like a crash.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _listen(self) -> None:
        """RQ's own loop; it ends when Redis fails or on SIGTERM."""
        queue = RedisQueue(self._office.settings.queue_url, self._office.settings.queue.name)
        try:
            worker = PartsWorker(
                [queue.rq(self._capability)],
                name=uuid.uuid4().hex,
                connection=queue.redis,
                serializer=JSONSerializer,
                log_job_description=False,
            )
            worker.on_stop = self.drain
            worker.between_parts = self._between_parts
            worker.work(logging_level="WARNING")
        finally:
            signal.signal(signal.SIGTERM, self._stop_by_signal)
            signal.signal(signal.SIGINT, self._stop_by_signal)
            queue.close()

    def _between_parts(self) -> None:
        """Free what has been idle for long, and leave parts to the worker that has the card, if another one has."""
        seconds = self._office.settings.transcription.idle_seconds
        if seconds and self._capability == Kind.TRANSCRIPTION.value.name:
            self._bench.engines.free_idle(seconds)
        while time.monotonic() < self._bench.rests_until and not self._stopping:
            time.sleep(REST_STEP_SECONDS)

    def drain(self) -> None:
        """Take nothing new; what is in hand may go on for a while and is then handed back."""
        if self._stopping:
            return
        self._stopping = True
        threading.Thread(target=self._say_draining, daemon=True).start()
        timer = threading.Timer(self._office.settings.work.drain_seconds, self._leave)
        timer.daemon = True
        timer.start()

    def _stop_by_signal(self, _signum: int, _frame: FrameType | None) -> None:
        self.drain()

    def _leave(self) -> None:
        """The time to finish is over: C code cannot be interrupted, so the process ends here."""
        try:
            self._keeper.let_go()
            self._sign_off()
        finally:
            os._exit(0)

    def _say_draining(self) -> None:
        try:
            with self._office.database.transaction() as session:
                session.execute(update(Worker).where(Worker.id == self.id).values(draining=True))
        except HouseError:
            log.warning("could not say that this worker is ending")

    def _register(self) -> None:
        while not self._stopping:
            try:
                with self._office.database.transaction() as session:
                    self._sign_on(session)
            except HouseError as error:
                log.warning("could not sign on (%s); trying again", error)
                time.sleep(RECONNECT_SECONDS)
            else:
                wake(self._office.queue)
                return

    def _sign_on(self, session: Session) -> None:
        moment = now(session)
        session.add(
            Worker(
                id=self.id,
                capability=self._capability,
                host=socket.gethostname(),
                pid=os.getpid(),
                started_at=moment,
                seen_at=moment,
                draining=self._stopping,
            )
        )

    def _sign_off(self) -> None:
        try:
            with self._office.database.transaction() as session:
                session.execute(delete(Worker).where(Worker.id == self.id))
        except HouseError:
            log.warning("could not sign off; the clock forgets this worker by itself")


def _lease(message: Message) -> tuple[int, int] | None:
    """Part and epoch; None when the message is something else."""
    try:
        name, (part_id, epoch) = message.func_name, message.args
    except (DeserializationError, ValueError, TypeError):
        return None
    ours = name == RUN_PART and isinstance(part_id, int) and isinstance(epoch, int)
    return (part_id, epoch) if ours else None


def main(argv: list[str] | None = None) -> None:
    """`python -m workers.worker [capability]`."""
    parser = argparse.ArgumentParser(prog="workers.worker", description="One worker process of one capability.")
    parser.add_argument("capability", choices=[kind.value.name for kind in Kind], nargs="?", default="transcription")
    capability = parser.parse_args(argv).capability
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s worker %(message)s")
    # RQ tells every start and end of a message; the record tells it better.
    logging.getLogger("rq").setLevel(logging.WARNING)
    settings = Settings()
    _hold_threads(worker_threads(settings))
    with open_office(settings) as office:
        WorkerProcess(office, capability).work()


def _hold_threads(count: int) -> None:
    """Keep the numeric libraries to this worker's share of the cores. They read it when they are loaded, with the engine.

    Left alone, NumPy's linear algebra takes every core of the machine: two workers of one thread each then slow each other down.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, str(count))


if __name__ == "__main__":
    main()
