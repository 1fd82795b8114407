"""Clock and worker in one process, over each database: the whole protocol with an engine that only counts.

The engine here is no stand-in for transcription: that has its own tests. What is tested is who runs what, how often, and what is told.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digilab.config import Settings
from digilab.errors import LeaseLostError, OptionsMalformedError, QueueUnreachableError, StoreUnreachableError
from digilab.jobs import lifecycle
from digilab.jobs.lifecycle import Failure, NewPart, Output
from digilab.jobs.rules import JobState, PartState, Stage
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.jobs.lab import KIND, Lab
from workers import kinds, run
from workers.clock import UNKEPT_AFTER, Clock
from workers.context import Context, Done, Extra, Joined
from workers.failures import EngineFailedError
from workers.lease import OVERDUE, Keeper
from workers.run import Bench

STRETCHES = 3


@dataclass
class Counting:
    """An engine that counts what it is asked to do; `before` may do anything first."""

    calls: Counter[str] = field(default_factory=Counter)
    before: Callable[[Context], None] = lambda _context: None
    asks: list[NewPart] = field(default_factory=list)
    """What each join asks to be done afterwards."""

    def split(self, context: Context) -> Done:
        """Three stretches."""
        self.calls["split"] += 1
        self.before(context)
        context.expect(STRETCHES * 10.0)
        for number in range(STRETCHES):
            if number not in context.known_work:
                context.add_work([NewPart(number, 10.0, {"number": number})])
        return Done({"stretches": STRETCHES})

    def work(self, context: Context) -> Done:
        """Remember which one, in the store as an engine does."""
        self.calls[f"work {context.part.ordinal}"] += 1
        self.before(context)
        context.progress(5.0)
        with context.store.receive() as incoming:
            incoming.write(f"stretch {context.part.payload['number']}\n".encode())
            key = context.store.keep(incoming, context.key("text.txt")).key
        return Done({"key": key}, steps=context.part.weight)

    def join(self, context: Context) -> Joined:
        """All stretches in order."""
        self.calls["join"] += 1
        self.before(context)
        with context.store.receive() as incoming:
            for result in context.results():
                with context.store.open(result["key"]) as blocks:
                    incoming.write(b"".join(blocks))
            stored = context.store.keep(incoming, f"outputs/{context.job.id}/{context.part.epoch}/minutes.txt")
        return Joined([Output("議事録.txt", "text/plain", stored)], verified=STRETCHES * 10.0, extra=self.asks)

    def extra(self, context: Context) -> Extra:
        """Write the result anew, with a line more."""
        self.calls["extra"] += 1
        self.before(context)
        [result] = context.job.outputs
        with context.store.receive() as incoming:
            incoming.write(context.get(result.key) + b"extra\n")
            stored = context.store.keep(incoming, f"outputs/{context.job.id}/extra-{context.part.epoch}/minutes.txt")
        outputs = [Output(result.name, "text/plain", stored)]
        return Extra(outputs, {"speakers": 1}, "speakers-separated", {"speakers": 1})


@dataclass
class Shop:
    """A lab with a clock and a worker's bench."""

    lab: Lab
    office: Office
    engine: Counting
    queue: InProcessQueue
    clock: Clock
    keeper: Keeper
    bench: Bench

    def take(self) -> tuple[int, int] | None:
        """The clock's round, then the next message."""
        self.lab.workers("w1")
        self.clock.tick()
        return self.queue.take(KIND)

    def all(self, most: int = 50) -> None:
        """Until nothing is given out any more."""
        for _ in range(most):
            message = self.take()
            if message is None:
                return
            self.bench.run(*message)
        raise AssertionError("it never ends")

    def text(self, job_id: int) -> str:
        """What the job's output says."""
        [output] = [file for file in self.lab.files(job_id) if file.role == "output"]
        with self.office.store.open(output.key) as blocks:
            return b"".join(blocks).decode()


ASKED = NewPart(0, 1.0, {"speakers": "auto"})
WHOLE = "".join(f"stretch {number}\n" for number in range(STRETCHES))


@pytest.fixture
def shop(lab: Lab, data: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The lab with its clock and worker."""
    engine = Counting()
    monkeypatch.setattr(kinds, "adapter", lambda _kind: engine)
    queue = InProcessQueue()
    lab.queue = queue
    office = Office(Settings(data=data), lab.database, lab.store, queue)
    keeper = Keeper(office, "w1")
    return Shop(lab, office, engine, queue, Clock(office), keeper, Bench(office, "w1", keeper))


def test_a_job_goes_from_hand_in_to_files_and_nothing_is_done_twice(shop: Shop) -> None:
    job = shop.lab.job()
    shop.all()
    assert shop.lab.look(job).status is JobState.DONE
    assert shop.text(job) == WHOLE
    assert shop.engine.calls == Counter(["split", "work 0", "work 1", "work 2", "join"])
    assert shop.lab.kept("work/") == []
    assert list(shop.office.scratch.iterdir()) == []


def test_a_message_that_comes_twice_is_done_once(shop: Shop) -> None:
    job = shop.lab.job()
    messages = []
    while (message := shop.take()) is not None:
        messages.append(message)
        for delivered in (message, message, *messages):
            shop.bench.run(*delivered)
    assert shop.text(job) == WHOLE
    assert max(shop.engine.calls.values()) == 1


def test_messages_that_are_all_lost_are_sent_again(shop: Shop) -> None:
    job = shop.lab.job()
    assert shop.take() is not None
    assert shop.take() is None
    shop.lab.pass_time(shop.office.settings.work.claim_seconds + 1)
    shop.all()
    assert shop.text(job) == WHOLE
    assert "lease-expired" not in shop.lab.told(job)


def test_a_worker_that_dies_in_the_middle_costs_one_stretch(shop: Shop) -> None:
    job = shop.lab.job()

    class Killed(BaseException):
        """Nothing in the worker catches it, as nothing catches SIGKILL."""

    def die_once(context: Context) -> None:
        if context.part.stage is Stage.WORK and context.part.ordinal == 1 and shop.engine.calls["work 1"] == 1:
            raise Killed

    shop.engine.before = die_once
    with pytest.raises(Killed):
        shop.all()
    shop.lab.pass_time(shop.office.settings.work.lease_seconds + 1)
    shop.all()
    assert shop.text(job) == WHOLE
    assert shop.engine.calls == Counter(["split", "work 0", "work 1", "work 1", "work 2", "join"])


def test_a_worker_that_slept_through_its_lease_is_refused_and_leaves_no_trace(shop: Shop) -> None:
    """It was stopped during the join; another one has finished the job meanwhile."""
    job = shop.lab.job()

    def sleep_once(context: Context) -> None:
        if context.part.stage is Stage.JOIN and shop.engine.calls["join"] == 1:
            shop.lab.pass_time(shop.office.settings.work.lease_seconds + 1)
            other = Bench(shop.office, "w2", Keeper(shop.office, "w2"))
            message = shop.take()
            assert message is not None
            other.run(*message)

    shop.engine.before = sleep_once
    shop.all()
    assert shop.engine.calls["join"] == 2
    assert shop.text(job) == WHOLE
    assert len(shop.lab.kept("outputs/")) == 1
    assert shop.lab.told(job).count("done") == 1


def test_what_is_done_afterwards_takes_the_place_of_the_results(shop: Shop) -> None:
    shop.engine.asks = [ASKED]
    job = shop.lab.job()
    shop.all()
    assert shop.text(job) == WHOLE + "extra\n"
    assert shop.lab.look(job).status is JobState.DONE
    assert shop.engine.calls["extra"] == 1
    assert shop.lab.told(job)[-2:] == ["no-baseline", "speakers-separated"]


def test_a_worker_that_slept_while_another_did_what_is_done_afterwards_leaves_no_trace(shop: Shop) -> None:
    shop.engine.asks = [ASKED]
    job = shop.lab.job()

    def sleep_once(context: Context) -> None:
        if context.part.stage is Stage.EXTRA and shop.engine.calls["extra"] == 1:
            shop.lab.pass_time(shop.office.settings.work.lease_seconds + 1)
            other = Bench(shop.office, "w2", Keeper(shop.office, "w2"))
            message = shop.take()
            assert message is not None
            other.run(*message)

    shop.engine.before = sleep_once
    shop.all()
    assert shop.engine.calls["extra"] == 2
    assert shop.text(job) == WHOLE + "extra\n"
    assert len(shop.lab.kept("outputs/")) == 2  # what is there, and what somebody may be fetching from before
    assert shop.lab.told(job).count("speakers-separated") == 1


def test_what_breaks_down_afterwards_puts_no_job_aside(shop: Shop) -> None:
    def break_down(context: Context) -> None:
        if context.part.stage is Stage.EXTRA:
            raise ZeroDivisionError

    shop.engine.asks, shop.engine.before = [ASKED], break_down
    job = shop.lab.job()
    for _ in range(4):
        shop.all()
        shop.lab.pass_time(2)
    assert shop.engine.calls["extra"] == 3
    assert shop.lab.look(job).status is JobState.DONE
    assert shop.text(job) == WHOLE
    assert shop.lab.told(job)[-1] == "extra-failed"


def test_an_engine_is_stopped_early_when_its_job_was_cancelled(shop: Shop) -> None:
    job = shop.lab.job()
    went_on = []

    def cancelled_meanwhile(context: Context) -> None:
        if context.part.stage is Stage.WORK:
            with shop.lab.database.transaction() as session:
                lifecycle.cancel(session, job, "sato")
            held = shop.keeper._held
            assert held is not None
            held.renewed -= 2  # so long ago that the next report is written
            context.progress(1.0)
            went_on.append(True)

    shop.engine.before = cancelled_meanwhile
    shop.all()
    assert went_on == []
    assert shop.lab.look(job).status is JobState.CANCELLED
    assert shop.lab.told(job) == ["received", "started", "cancelled"]


@pytest.mark.parametrize("stage", [Stage.SPLIT, Stage.WORK, Stage.JOIN])
def test_what_the_engine_cannot_do_fails_in_words(shop: Shop, stage: Stage) -> None:
    def refuse(context: Context) -> None:
        if context.part.stage is stage:
            raise EngineFailedError(Failure("audio-broken", {"ja": "壊れています", "en": "broken"}, {"at": 3}))

    shop.engine.before = refuse
    job = shop.lab.job()
    shop.all()
    failed = shop.lab.look(job)
    assert failed.status is JobState.FAILED
    assert failed.failure == {
        "code": "audio-broken",
        "sentences": {"ja": "壊れています", "en": "broken"},
        "evidence": {"at": 3},
    }
    assert shop.engine.calls[stage.value if stage is not Stage.WORK else "work 0"] == 1


def test_options_that_the_kind_cannot_use_fail_in_words(shop: Shop) -> None:
    def refuse(_context: Context) -> None:
        raise OptionsMalformedError

    shop.engine.before = refuse
    job = shop.lab.job()
    shop.all()
    assert (shop.lab.look(job).failure or {})["code"] == "options-malformed"


@pytest.mark.parametrize("stage", Stage)
def test_while_the_store_is_away_a_job_waits_and_never_fails(shop: Shop, stage: Stage) -> None:
    away = [True] * 4

    def unreachable(context: Context) -> None:
        if context.part.stage is stage and away:
            away.pop()
            raise StoreUnreachableError(reason="away")

    shop.engine.before = unreachable
    shop.engine.asks = [ASKED] if stage is Stage.EXTRA else []
    job = shop.lab.job()
    for _ in range(5):
        shop.all()
        shop.lab.pass_time(400)
    assert shop.text(job) == WHOLE + ("extra\n" if stage is Stage.EXTRA else "")
    assert shop.lab.told(job).count("postponed") == 1
    assert away == []


def test_what_nobody_foresaw_is_tried_again_and_the_third_time_put_aside(shop: Shop) -> None:
    def break_down(context: Context) -> None:
        if context.part.stage is Stage.WORK and context.part.ordinal == 1:
            raise ZeroDivisionError

    shop.engine.before = break_down
    bad = shop.lab.job()
    for _ in range(4):
        shop.all()
        shop.lab.pass_time(2)
    assert shop.lab.look(bad).status is JobState.QUARANTINED
    assert shop.engine.calls["work 1"] == 3
    shop.engine.before = lambda _context: None
    good = shop.lab.job()
    shop.all()
    assert shop.text(good) == WHOLE


def test_a_split_that_runs_again_hands_over_only_what_is_missing(shop: Shop) -> None:
    job = shop.lab.job()

    def die_after_two(context: Context) -> None:
        if context.part.stage is Stage.SPLIT and shop.engine.calls["split"] == 1:
            context.add_work([NewPart(0, 10.0, {"number": 0}), NewPart(1, 10.0, {"number": 1})])
            raise ZeroDivisionError

    shop.engine.before = die_after_two
    shop.all()
    shop.lab.pass_time(2)
    shop.all()
    assert shop.text(job) == WHOLE
    assert [part.ordinal for part in shop.lab.parts(job) if part.stage == Stage.WORK] == [0, 1, 2]


def test_while_redis_is_away_nothing_is_lost_and_nothing_counts_as_a_crash(shop: Shop) -> None:
    class Away(InProcessQueue):
        away = True

        def send(self, capability: str, part_id: int, epoch: int) -> None:
            if self.away:
                raise QueueUnreachableError
            super().send(capability, part_id, epoch)

        def publish(self, job_id: int, message: dict[str, object]) -> None:
            if self.away:
                raise QueueUnreachableError
            super().publish(job_id, message)

    queue = Away()
    office = Office(shop.office.settings, shop.office.database, shop.office.store, queue)
    clock, job = Clock(office), shop.lab.job()
    for _ in range(5):
        shop.lab.workers("w1")
        assert clock.tick() == 0
    [part] = shop.lab.parts(job)
    assert (part.state, part.crashes) == (PartState.WAITING, 0)
    queue.away = False
    assert clock.tick() == 1
    queue.away = True
    message = queue.take(KIND)
    assert message is not None
    Bench(office, "w1", shop.keeper).run(*message)
    assert shop.lab.parts(job)[0].state == PartState.DONE


def test_pages_are_told_of_every_move(shop: Shop) -> None:
    job = shop.lab.job()
    with shop.queue.watch(job) as subscription:
        shop.all()
        told = []
        while (message := subscription.next(0.01)) is not None:
            told.append(message)
    assert all(message["job_id"] == job for message in told)
    states = [message["state"] for message in told if message["event"] == "state"]
    assert (states[0], states[-1]) == (JobState.RUNNING, JobState.DONE)
    assert [message["event"] for message in told].count("progress") >= STRETCHES + 1


# --- the sign of life -------------------------------------------------------------------------------------


@pytest.fixture
def hasty(shop: Shop) -> Iterator[Shop]:
    """The same with a heart that beats every hundredth of a second."""
    shop.office.settings.work.heartbeat_seconds = 0.01
    shop.keeper.start()
    yield shop
    shop.keeper.stop()


def test_the_lease_of_a_long_part_is_renewed_while_the_engine_works(hasty: Shop) -> None:
    job = hasty.lab.job()
    renewed = threading.Event()

    def work_long(context: Context) -> None:
        if context.part.stage is not Stage.SPLIT:
            return
        before = hasty.lab.part(context.part.id).lease_until
        assert before is not None
        for _ in range(2000):
            until = hasty.lab.part(context.part.id).lease_until
            assert until is not None
            if until > before:
                renewed.set()
                return

    hasty.engine.before = work_long
    hasty.all()
    assert renewed.is_set()
    assert hasty.text(job) == WHOLE


def test_a_part_that_outlives_its_deadline_ends_its_worker(shop: Shop) -> None:
    ended: list[int] = []
    shop.office.settings.work.part_seconds = 0.0
    keeper = Keeper(shop.office, "w1", ended.append)
    lease = shop.lab.begin("w1") if shop.lab.job() else None
    assert lease is not None
    with keeper.holding(lease.part_id, lease.epoch):
        keeper._beat()
    assert ended == [OVERDUE]


def test_a_worker_that_must_leave_hands_its_part_back(shop: Shop) -> None:
    job = shop.lab.job()
    lease = shop.lab.begin("w1")
    with shop.keeper.holding(lease.part_id, lease.epoch):
        shop.keeper.let_go()
        with pytest.raises(LeaseLostError):
            shop.keeper.report(1.0)
    part = shop.lab.part(lease.part_id)
    assert (part.state, part.crashes) == (PartState.WAITING, 0)
    assert shop.lab.told(job)[-1] == "handed-back"


def test_without_a_part_in_hand_nothing_is_handed_back_or_reported(shop: Shop) -> None:
    shop.keeper.let_go()
    assert shop.keeper.report(1.0) is False


# --- tidying up -------------------------------------------------------------------------------------------


class Antedated(FolderStore):
    """A folder in which everything was written long ago."""

    def keys(self, prefix: str):  # type: ignore[no-untyped-def] # as its parent's
        for listed in super().keys(prefix):
            yield type(listed)(listed.key, listed.size, datetime.now(UTC) - UNKEPT_AFTER - timedelta(minutes=1))


def test_tidying_removes_what_nobody_recorded_and_nothing_that_a_job_needs(shop: Shop, data: Path) -> None:
    done, failed, waiting = shop.lab.job(), shop.lab.job(), shop.lab.job()
    store = Antedated(data / "files")

    def refuse(context: Context) -> None:
        if context.job.id == failed and context.part.ordinal == 1:
            raise EngineFailedError(Failure("audio-broken", {"ja": "x", "en": "x"}))

    shop.engine.before = refuse
    while shop.lab.look(failed).status is not JobState.FAILED or shop.lab.look(done).status is not JobState.DONE:
        message = shop.take()
        assert message is not None
        shop.bench.run(*message)
    for key in ("inputs/never-recorded", "outputs/9/9/never-recorded", f"work/{done}/left/over", "work/424242/x/y"):
        with store.receive() as incoming:
            store.keep(incoming, key)
    needed = {file.key for job in (done, failed, waiting) for file in shop.lab.files(job)}
    needed |= {part.result["key"] for part in shop.lab.parts(failed) if part.result and "key" in part.result}
    assert any(key.startswith("work/") for key in needed)
    Clock(Office(shop.office.settings, shop.office.database, store, shop.queue)).tidy()
    assert needed <= set(shop.lab.kept())
    left_over = set(shop.lab.kept()) - needed
    assert not [key for key in left_over if "never-recorded" in key or key.startswith((f"work/{done}/", "work/424242"))]


def test_what_came_in_just_now_is_left_alone(shop: Shop) -> None:
    with shop.office.store.receive() as incoming:
        shop.office.store.keep(incoming, "inputs/about-to-be-recorded")
    shop.clock.tidy()
    assert shop.lab.kept() == ["inputs/about-to-be-recorded"]


def test_two_clocks_and_two_workers_do_everything_once(shop: Shop) -> None:
    jobs = [shop.lab.job() for _ in range(3)]
    failures: list[BaseException] = []
    lock = threading.Lock()

    def keep_going(name: str) -> None:
        clock = Clock(shop.office)
        bench = Bench(shop.office, name, Keeper(shop.office, name))
        try:
            for _ in range(200):
                shop.lab.workers(name)
                clock.tick()
                with lock:
                    message = shop.queue.take(KIND)
                if message is not None:
                    bench.run(*message)
                elif all(shop.lab.look(job).status.ended for job in jobs):
                    return
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=keep_going, args=(name,)) for name in ("w1", "w2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [shop.text(job) for job in jobs] == [WHOLE] * 3
    assert shop.engine.calls == Counter(dict.fromkeys(("split", "work 0", "work 1", "work 2", "join"), 3))


def test_outside_a_worker_process_nothing_is_run() -> None:
    run.set_up(None)
    with pytest.raises(RuntimeError):
        run.run_part(1, 1)


def test_what_the_queue_names_is_there() -> None:
    from digilab.queue.contract import RUN_PART

    assert f"{run.run_part.__module__}.{run.run_part.__name__}" == RUN_PART
