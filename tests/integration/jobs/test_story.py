"""Any story of a lab: jobs handed in, leased, begun, finished, crashed, expired, cancelled, tried again, in any order, against a simple
model. After every step the record must say what the model says, and the promises must hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from digilab.database.base import Record
from digilab.errors import FileEmptyError, JobEndedError, JobNotEndedError, LeaseLostError, StoreUnreachableError
from digilab.hours.records import Booking
from digilab.jobs import lifecycle
from digilab.jobs.backlog import Lease
from digilab.jobs.lifecycle import Failure, NewPart
from digilab.jobs.records import File, Job, Part
from digilab.jobs.rules import JobState, PartState, Stage
from integration.jobs.lab import CRASHES, LEASE, Lab

WORK = 2
"""Work parts of every job of these stories."""
VERIFIED = 60.0


@dataclass
class Piece:
    """A part as the model sees it."""

    stage: Stage
    ordinal: int
    state: PartState = PartState.WAITING
    epoch: int = 0
    claimed: bool = False
    crashes: int = 0
    done: int = 0
    """How often a result was taken."""


@dataclass
class Case:
    """A job as the model sees it."""

    state: JobState = JobState.RECEIVED
    pieces: dict[tuple[Stage, int], Piece] = field(default_factory=lambda: {(Stage.SPLIT, 0): Piece(Stage.SPLIT, 0)})
    ended: int = 0
    """How often it ended well."""


class Story(RuleBasedStateMachine):
    """One lab's story."""

    lab: Lab

    def __init__(self) -> None:
        super().__init__()
        self.cases: dict[int, Case] = {}
        self.leases: list[Lease] = []
        """Every lease ever given out: old ones may come back at any time."""

    @initialize()
    def empty(self) -> None:
        """Every story begins in a house without jobs."""
        with self.lab.database.transaction() as session:
            for table in reversed(Record.metadata.sorted_tables):
                if table.name in ("jobs", "files", "parts", "history", "bookings", "workers"):
                    session.execute(table.delete())

    # --- what happens -----------------------------------------------------------------------------------

    @precondition(lambda self: len(self.cases) < 3)
    @rule(login=st.sampled_from(["sato", "suzuki"]))
    def submit(self, login: str) -> None:
        self.cases[self.lab.job(login)] = Case()

    @precondition(lambda self: any(self.waiting()))
    @rule()
    def send(self) -> None:
        """The clock leases a part; its message is on the way."""
        lease = self.lab.lease()
        piece = self.piece(lease)
        assert piece.state is PartState.WAITING
        piece.state, piece.claimed, piece.epoch = PartState.LEASED, False, piece.epoch + 1
        assert lease.epoch == piece.epoch
        self.leases.append(lease)

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), worker=st.sampled_from(["w1", "w2"]))
    def a_message_arrives(self, data: st.DataObject, worker: str) -> None:
        """It may be an old one, or one that arrived before."""
        self.claim(data.draw(st.sampled_from(self.leases)), worker)

    @precondition(lambda self: any(self.waiting()))
    @rule(parts=st.integers(1, 5), worker=st.sampled_from(["w1", "w2"]))
    def a_worker_does_some_parts(self, parts: int, worker: str) -> None:
        for _ in range(parts):
            if any(self.waiting()):
                self.send()
                self.claim(self.leases[-1], worker)
                self.checkpoint(self.leases[-1])

    @precondition(lambda self: any(self.waiting()))
    @rule(worker=st.sampled_from(["w1", "w2"]))
    def a_worker_begins(self, worker: str) -> None:
        self.send()
        self.claim(self.leases[-1], worker)

    @precondition(lambda self: any(self.waiting()))
    @rule(times=st.integers(1, 4))
    def a_part_kills_its_workers(self, times: int) -> None:
        for _ in range(times):
            if any(self.waiting()):
                self.send()
                self.claim(self.leases[-1], "doomed")
                self.time_passes_and_nobody_renews()

    @precondition(lambda self: any(self.waiting()))
    @rule(how=st.sampled_from(["renew", "checkpoint"]))
    def a_stopped_worker_wakes_up_when_another_has_begun(self, how: str) -> None:
        self.send()
        late = self.leases[-1]
        self.claim(late, "stopped")
        self.time_passes_and_nobody_renews()
        while any(self.waiting()):
            self.send()
            self.claim(self.leases[-1], "next")
        if how == "renew":
            with self.expected(False):
                self.lab.act(lifecycle.renew, late, LEASE, 1.0)
        else:
            self.checkpoint(late)

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def a_worker_writes(self, data: st.DataObject) -> None:
        """Whoever had a lease once: a late one is refused, and nothing has changed then."""
        lease = data.draw(st.sampled_from(self.leases))
        match data.draw(st.sampled_from(["renew", "add work", "checkpoint"])):
            case "renew":
                with self.expected(self.held(lease)):
                    self.lab.act(lifecycle.renew, lease, LEASE, 1.0)
            case "add work" if self.piece(lease).stage is Stage.SPLIT:
                with self.expected(self.held(lease)):
                    self.add_work(lease, 1)
            case _:
                self.checkpoint(lease)

    @precondition(lambda self: any(self.held(lease) for lease in self.leases))
    @rule(data=st.data(), how=st.sampled_from(["fail", "crash", "crash", "postpone", "hand back"]))
    def a_worker_gives_up(self, data: st.DataObject, how: str) -> None:
        lease = data.draw(st.sampled_from([each for each in self.leases if self.held(each)]))
        piece = self.piece(lease)
        if how == "fail":
            self.lab.act(lifecycle.fail, lease, Failure.of(FileEmptyError(name="x")))
            self.end(self.case(lease), JobState.FAILED)
            return
        if how == "crash":
            self.lab.act(lifecycle.crash, lease, CRASHES)
        elif how == "postpone":
            self.lab.act(lifecycle.postpone, lease, StoreUnreachableError(reason="x"))
        else:
            self.lab.act(lifecycle.hand_back, lease)
        self.put_back(self.case(lease), piece, crashed=how == "crash")
        with self.lab.database.transaction() as session:
            session.execute(update(Part).values(not_before=None))  # the model knows no times

    @rule()
    def time_passes_and_nobody_renews(self) -> None:
        self.lab.pass_time(LEASE + 1)
        self.take_back()

    @precondition(lambda self: self.cases)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(sorted(self.cases)))
        live = not self.cases[job].state.ended
        try:
            with self.lab.database.transaction() as session:
                lifecycle.cancel(session, job, "sato")
        except JobEndedError:
            assert not live
        else:
            assert live
            self.end(self.cases[job], JobState.CANCELLED)

    @precondition(lambda self: self.cases)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(sorted(self.cases)))
        case = self.cases[job]
        try:
            with self.lab.database.transaction() as session:
                lifecycle.retry(session, job, "sato")
        except JobNotEndedError:
            assert not case.state.retryable
        else:
            assert case.state.retryable
            case.state = JobState.RECEIVED
            for piece in case.pieces.values():
                if piece.state is PartState.FAILED:
                    piece.state, piece.claimed, piece.crashes = PartState.WAITING, False, 0

    # --- what must hold ---------------------------------------------------------------------------------

    @invariant()
    def the_record_says_what_the_model_says(self) -> None:
        with self.lab.database.reading() as session:
            for job_id, case in self.cases.items():
                assert session.get_one(Job, job_id).status is case.state
                parts = {
                    (Stage(part.stage), part.ordinal): part
                    for part in session.scalars(select(Part).where(Part.job_id == job_id))
                }
                assert parts.keys() == case.pieces.keys()
                for key, piece in case.pieces.items():
                    part = parts[key]
                    told = (part.state, part.epoch, part.worker is not None, part.crashes)
                    worker = piece.claimed if piece.state is PartState.LEASED else part.worker is not None
                    assert told == (piece.state, piece.epoch, worker, piece.crashes)

    @invariant()
    def every_result_counts_exactly_once(self) -> None:
        for case in self.cases.values():
            assert case.ended <= 1
            assert all(piece.done <= 1 for piece in case.pieces.values())

    @invariant()
    def files_are_whole_and_hours_are_those_of_done_jobs(self) -> None:
        done = {job for job, case in self.cases.items() if case.state is JobState.DONE}
        with self.lab.database.reading() as session:
            files = list(session.scalars(select(File)))
            assert {file.job_id for file in files if file.role == "input"} == set(self.cases)
            assert sorted(file.job_id for file in files if file.role == "output") == sorted(done)
            for file in files:
                assert self.lab.store.size(file.key) == file.size
            bookings = list(session.scalars(select(Booking)))
        assert sorted(booking.job_id for booking in bookings) == sorted(done)
        assert sum(booking.net_minutes for booking in bookings) == len(done) * VERIFIED / 60 * 4.0

    @invariant()
    def a_live_job_always_has_something_that_can_go_on(self) -> None:
        """So nothing is ever stuck."""
        for case in self.cases.values():
            open_parts = [each for each in case.pieces.values() if each.state in (PartState.WAITING, PartState.LEASED)]
            assert bool(open_parts) == (not case.state.ended)

    # --- the model's own steps --------------------------------------------------------------------------

    def case(self, lease: Lease) -> Case:
        return self.cases[lease.job_id]

    def piece(self, lease: Lease) -> Piece:
        part = self.lab.part(lease.part_id)
        return self.cases[part.job_id].pieces[Stage(part.stage), part.ordinal]

    def waiting(self) -> Iterator[Piece]:
        for case in self.cases.values():
            yield from (piece for piece in case.pieces.values() if piece.state is PartState.WAITING)

    def current(self, lease: Lease) -> bool:
        piece = self.piece(lease)
        return piece.state is PartState.LEASED and piece.epoch == lease.epoch

    def held(self, lease: Lease) -> bool:
        return self.current(lease) and self.piece(lease).claimed

    @contextmanager
    def expected(self, allowed: bool) -> Iterator[None]:
        """The block succeeds when it is allowed and is refused when it is not."""
        try:
            yield
        except LeaseLostError:
            assert not allowed, "refused although the lease is held"
        else:
            assert allowed, "taken although the lease is not held"

    def add_work(self, lease: Lease, count: int) -> None:
        case = self.case(lease)
        fresh = self.lab.act(lifecycle.add_work, lease, [NewPart(number, 60.0, {}) for number in range(count)])
        new = [number for number in range(count) if (Stage.WORK, number) not in case.pieces]
        assert fresh == len(new)
        for number in new:
            case.pieces[Stage.WORK, number] = Piece(Stage.WORK, number)

    def claim(self, lease: Lease, worker: str) -> None:
        piece = self.piece(lease)
        with self.expected(self.current(lease) and not piece.claimed):
            self.lab.claim(lease, worker)
            piece.claimed = True
            if self.case(lease).state is JobState.RECEIVED:
                self.case(lease).state = JobState.RUNNING

    def checkpoint(self, lease: Lease) -> None:
        """The part's result is handed in."""
        case, piece = self.case(lease), self.piece(lease)
        with self.expected(self.held(lease)):
            if piece.stage is Stage.JOIN:
                self.lab.finish(lease, verified=VERIFIED)
                case.state, case.ended = JobState.DONE, case.ended + 1
            else:
                if piece.stage is Stage.SPLIT:
                    self.add_work(lease, WORK)
                self.lab.act(lifecycle.checkpoint, lease, {"by": lease.epoch}, 60.0)
            piece.state, piece.done = PartState.DONE, piece.done + 1
            if piece.stage is not Stage.JOIN and all(each.state is PartState.DONE for each in case.pieces.values()):
                case.pieces[Stage.JOIN, 0] = Piece(Stage.JOIN, 0)

    def put_back(self, case: Case, piece: Piece, *, crashed: bool) -> None:
        piece.state, piece.claimed = PartState.WAITING, False
        piece.crashes += crashed
        if piece.crashes >= CRASHES:
            self.end(case, JobState.QUARANTINED)

    def take_back(self) -> None:
        leased = [
            (case, piece)
            for case in self.cases.values()
            for piece in case.pieces.values()
            if piece.state is PartState.LEASED
        ]
        taken = 0
        for case, piece in leased:
            if piece.state is PartState.LEASED:  # else its job was put aside a moment ago
                taken += 1
                self.put_back(case, piece, crashed=piece.claimed)
        assert self.lab.expire() == taken

    def end(self, case: Case, state: JobState) -> None:
        case.state = state
        for piece in case.pieces.values():
            if piece.state in (PartState.WAITING, PartState.LEASED):
                piece.state = PartState.FAILED


def test_whatever_happens_in_whatever_order_the_promises_hold(lab: Lab) -> None:
    lab.baseline(4.0)
    story = type("StoryOfThisLab", (Story,), {"lab": lab})
    run_state_machine_as_test(
        story,
        settings=settings(
            max_examples=12 if lab.database.url.startswith("sqlite") else 5,
            stateful_step_count=30,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
