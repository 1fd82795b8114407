"""Parts and jobs after intake: leases, epochs, results that count exactly once, ends of every kind."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import Any

import pytest

from digilab.errors import (
    DigilabError,
    FileEmptyError,
    JobEndedError,
    JobNotEndedError,
    KeyingStoppedError,
    LeaseLostError,
    NotFoundError,
    SeatsTakenError,
    StoreUnreachableError,
    TargetClosedError,
    TargetOnHoldError,
)
from digilab.hours import use as hours
from digilab.jobs import lifecycle
from digilab.jobs.backlog import Lease
from digilab.jobs.lifecycle import Failure, NewPart
from digilab.jobs.records import Job
from digilab.jobs.rules import JobState, PartState, Stage
from integration.jobs.lab import AT_ONCE, CLAIM, CRASHES, LEASE, Lab, parts_by_state

WRITES: dict[str, Callable[[Lab, Lease], Any]] = {
    "renew": lambda lab, lease: lab.act(lifecycle.renew, lease, LEASE, 1.0),
    "expect": lambda lab, lease: lab.act(lifecycle.expect, lease, 9999.0),
    "add_work": lambda lab, lease: lab.act(lifecycle.add_work, lease, [NewPart(77, 1.0, {})]),
    "checkpoint": lambda lab, lease: lab.act(lifecycle.checkpoint, lease, {"late": True}, 1.0),
    "finish": lambda lab, lease: lab.finish(lease),
    "fail": lambda lab, lease: lab.act(lifecycle.fail, lease, Failure.of(FileEmptyError(name="x"))),
    "postpone": lambda lab, lease: lab.act(lifecycle.postpone, lease, StoreUnreachableError(reason="x")),
    "crash": lambda lab, lease: lab.act(lifecycle.crash, lease, CRASHES),
    "hand_back": lambda lab, lease: lab.act(lifecycle.hand_back, lease),
}
"""Everything that a worker writes."""


def snapshot(lab: Lab, job_id: int) -> Any:
    """All that the record says of a job, except when it was said."""
    job = lab.look(job_id)
    told = lab.told(job_id)
    parts = [(p.id, p.state, p.epoch, p.worker, p.result, p.progress, p.crashes, p.lease_until) for p in job.parts]
    return job.state, job.expected, job.verified, job.failure, parts, [file.name for file in job.files], told


@pytest.fixture(params=WRITES)
def write(request: pytest.FixtureRequest) -> Callable[[Lab, Lease], Any]:
    """One after another."""
    chosen: Callable[[Lab, Lease], Any] = WRITES[request.param]
    return chosen


# --- who holds a part -------------------------------------------------------------------------------------


def test_of_two_deliveries_of_one_lease_only_one_begins(lab: Lab) -> None:
    job = lab.job()
    lease = lab.lease()
    lab.claim(lease, "w1")
    with pytest.raises(LeaseLostError):
        lab.claim(lease, "w2")
    assert lab.part(lease.part_id).worker == "w1"
    assert lab.told(job) == ["received", "started"]


def test_of_two_deliveries_at_the_same_time_only_one_begins(lab: Lab) -> None:
    lab.job()
    lease = lab.lease()
    together = threading.Barrier(4)

    def begin(number: int) -> bool:
        together.wait(10)
        try:
            lab.claim(lease, f"w{number}")
        except LeaseLostError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(begin, range(4))) == 1


def test_a_job_runs_from_its_first_claim_on(lab: Lab) -> None:
    job = lab.job()
    lease = lab.lease()
    assert lab.look(job).status is JobState.RECEIVED
    lab.claim(lease)
    assert lab.look(job).status is JobState.RUNNING
    assert lab.look(job).started_at is not None


def test_a_late_write_of_an_old_epoch_is_refused(lab: Lab, write: Callable[[Lab, Lease], Any]) -> None:
    """The worker was stopped for longer than its lease, and another one has begun the part since."""
    job = lab.job()
    old = lab.begin("stopped")
    lab.pass_time(LEASE + 1)
    assert lab.expire() == 1
    fresh = lab.begin("next")
    assert (fresh.part_id, fresh.epoch) == (old.part_id, old.epoch + 1)
    before = snapshot(lab, job)
    with pytest.raises(LeaseLostError):
        write(lab, old)
    assert snapshot(lab, job) == before


def test_a_late_write_is_refused_also_before_somebody_else_has_begun(
    lab: Lab, write: Callable[[Lab, Lease], Any]
) -> None:
    job = lab.job()
    lease = lab.begin()
    lab.pass_time(LEASE + 1)
    lab.expire()
    before = snapshot(lab, job)
    with pytest.raises(LeaseLostError):
        write(lab, lease)
    assert snapshot(lab, job) == before


def test_nothing_is_written_without_having_begun(lab: Lab, write: Callable[[Lab, Lease], Any]) -> None:
    job = lab.job()
    lease = lab.lease()
    before = snapshot(lab, job)
    with pytest.raises(LeaseLostError):
        write(lab, lease)
    assert snapshot(lab, job) == before


def test_nothing_is_written_twice(lab: Lab) -> None:
    lab.job()
    lab.split(1)
    lease = lab.begin()
    lab.act(lifecycle.checkpoint, lease, {"text": "first"}, 60.0)
    for name in ("renew", "checkpoint", "fail", "crash", "hand_back"):
        with pytest.raises(LeaseLostError):
            WRITES[name](lab, lease)
    assert lab.part(lease.part_id).result == {"text": "first"}


def test_after_cancelling_nothing_is_written(lab: Lab, write: Callable[[Lab, Lease], Any]) -> None:
    job = lab.job()
    lease = lab.begin()
    with lab.database.transaction() as session:
        lifecycle.cancel(session, job, "sato")
    before = snapshot(lab, job)
    with pytest.raises(LeaseLostError):
        write(lab, lease)
    assert snapshot(lab, job) == before
    assert before[0] == JobState.CANCELLED


def test_a_renewed_lease_does_not_run_out(lab: Lab) -> None:
    lab.job()
    lease = lab.begin()
    for _ in range(3):
        lab.pass_time(LEASE - 1)
        lab.act(lifecycle.renew, lease, LEASE, 5.0)
        assert lab.expire() == 0
    part = lab.part(lease.part_id)
    assert (part.epoch, part.worker, part.progress) == (lease.epoch, "w1", 5.0)


# --- leases that run out ----------------------------------------------------------------------------------


def test_a_lease_that_ran_out_is_taken_back_told_and_counted(lab: Lab) -> None:
    job = lab.job()
    lease = lab.begin()
    lab.pass_time(LEASE + 1)
    assert lab.expire() == 1
    assert lab.expire() == 0
    part = lab.part(lease.part_id)
    assert (part.state, part.worker, part.crashes, part.epoch) == (PartState.WAITING, None, 1, lease.epoch)
    assert lab.told(job)[-1] == "lease-expired"
    assert lab.lease().epoch == lease.epoch + 1


def test_a_message_that_got_lost_is_no_crash(lab: Lab) -> None:
    job = lab.job()
    for _ in range(CRASHES + 2):
        lease = lab.lease()
        lab.pass_time(CLAIM + 1)
        assert lab.expire() == 1
    part = lab.part(lease.part_id)
    assert (part.state, part.crashes) == (PartState.WAITING, 0)
    assert lab.told(job) == ["received"]


def test_the_third_crash_puts_the_job_aside_and_keeps_what_was_handed_in(lab: Lab) -> None:
    job = lab.job()
    for _ in range(CRASHES):
        lab.begin()
        lab.pass_time(LEASE + 1)
        lab.expire()
    ended = lab.look(job)
    assert ended.status is JobState.QUARANTINED
    assert ended.failure is not None
    assert ended.failure["code"] == "part-crashed"
    assert parts_by_state(ended.parts) == [(Stage.SPLIT, PartState.FAILED)]
    assert lab.told(job)[-2:] == ["lease-expired", "quarantined"]
    [file] = ended.files
    assert lab.store.size(file.key) == file.size


def test_a_job_that_is_put_aside_does_not_touch_others(lab: Lab) -> None:
    bad = lab.job()
    other = lab.job()
    for _ in range(CRASHES):
        lab.begin()
        lab.pass_time(LEASE + 1)
        lab.expire()
    assert lab.look(bad).status is JobState.QUARANTINED
    assert lab.look(other).status is JobState.RECEIVED
    assert lab.lease().job_id == other


def test_crashes_are_counted_per_part(lab: Lab) -> None:
    lab.job()
    lab.split(4)
    for _ in range(4):
        lease = lab.begin()
        lab.act(lifecycle.crash, lease, CRASHES)
        assert lab.look(lease.job_id).status is JobState.RUNNING


def test_an_error_nobody_foresaw_is_tried_again_a_moment_later_and_counted(lab: Lab) -> None:
    lab.job()
    lease = lab.begin()
    lab.act(lifecycle.crash, lease, CRASHES)
    part = lab.part(lease.part_id)
    assert (part.state, part.crashes, part.worker) == (PartState.WAITING, 1, None)
    lab.workers("w1")
    assert lab.dispatch() == []
    lab.pass_time(1.1)
    lab.workers("w1")
    assert len(lab.dispatch()) == 1


def test_several_leases_of_several_jobs_run_out_together(lab: Lab) -> None:
    jobs = [lab.job() for _ in range(3)]
    for _ in jobs:
        lab.begin()
    lab.pass_time(LEASE + 1)
    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(lambda _: lab.expire(), range(3))) == 3
    for job in jobs:
        assert lab.told(job) == ["received", "started", "lease-expired"]


# --- giving a part up for now -----------------------------------------------------------------------------


def test_a_part_that_is_handed_back_is_no_crash_and_waits_at_once(lab: Lab) -> None:
    job = lab.job()
    lease = lab.begin()
    lab.act(lifecycle.hand_back, lease)
    part = lab.part(lease.part_id)
    assert (part.state, part.crashes, part.worker) == (PartState.WAITING, 0, None)
    assert lab.told(job)[-1] == "handed-back"
    assert lab.lease().part_id == lease.part_id


def waits_of(lab: Lab, lease: Lease, times: int) -> list[float]:
    """Postpone a part so often; the seconds that it was made to wait."""
    waits = []
    for _ in range(times):
        lab.act(lifecycle.postpone, lease, StoreUnreachableError(reason="x"))
        part = lab.part(lease.part_id)
        assert part.not_before is not None
        with lab.database.reading() as session:
            waits.append((part.not_before - hours.now(session)).total_seconds())
        lab.pass_time(waits[-1] + 0.1)
        lease = lab.begin()
    return waits


def test_while_the_house_is_not_ready_a_part_waits_longer_each_time_and_its_job_never_fails(lab: Lab) -> None:
    job = lab.job()
    waits = waits_of(lab, lab.begin(), 12)
    assert [round(each) for each in waits] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert lab.look(job).status is JobState.RUNNING
    assert lab.parts(job)[0].crashes == 0


def test_trouble_of_the_morning_does_not_make_the_waits_of_the_afternoon_long(lab: Lab) -> None:
    lab.job()
    waits_of(lab, lab.begin(), 8)
    lab.pass_time(4 * 3600)
    lab.expire()
    assert round(waits_of(lab, lab.begin(), 1)[0]) == 1


def test_what_can_only_be_done_later_waits_until_then_and_is_told_once(lab: Lab) -> None:
    job = lab.job()
    lab.split(3)
    opens = datetime(2030, 1, 4, 8, 30, tzinfo=UTC)
    for _ in range(3):
        lease = lab.begin()
        lab.act(lifecycle.postpone, lease, TargetClosedError(until=opens, robot="財務", opens="8:30"))
        assert (lab.part(lease.part_id).not_before, lab.part(lease.part_id).crashes) == (opens, 0)
    assert lab.told(job).count("waits-target-closed") == 1
    assert "postponed" not in lab.told(job)


def test_what_is_over_in_a_moment_is_no_news(lab: Lab) -> None:
    job = lab.job()
    lab.split(1)
    before = lab.told(job)
    lease = lab.begin()
    lab.act(lifecycle.postpone, lease, SeatsTakenError(seconds=2, robot="財務"))
    assert lab.told(job) == before
    lab.pass_time(2)
    assert lab.begin().part_id == lease.part_id


def test_another_reason_to_wait_is_told_again(lab: Lab) -> None:
    job = lab.job()
    lab.split(1)
    for reason in (KeyingStoppedError(), KeyingStoppedError(), TargetOnHoldError(seconds=1, robot="財務")):
        lab.act(lifecycle.postpone, lab.begin(), reason)
        lab.pass_time(2)
    assert [event for event in lab.told(job) if event.startswith("waits")] == [
        "waits-keying-stopped",
        "waits-target-on-hold",
    ]


def test_many_parts_that_are_postponed_together_each_wait_a_little(lab: Lab) -> None:
    lab.job()
    lab.split(8)
    leases = [lab.begin() for _ in range(8)]
    for lease in leases:
        lab.act(lifecycle.postpone, lease, StoreUnreachableError(reason="x"))
        part = lab.part(lease.part_id)
        assert part.not_before is not None
        with lab.database.reading() as session:
            assert (part.not_before - hours.now(session)).total_seconds() < 1.5


def test_a_message_that_could_not_be_sent_waits_again_unless_somebody_claimed_it_all_the_same(lab: Lab) -> None:
    lab.job()
    lease = lab.lease()
    lab.act(lifecycle.unsend, lease)
    assert lab.part(lease.part_id).state == PartState.WAITING
    lease = lab.begin()
    lab.act(lifecycle.unsend, lease)
    assert lab.part(lease.part_id).state == PartState.LEASED


# --- split, work, join ------------------------------------------------------------------------------------


def test_a_job_goes_from_hand_in_to_done(lab: Lab) -> None:
    job = lab.job()
    lab.split(2)
    assert lab.look(job).expected == 120.0
    lab.work()
    assert Stage.JOIN not in [part.stage for part in lab.parts(job)]
    lab.work()
    lab.finish(lab.begin())
    done = lab.look(job)
    assert (done.status, done.verified) == (JobState.DONE, 120.0)
    assert done.ended_at is not None
    assert all(state == PartState.DONE for _, state in parts_by_state(done.parts))
    assert [(file.role, file.name) for file in done.files] == [("input", "会議.wav"), ("output", "議事録.txt")]
    assert lab.told(job) == ["received", "started", "done", "no-baseline"]


def test_a_recording_without_anything_to_do_is_joined_at_once(lab: Lab) -> None:
    job = lab.job()
    lab.split(0)
    assert parts_by_state(lab.parts(job)) == [(Stage.SPLIT, PartState.DONE), (Stage.JOIN, PartState.WAITING)]


def test_work_that_ends_before_the_split_does_not_bring_the_join(lab: Lab) -> None:
    job = lab.job()
    split = lab.begin()
    lab.act(lifecycle.add_work, split, [NewPart(0, 60.0, {})])
    lab.work()
    assert Stage.JOIN not in [part.stage for part in lab.parts(job)]
    lab.act(lifecycle.checkpoint, split, {}, 0.0)
    assert [part.stage for part in lab.parts(job)].count(Stage.JOIN) == 1


def test_the_join_comes_exactly_once_when_the_last_parts_end_at_the_same_time(lab: Lab) -> None:
    for _ in range(4):
        job = lab.job()
        lab.split(3)
        leases = [lab.begin() for _ in range(3)]
        together = threading.Barrier(3)

        def end(lease: Lease, together: threading.Barrier = together) -> None:
            together.wait(10)
            lab.act(lifecycle.checkpoint, lease, {}, 60.0)

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(end, leases))
        joins = [part for part in lab.parts(job) if part.stage == Stage.JOIN]
        assert [part.state for part in joins] == [PartState.WAITING]
        lab.finish(lab.begin())


def test_the_join_comes_although_each_of_the_last_two_saw_the_other_open(lab: Lab) -> None:
    """One transaction is held open after its checkpoint; the other one must wait for it and then see its result."""
    job = lab.job()
    lab.split(2)
    one, other = lab.begin(), lab.begin()
    with ThreadPoolExecutor(1) as pool:
        with lab.database.transaction() as session:
            lifecycle.checkpoint(session, one.part_id, one.epoch, {}, 60.0)
            second = pool.submit(lab.act, lifecycle.checkpoint, other, {}, 60.0)
            wait([second], timeout=AT_ONCE)
        second.result(20)
    assert [part.stage for part in lab.parts(job)].count(Stage.JOIN) == 1


def test_a_split_that_runs_again_does_not_double_its_parts(lab: Lab) -> None:
    job = lab.job()
    first = lab.begin()
    assert lab.act(lifecycle.add_work, first, [NewPart(0, 60.0, {"wav": "a"}), NewPart(1, 60.0, {"wav": "b"})]) == 2
    done = lab.work()
    lab.pass_time(LEASE + 1)
    lab.expire()
    again = lab.begin()
    assert again.part_id == first.part_id
    parts = [NewPart(number, 60.0, {"wav": f"again {number}"}) for number in range(3)]
    assert lab.act(lifecycle.add_work, again, parts) == 1
    work = [part for part in lab.parts(job) if part.stage == Stage.WORK]
    assert [(part.ordinal, part.payload["wav"]) for part in work] == [(0, "a"), (1, "b"), (2, "again 2")]
    assert lab.part(done.part_id).state == PartState.DONE


def test_a_crash_in_the_middle_decodes_nothing_again_that_was_done(lab: Lab) -> None:
    job = lab.job()
    lab.split(3)
    lab.work()
    lab.begin()
    lab.pass_time(LEASE + 1)
    lab.expire()
    done = [lab.work().part_id for _ in range(2)]
    lab.finish(lab.begin())
    parts = [part for part in lab.parts(job) if part.stage == Stage.WORK]
    assert [part.epoch for part in parts] == [1, 2, 1]
    assert sorted(done) == [parts[1].id, parts[2].id]


def test_a_job_that_people_must_look_at_is_not_done_and_books_nothing_yet(lab: Lab) -> None:
    lab.baseline()
    job = lab.whole_job(review=True)
    assert lab.look(job).status is JobState.REVIEW
    assert lab.told(job)[-1] == "to-review"
    with lab.database.reading() as session:
        assert hours.of_job(session, job) == []


# --- bad ends ---------------------------------------------------------------------------------------------


def test_what_cannot_be_done_fails_with_the_reason_in_both_languages_and_keeps_the_original(lab: Lab) -> None:
    job = lab.job()
    lab.split(3)
    lease = lab.begin()
    lab.begin()
    lab.act(lifecycle.fail, lease, Failure.of(FileEmptyError(name="会議.wav")))
    failed = lab.look(job)
    assert failed.status is JobState.FAILED
    assert failed.failure is not None
    assert failed.failure["code"] == "file-empty"
    assert "会議.wav" in failed.failure["sentences"]["ja"]
    assert failed.failure["sentences"].keys() == {"ja", "en"}
    assert {state for stage, state in parts_by_state(failed.parts) if stage == Stage.WORK} == {PartState.FAILED}
    assert lab.told(job)[-1] == "failed"
    assert lab.store.size(failed.files[0].key) == failed.files[0].size
    lab.workers("w1", "w2")
    assert lab.dispatch() == []


def test_a_waiting_job_can_be_cancelled(lab: Lab) -> None:
    job = lab.job()
    with lab.database.transaction() as session:
        lifecycle.cancel(session, job, "sato")
    assert lab.look(job).status is JobState.CANCELLED
    assert lab.told(job) == ["received", "cancelled"]
    lab.workers("w1")
    assert lab.dispatch() == []


def test_a_message_of_a_cancelled_job_is_dropped(lab: Lab) -> None:
    job = lab.job()
    lease = lab.lease()
    with lab.database.transaction() as session:
        lifecycle.cancel(session, job, "sato")
    with pytest.raises(LeaseLostError):
        lab.claim(lease)


@pytest.mark.parametrize("end", ["done", "failed", "cancelled", "quarantined"])
def test_what_has_ended_cannot_be_cancelled(lab: Lab, end: str) -> None:
    job = ended(lab, end)
    with pytest.raises(JobEndedError), lab.database.transaction() as session:
        lifecycle.cancel(session, job, "sato")
    assert lab.look(job).state == end


def ended(lab: Lab, end: str) -> int:
    """A job that ended so."""
    if end == "done":
        return lab.whole_job()
    job = lab.job()
    if end == "cancelled":
        with lab.database.transaction() as session:
            lifecycle.cancel(session, job, "sato")
    elif end == "failed":
        lab.act(lifecycle.fail, lab.begin(), Failure.of(FileEmptyError(name="x")))
    else:
        lab.act(lifecycle.crash, lab.begin(), 1)
    return job


def test_of_cancelling_and_finishing_at_the_same_time_exactly_one_wins(lab: Lab) -> None:
    lab.baseline()
    for _ in range(6):
        job = lab.job()
        lab.split(1)
        lab.work()
        lease = lab.begin()
        together = threading.Barrier(2)

        def finish(lease: Lease = lease, together: threading.Barrier = together) -> DigilabError | None:
            together.wait(10)
            try:
                lab.finish(lease)
            except LeaseLostError as error:
                return error
            return None

        def cancel(job: int = job, together: threading.Barrier = together) -> DigilabError | None:
            together.wait(10)
            try:
                with lab.database.transaction() as session:
                    lifecycle.cancel(session, job, "sato")
            except JobEndedError as error:
                return error
            return None

        with ThreadPoolExecutor(2) as pool:
            refused = [each.result(20) for each in (pool.submit(finish), pool.submit(cancel))]
        assert sorted(each is None for each in refused) == [False, True]
        state = lab.look(job).status
        with lab.database.reading() as session:
            booked = len(hours.of_job(session, job))
        assert (state, booked) == ((JobState.DONE, 1) if refused[0] is None else (JobState.CANCELLED, 0))
        assert len(lab.files(job)) == (2 if state is JobState.DONE else 1)


@pytest.mark.parametrize("end", ["failed", "cancelled", "quarantined"])
def test_what_ended_badly_can_be_tried_again_and_then_ends_well(lab: Lab, end: str) -> None:
    job = ended(lab, end)
    with lab.database.transaction() as session:
        lifecycle.retry(session, job, "boss")
    again = lab.look(job)
    assert (again.status, again.failure, again.ended_at) == (JobState.RECEIVED, None, None)
    assert [(part.state, part.crashes) for part in again.parts] == [(PartState.WAITING, 0)]
    lab.split(1)
    lab.work()
    lab.finish(lab.begin())
    assert lab.look(job).status is JobState.DONE


def test_trying_again_keeps_what_was_finished(lab: Lab) -> None:
    job = lab.job()
    lab.split(3)
    first = lab.work()
    lab.act(lifecycle.fail, lab.begin(), Failure.of(FileEmptyError(name="x")))
    with lab.database.transaction() as session:
        lifecycle.retry(session, job, "boss")
    part = lab.part(first.part_id)
    assert (part.state, part.result) == (PartState.DONE, {"text": "part 0"})
    assert {lab.work().part_id, lab.work().part_id}.isdisjoint({first.part_id})
    lab.finish(lab.begin())
    assert lab.look(job).status is JobState.DONE


def test_a_worker_of_before_cannot_write_into_the_second_try(lab: Lab) -> None:
    job = lab.job()
    lease = lab.begin()
    with lab.database.transaction() as session:
        lifecycle.cancel(session, job, "sato")
    with lab.database.transaction() as session:
        lifecycle.retry(session, job, "sato")
    assert lab.begin("w2").epoch > lease.epoch
    with pytest.raises(LeaseLostError):
        lab.act(lifecycle.checkpoint, lease, {}, 0.0)


@pytest.mark.parametrize("state", ["received", "running", "review", "done"])
def test_what_did_not_end_badly_cannot_be_tried_again(lab: Lab, state: str) -> None:
    job = lab.whole_job(review=state == "review") if state in ("review", "done") else lab.job()
    if state == "running":
        lab.begin()
    with pytest.raises(JobNotEndedError), lab.database.transaction() as session:
        lifecycle.retry(session, job, "boss")
    assert lab.look(job).state == state


def test_a_job_cancelled_while_people_were_to_look_at_it_goes_back_to_them(lab: Lab) -> None:
    """There is nothing left for a worker to do; it must not wait for one for ever."""
    job = lab.whole_job(review=True)
    with lab.database.transaction() as session:
        lifecycle.cancel(session, job, "sato")
    assert lab.look(job).status is JobState.CANCELLED
    with lab.database.transaction() as session:
        lifecycle.retry(session, job, "sato")
    back = lab.look(job)
    assert back.status is JobState.REVIEW
    assert len(back.files) == 2


@pytest.mark.parametrize("act", [lifecycle.cancel, lifecycle.retry])
def test_a_job_that_does_not_exist_is_not_found(lab: Lab, act: Callable[..., Job]) -> None:
    with pytest.raises(NotFoundError), lab.database.transaction() as session:
        act(session, 424242, "boss")


def test_steps_done_are_those_of_finished_and_running_work(lab: Lab) -> None:
    from digilab.jobs import sight

    job = lab.job()
    lab.split(3)
    lab.work()
    lab.act(lifecycle.renew, lab.begin(), LEASE, 30.0)
    with lab.database.reading() as session:
        progress = sight.progress(session, session.get_one(Job, job))
    assert (progress.done, progress.total, progress.share) == (90.0, 180.0, 0.5)
