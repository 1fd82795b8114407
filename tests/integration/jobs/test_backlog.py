"""Who gets the next free worker, and what a waiting job can say about its place."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from digilab.access import people
from digilab.database.session import Database, now
from digilab.jobs import backlog, lifecycle
from digilab.jobs.backlog import Place
from digilab.jobs.lifecycle import NewPart
from digilab.jobs.records import Job, Part, Pause, Worker
from digilab.jobs.rules import PartState, Priority, Stage
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.jobs.lab import ALIVE, CLAIM, KIND, LEASE, Lab, urgent


def place(lab: Lab, job_id: int) -> Place:
    with lab.database.reading() as session:
        found = backlog.place(session, session.get_one(Job, job_id), ALIVE)
        assert found is not None
        return found


# --- how many ---------------------------------------------------------------------------------------------


def test_nothing_is_given_out_without_a_worker(lab: Lab) -> None:
    lab.job()
    assert lab.dispatch() == []


def test_no_more_is_given_out_than_live_workers_are_free(lab: Lab) -> None:
    for _ in range(5):
        lab.job()
    lab.workers("w1", "w2")
    leases = lab.dispatch()
    assert len(leases) == 2
    assert lab.dispatch() == []
    lab.claim(leases[0], "w1")
    assert lab.dispatch() == []
    lab.workers("w3")
    assert len(lab.dispatch()) == 1


def test_a_worker_that_is_silent_draining_or_of_another_kind_gets_nothing(lab: Lab) -> None:
    lab.job()
    lab.workers("silent")
    lab.pass_time(ALIVE + 1)
    lab.workers("draining", "other")
    with lab.database.transaction() as session:
        session.execute(update(Worker).where(Worker.id == "draining").values(draining=True))
        session.execute(update(Worker).where(Worker.id == "other").values(capability="form"))
    assert lab.dispatch() == []


def test_the_lease_of_a_dead_worker_does_not_keep_a_live_one_idle(lab: Lab) -> None:
    """A worker died on a part and was started again under a new name: it can work before the old lease has run out."""
    for _ in range(2):
        lab.job()
    lab.workers("dead")
    lab.claim(lab.dispatch()[0], "dead")
    lab.pass_time(ALIVE + 1)
    lab.workers("reborn")
    assert lab.leased() == 1
    assert len(lab.dispatch()) == 1


def test_two_clocks_at_once_give_out_no_more_than_one_would(postgresql: Database, folder_store: FolderStore) -> None:
    """The second one counts the free workers while the first one's leases are not committed yet, and sees a more urgent job.

    SQLite has one writer at a time, so there is no such moment there.
    """
    lab = Lab(postgresql, folder_store, InProcessQueue()).furnish()
    for _ in range(2):
        lab.job()
    lab.workers("w1", "w2")
    with ThreadPoolExecutor(1) as pool, lab.database.transaction() as session:
        assert len(backlog.lease_next(session, KIND, CLAIM, ALIVE)) == 2
        lab.job(priority=Priority.URGENT)
        # It does not even wait for the first one, which may be a clock that was stopped.
        assert pool.submit(lab.dispatch).result(20) == []


def test_a_job_that_somebody_holds_keeps_no_other_from_being_taken_back(
    postgresql: Database, folder_store: FolderStore
) -> None:
    """A worker that stands still in the middle of a transaction, say."""
    lab = Lab(postgresql, folder_store, InProcessQueue()).furnish()
    held, other = lab.job(), lab.job()
    leases = [lab.begin("w1"), lab.begin("w2")]
    lab.pass_time(LEASE + 1)
    with ThreadPoolExecutor(1) as pool, lab.database.transaction() as session:
        session.scalars(select(Job).where(Job.id == held).with_for_update()).one()
        assert pool.submit(lab.expire).result(20) == 1
    assert [lab.part(lease.part_id).state for lease in leases] == [PartState.LEASED, PartState.WAITING]
    assert lab.expire() == 1
    assert lab.told(held)[-1] == lab.told(other)[-1] == "lease-expired"


def test_a_part_that_somebody_holds_keeps_no_other_from_being_taken_back(
    postgresql: Database, folder_store: FolderStore
) -> None:
    lab = Lab(postgresql, folder_store, InProcessQueue()).furnish()
    lab.job()
    lab.job()
    leases = [lab.begin("w1"), lab.begin("w2")]
    lab.pass_time(LEASE + 1)
    with ThreadPoolExecutor(1) as pool, lab.database.transaction() as session:
        session.scalars(select(Part).where(Part.id == leases[0].part_id).with_for_update()).one()
        assert pool.submit(lab.expire).result(20) == 1
    assert [lab.part(lease.part_id).state for lease in leases] == [PartState.LEASED, PartState.WAITING]


def test_each_lease_raises_the_epoch_and_says_until_when_it_may_be_claimed(lab: Lab) -> None:
    lab.job()
    first = lab.lease()
    part = lab.part(first.part_id)
    assert (first.epoch, part.epoch, part.state, part.worker) == (1, 1, PartState.LEASED, None)
    assert part.lease_until is not None
    assert part.leased_at is not None
    assert part.lease_until - part.leased_at == timedelta(seconds=CLAIM)
    lab.pass_time(CLAIM + 1)
    lab.expire()
    assert lab.lease().epoch == 2


# --- which ------------------------------------------------------------------------------------------------


def taken(lab: Lab, count: int) -> list[int]:
    """Jobs of the next parts, as they would be taken if everybody were idle."""
    with lab.database.reading() as session:
        return [each.job_id for each in backlog.order(session, KIND, now(session), count)]


def test_urgent_goes_first_and_low_last(lab: Lab) -> None:
    low, normal, high = (lab.job(priority=each) for each in (Priority.LOW, Priority.NORMAL, Priority.URGENT))
    assert taken(lab, 3) == [high, normal, low]


def test_a_low_job_that_waited_long_goes_before_a_normal_one(lab: Lab) -> None:
    low = lab.job(priority=Priority.LOW)
    lab.pass_time(timedelta(hours=8, minutes=1).total_seconds())
    normal = lab.job()
    assert taken(lab, 2) == [low, normal]


def test_a_long_recording_shares_the_workers_with_the_section_next_door(lab: Lab) -> None:
    long = lab.job("sato")
    lab.split(100)
    other = lab.job("suzuki")
    assert Counter(taken(lab, 1)) == {other: 1}
    assert Counter(taken(lab, 2)) == {long: 1, other: 1}


def test_what_a_department_used_lately_counts_and_fades(lab: Lab) -> None:
    # 総務課 has used 60, 税務課 600, half of which is forgotten after three hours and all after six.
    for login, weight in (("sato", 60.0), ("suzuki", 600.0)):
        lab.job(login)
        lab.split(1, weight)
        lab.work()
        lab.finish(lab.begin())
    waiting = {login: lab.job(login) for login in ("suzuki", "sato")}
    assert taken(lab, 2) == [waiting["sato"], waiting["suzuki"]]
    lab.pass_time(timedelta(hours=6, minutes=1).total_seconds())
    assert taken(lab, 2) == [waiting["suzuki"], waiting["sato"]]


def test_a_department_with_twice_the_share_gets_twice_as_much(lab: Lab) -> None:
    with lab.database.transaction() as session:
        people.add_department(session, "010", "総務課", 2.0)
    jobs = {}
    for login in ("sato", "suzuki"):
        jobs[login] = lab.job(login)
        lab.split(40)
    counted = Counter(taken(lab, 30))
    assert abs(counted[jobs["sato"]] - 2 * counted[jobs["suzuki"]]) <= 2


def test_the_join_of_an_old_job_goes_before_the_many_parts_of_a_newer_one(lab: Lab) -> None:
    """The join is the youngest part of all; what counts is the age of its job."""
    old = lab.job()
    lab.split(1)
    newer = lab.job()
    lease = lab.begin()
    assert lease.job_id == old
    with lab.database.transaction() as session:
        split = next(part for part in lab.parts(newer) if part.stage == Stage.SPLIT)
        session.execute(update(Part).where(Part.id == split.id).values(state=PartState.LEASED, worker="w9", epoch=1))
        lifecycle.add_work(session, split.id, 1, [NewPart(number, 60.0, {}) for number in range(20)])
    lab.act(lifecycle.checkpoint, lease, {}, 60.0)
    assert taken(lab, 1) == [old]
    joined = lab.begin()
    assert (joined.job_id, lab.part(joined.part_id).stage) == (old, Stage.JOIN)


def test_parts_go_out_in_order_of_the_recording(lab: Lab) -> None:
    lab.job()
    lab.split(12)
    ordinals = []
    for _ in range(12):
        lease = lab.lease()
        ordinals.append(lab.part(lease.part_id).ordinal)
    assert ordinals == list(range(12))


def test_what_is_postponed_waits_and_lets_others_pass(lab: Lab) -> None:
    first, second = lab.job(), lab.job()
    with lab.database.transaction() as session:
        session.execute(
            update(Part).where(Part.job_id == first).values(not_before=now(session) + timedelta(seconds=60))
        )
    assert taken(lab, 9) == [second]
    lab.pass_time(61)
    assert taken(lab, 9) == [first, second]


def test_a_choice_over_very_many_jobs_looks_at_the_head_of_each_department(lab: Lab) -> None:
    """As many parts as are asked for, in the same order as when everything is looked at."""
    for number in range(12):
        lab.job("sato" if number % 3 else "suzuki", priority=Priority(number % 3))
    whole = taken(lab, 100)
    assert len(whole) == 12
    for count in range(12):
        assert taken(lab, count) == whole[:count]


# --- holding it -------------------------------------------------------------------------------------------


def test_while_a_kind_is_paused_nothing_is_given_out_and_what_runs_goes_on(lab: Lab) -> None:
    lab.job()
    running = lab.begin()
    lab.job()
    lab.workers("w1", "w2", "w3")
    with lab.database.transaction() as session:
        backlog.pause(session, KIND, "boss", "保守")
        backlog.pause(session, KIND, "boss", "もう一度")
    assert lab.dispatch() == []
    lab.act(lifecycle.checkpoint, running, {}, 0.0)
    with lab.database.transaction() as session:
        backlog.resume(session, KIND)
        backlog.resume(session, KIND)
    assert len(lab.dispatch()) > 0


def test_two_who_hold_a_kind_at_once_hold_it_once(postgresql: Database, folder_store: FolderStore) -> None:
    lab = Lab(postgresql, folder_store, InProcessQueue()).furnish()

    def second() -> None:
        with lab.database.transaction() as session:
            backlog.pause(session, KIND, "suzuki", "保守")

    with ThreadPoolExecutor(1) as pool:
        with lab.database.transaction() as session:
            backlog.pause(session, KIND, "sato", "停電")
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(0.4)
        waiting.result(20)
    with lab.database.reading() as session:
        assert [each.login for each in session.scalars(select(Pause))] == ["sato"]


def test_a_paused_kind_does_not_hold_another(lab: Lab) -> None:
    lab.job()
    with lab.database.transaction() as session:
        backlog.pause(session, "form", "boss", "保守")
    lab.workers("w1")
    assert len(lab.dispatch()) == 1


# --- your place in the queue ------------------------------------------------------------------------------


def test_a_job_knows_how_many_are_before_it(lab: Lab) -> None:
    jobs = [lab.job() for _ in range(4)]
    assert [place(lab, job).jobs_ahead for job in jobs] == [0, 1, 2, 3]


def test_a_job_that_is_on_its_way_to_a_worker_has_nobody_before_it(lab: Lab) -> None:
    jobs = [lab.job() for _ in range(4)]
    lab.workers("w1")
    lab.dispatch()
    assert [place(lab, job).jobs_ahead for job in jobs] == [0, 0, 1, 2]


def test_a_job_that_runs_or_ended_has_no_place(lab: Lab) -> None:
    job = lab.job()
    lab.begin()
    with lab.database.reading() as session:
        assert backlog.place(session, session.get_one(Job, job), ALIVE) is None


def test_without_a_worker_or_a_measurement_no_time_is_promised(lab: Lab) -> None:
    job = lab.job()
    assert place(lab, job) == Place(0, None, False, 0)
    lab.workers("w1")
    assert place(lab, job) == Place(0, None, False, 1)


def measured(lab: Lab, *, weight: float, seconds: float) -> None:
    """A job of one work part that took so long."""
    job = lab.job("suzuki")
    lab.split(1, weight)
    lab.work()
    lab.finish(lab.begin(), verified=weight)
    with lab.database.transaction() as session:
        moment = now(session)
        session.execute(
            update(Part)
            .where(Part.job_id == job, Part.stage == Stage.WORK)
            .values(leased_at=moment - timedelta(seconds=seconds), ended_at=moment)
        )
    lab.pass_time(ALIVE + 1)  # the helpers' workers are gone


def test_the_forecast_is_what_lies_before_it_at_the_pace_of_late(lab: Lab) -> None:
    measured(lab, weight=600.0, seconds=60.0)
    ahead = lab.job()
    job = lab.job()
    lab.workers("w1", "w2")
    # The one before it is not opened yet: taken to be as long as recordings of late. Two workers share it.
    assert place(lab, ahead).seconds == pytest.approx(0.0)
    assert place(lab, job).seconds == pytest.approx(30.0, rel=0.05)


def test_the_forecast_counts_what_workers_have_in_hand(lab: Lab) -> None:
    measured(lab, weight=600.0, seconds=60.0)
    lab.job()
    lab.split(1, 300.0)
    lease = lab.begin("w1")
    lab.pass_time(ALIVE + 1)
    with lab.database.transaction() as session:
        lifecycle.renew(session, lease.part_id, lease.epoch, LEASE, 100.0)
    job = lab.job()
    lab.workers("w1")
    assert place(lab, job).seconds == pytest.approx(20.0, rel=0.05)


def test_a_place_says_that_the_kind_is_paused(lab: Lab) -> None:
    job = lab.job()
    with lab.database.transaction() as session:
        backlog.pause(session, KIND, "boss", "保守")
    assert place(lab, job).paused


def test_priority_moves_a_job_forward(lab: Lab) -> None:
    jobs = [lab.job() for _ in range(3)]
    with lab.database.transaction() as session:
        urgent(session, jobs[2], Priority.URGENT)
    assert [place(lab, job).jobs_ahead for job in jobs] == [1, 2, 0]
