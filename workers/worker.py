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
from types import FrameType
from typing import Any

from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import delete, update

from digilab.config import Settings
from digilab.database.session import now
from digilab.errors import DatabaseUnreachableError
from digilab.jobs.records import Worker
from digilab.office import Office, open_office
from digilab.queue.redis import RedisQueue
from digilab.services.rules import Kind
from workers import kinds, run
from workers.lease import Keeper

log = logging.getLogger(__name__)

RECONNECT_SECONDS = 1.0


class PartsWorker(SimpleWorker):
    """RQ's worker that runs in its own process, without RQ's remote commands."""

    on_stop: Any = None

    def subscribe(self) -> None:
        """No remote commands: whoever can write to Redis must not be able to stop workers."""

    def unsubscribe(self) -> None:
        """See `subscribe`."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """SIGTERM and SIGINT: take nothing new, finish or hand back what is in hand."""
        if self.on_stop is not None:
            self.on_stop()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call] # RQ has no types there


class WorkerProcess:
    """From registration to the last breath."""

    def __init__(self, office: Office, capability: str) -> None:
        self._office = office
        self._capability = capability
        self.id = uuid.uuid4().hex
        self._keeper = Keeper(office, self.id)
        self._bench = run.Bench(office, self.id, self._keeper)
        self._stopping = False

    def work(self) -> None:
        """Until SIGTERM. A Redis that goes away is waited for; the engine stays warm meanwhile."""
        signal.signal(signal.SIGTERM, self._stop_by_signal)
        signal.signal(signal.SIGINT, self._stop_by_signal)
        # Before anything is promised: a worker whose engine cannot even be imported must not take parts and spoil them.
        kinds.adapter(self._capability)
        self._register()
        self._keeper.start()
        run.set_up(self._bench)
        try:
            while not self._stopping:
                try:
                    self._listen()
                except RedisError as error:
                    log.warning("the queue does not answer (%s); trying again", type(error).__name__)
                if not self._stopping:
                    time.sleep(RECONNECT_SECONDS)
        finally:
            run.set_up(None)
            self._keeper.stop()
            self._bench.engines.close()
            self._sign_off()

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
            worker.work(logging_level="WARNING")
        finally:
            signal.signal(signal.SIGTERM, self._stop_by_signal)
            signal.signal(signal.SIGINT, self._stop_by_signal)
            queue.close()

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
        self._keeper.let_go()
        self._sign_off()
        os._exit(0)

    def _say_draining(self) -> None:
        try:
            with self._office.database.transaction() as session:
                session.execute(update(Worker).where(Worker.id == self.id).values(draining=True))
        except DatabaseUnreachableError:
            log.warning("could not say that this worker is ending")

    def _register(self) -> None:
        while True:
            try:
                with self._office.database.transaction() as session:
                    moment = now(session)
                    session.add(
                        Worker(
                            id=self.id,
                            capability=self._capability,
                            host=socket.gethostname(),
                            pid=os.getpid(),
                            started_at=moment,
                            seen_at=moment,
                        )
                    )
                self._office.queue.nudge()
            except DatabaseUnreachableError:
                log.warning("the database does not answer; trying again")
                time.sleep(RECONNECT_SECONDS)
            else:
                return

    def _sign_off(self) -> None:
        try:
            with self._office.database.transaction() as session:
                session.execute(delete(Worker).where(Worker.id == self.id))
        except DatabaseUnreachableError:
            log.warning("could not sign off; the clock forgets this worker by itself")


def main(argv: list[str] | None = None) -> None:
    """`python -m workers.worker [capability]`."""
    parser = argparse.ArgumentParser(prog="workers.worker", description="One worker process of one capability.")
    parser.add_argument("capability", choices=[kind.value.name for kind in Kind], nargs="?", default="transcription")
    capability = parser.parse_args(argv).capability
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s worker %(message)s")
    # RQ tells every start and end of a message; the record tells it better.
    logging.getLogger("rq").setLevel(logging.WARNING)
    with open_office(Settings()) as office:
        WorkerProcess(office, capability).work()


if __name__ == "__main__":
    main()
