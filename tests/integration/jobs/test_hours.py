"""Hours are net and provable: what is booked, when, from which baseline, and what never is."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from digilab.errors import BaselineMalformedError, FileEmptyError, MinutesMalformedError, NotAllowedError
from digilab.hours import use as hours
from digilab.hours.records import Baseline, Booking
from digilab.jobs import lifecycle
from digilab.jobs.lifecycle import Failure
from digilab.jobs.records import Job
from digilab.jobs.rules import JobState
from digilab.services.menu import service_of
from integration.jobs.lab import AT_ONCE, SERVICE, Lab


def bookings(lab: Lab, job_id: int) -> list[Booking]:
    with lab.database.reading() as session:
        return hours.of_job(session, job_id)


def total(lab: Lab, login: str | None = None) -> float:
    with lab.database.reading() as session:
        return hours.net_minutes(session, lab.askers[login].department_id if login else None)


def report(lab: Lab, job_id: int, minutes: float) -> None:
    with lab.database.transaction() as session:
        lifecycle.report_minutes(session, job_id, minutes, "sato")


def test_a_job_that_ends_well_books_its_verified_volume(lab: Lab) -> None:
    baseline = lab.baseline(4.0)
    job = lab.whole_job(verified=600.0)
    [booking] = bookings(lab, job)
    assert (booking.volume, booking.manual_minutes, booking.net_minutes) == (10.0, 40.0, 40.0)
    assert (booking.sequence, booking.baseline_id, booking.unit) == (0, baseline, "audio-minute")
    assert booking.department_id == lab.askers["sato"].department_id
    assert lab.told(job)[-2:] == ["done", "booked"]


def test_minutes_that_people_spent_are_taken_off_and_a_loss_is_shown(lab: Lab) -> None:
    lab.baseline(4.0)
    job = lab.job()
    report(lab, job, 30.0)
    report(lab, job, 20.0)
    lab.split(1)
    lab.work()
    lab.finish(lab.begin(), verified=600.0)
    [booking] = bookings(lab, job)
    assert (booking.human_minutes, booking.net_minutes) == (50.0, -10.0)
    assert total(lab) == -10.0


def test_minutes_reported_after_booking_are_booked_as_amendments(lab: Lab) -> None:
    lab.baseline(4.0)
    job = lab.whole_job(verified=600.0)
    report(lab, job, 15.0)
    report(lab, job, 5.5)
    assert [(each.sequence, each.volume, each.net_minutes) for each in bookings(lab, job)] == [
        (0, 10.0, 40.0),
        (1, 0.0, -15.0),
        (2, 0.0, -5.5),
    ]
    assert total(lab) == 19.5
    assert lab.look(job).human_minutes == 20.5


@pytest.mark.parametrize("minutes", [-1.0, float("nan"), float("inf"), 100_001.0])
def test_minutes_that_cannot_be_are_refused_and_change_nothing(lab: Lab, minutes: float) -> None:
    lab.baseline()
    job = lab.whole_job()
    with pytest.raises(MinutesMalformedError):
        report(lab, job, minutes)
    assert lab.look(job).human_minutes == 0
    assert len(bookings(lab, job)) == 1


def test_a_job_is_booked_once_however_often_it_is_tried(lab: Lab) -> None:
    lab.baseline()
    job = lab.whole_job()
    for _ in range(3):
        with lab.database.transaction() as session:
            assert lifecycle.book_waiting(session, lab.look(job).service_id) == 0
            found = session.get_one(Job, job)
            assert hours.book(
                session,
                job_id=job,
                service_id=found.service_id,
                department_id=found.department_id,
                unit=found.work.value.unit,
                steps=1.0,
                human_minutes=0.0,
                ended_at=hours.now(session),
            )
    assert len(bookings(lab, job)) == 1


def test_minutes_per_sheet_say_nothing_of_a_recording(lab: Lab) -> None:
    """A service that an earlier version has turned into one of another kind has baselines of both."""
    right = lab.baseline(4.0)
    wrong = lab.baseline(3.0)
    with lab.database.transaction() as session:
        session.get_one(Baseline, wrong).unit = "sheet"
    [booking] = bookings(lab, lab.whole_job(verified=600.0))
    assert (booking.baseline_id, booking.unit, booking.net_minutes) == (right, "audio-minute", 40.0)


def test_that_there_is_no_baseline_is_told_once_however_many_are_approved(lab: Lab) -> None:
    job = lab.whole_job()
    for _ in range(3):
        lab.baseline(valid_from=date(2099, 1, 1))
    assert lab.told(job).count("no-baseline") == 1
    lab.baseline()
    assert lab.told(job).count("booked") == 1


def test_the_record_itself_refuses_a_second_booking(lab: Lab) -> None:
    from sqlalchemy.exc import IntegrityError

    lab.baseline()
    job = lab.whole_job()
    [booking] = bookings(lab, job)
    columns = {
        column.name: getattr(booking, column.name) for column in Booking.__table__.columns if column.name != "id"
    }
    with pytest.raises(IntegrityError), lab.database.transaction() as session:
        session.add(Booking(**columns))


@pytest.mark.parametrize("end", ["trial", "failed", "cancelled", "quarantined", "review"])
def test_what_did_not_really_end_well_books_nothing(lab: Lab, end: str) -> None:
    baseline = lab.baseline()
    job = lab.job(test=end == "trial")
    lab.split(1)
    lab.work()
    lease = lab.begin()
    if end in ("trial", "review"):
        lab.finish(lease, review=end == "review")
    elif end == "failed":
        lab.act(lifecycle.fail, lease, Failure.of(FileEmptyError(name="x")))
    elif end == "quarantined":
        lab.act(lifecycle.crash, lease, 1)
    else:
        with lab.database.transaction() as session:
            lifecycle.cancel(session, job, "sato")
    report(lab, job, 10.0)
    assert lab.approve(baseline) == 0
    assert bookings(lab, job) == []
    assert total(lab) == 0.0


def test_a_job_tried_again_books_once(lab: Lab) -> None:
    lab.baseline()
    job = lab.job()
    lab.act(lifecycle.fail, lab.begin(), Failure.of(FileEmptyError(name="x")))
    with lab.database.transaction() as session:
        lifecycle.retry(session, job, "boss")
    lab.split(1)
    lab.work()
    lab.finish(lab.begin())
    assert len(bookings(lab, job)) == 1


# --- baselines --------------------------------------------------------------------------------------------


def ended_at(lab: Lab, job_id: int, moment: datetime) -> None:
    """A finished, unbooked job ended at another time."""
    with lab.database.transaction() as session:
        session.execute(update(Job).where(Job.id == job_id).values(ended_at=moment))


@pytest.mark.parametrize(
    ("moment", "rate"),
    [
        (datetime(2026, 3, 31, 14, 59, 59, tzinfo=UTC), 3.0),
        (datetime(2026, 3, 31, 15, 0, 0, tzinfo=UTC), 5.0),
        (datetime(2026, 4, 1, 3, 0, 0, tzinfo=UTC), 5.0),
    ],
    ids=["23:59:59 in Japan", "0:00 in Japan", "at noon"],
)
def test_the_baseline_in_force_on_the_day_in_japan_is_taken(lab: Lab, moment: datetime, rate: float) -> None:
    job = lab.whole_job(verified=60.0)
    ended_at(lab, job, moment)
    old = lab.baseline(3.0, date(2025, 4, 1), approved=False)
    new = lab.baseline(5.0, date(2026, 4, 1), approved=False)
    with lab.database.transaction() as session:
        for number in (old, new):
            hours.approve(session, session.get_one(Baseline, number), lab.askers["boss"])
        assert lifecycle.book_waiting(session, lab.look(job).service_id) == 1
    assert [each.manual_minutes for each in bookings(lab, job)] == [rate]


def test_without_an_approved_baseline_a_job_says_so_and_is_booked_on_approval(lab: Lab) -> None:
    baseline = lab.baseline(approved=False)
    job = lab.whole_job(verified=600.0)
    trial = lab.whole_job(test=True)
    assert bookings(lab, job) == []
    assert lab.told(job)[-1] == "no-baseline"
    report(lab, job, 5.0)
    assert lab.approve(baseline) == 1
    assert [each.net_minutes for each in bookings(lab, job)] == [35.0]
    assert bookings(lab, trial) == []
    assert lab.told(job)[-1] == "booked"


def test_a_baseline_that_begins_later_books_nothing_of_before(lab: Lab) -> None:
    job = lab.whole_job()
    lab.baseline(valid_from=date(2999, 1, 1))
    assert bookings(lab, job) == []


def test_a_newer_baseline_leaves_what_was_booked_as_it_is(lab: Lab) -> None:
    lab.baseline(4.0)
    job = lab.whole_job(verified=60.0)
    lab.baseline(10.0)
    assert [each.net_minutes for each in bookings(lab, job)] == [4.0]
    assert [each.net_minutes for each in bookings(lab, lab.whole_job(verified=60.0))] == [10.0]


def test_only_an_administrator_approves(lab: Lab) -> None:
    baseline = lab.baseline(approved=False)
    for login in ("sato", "suzuki", "audit"):
        with pytest.raises(NotAllowedError):
            lab.approve(baseline, login)
    with lab.database.reading() as session:
        assert session.get_one(Baseline, baseline).approved_at is None


def test_an_approval_stays_as_it_was_given(lab: Lab) -> None:
    baseline = lab.baseline()
    with lab.database.reading() as session:
        first = session.get_one(Baseline, baseline).approved_at
    lab.approve(baseline)
    with lab.database.reading() as session:
        assert session.get_one(Baseline, baseline).approved_at == first


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes_per_unit": 0.0},
        {"minutes_per_unit": -4.0},
        {"minutes_per_unit": float("nan")},
        {"minutes_per_unit": 10_001.0},
        {"owner": " "},
        {"evidence": ""},
    ],
    ids=str,
)
def test_a_baseline_without_sense_owner_or_evidence_is_refused(lab: Lab, wrong: dict[str, Any]) -> None:
    right = {"minutes_per_unit": 4.0, "valid_from": date(2026, 4, 1), "owner": "課長", "evidence": "実測"}
    with pytest.raises(BaselineMalformedError), lab.database.transaction() as session:
        hours.propose(session, service_of(session, SERVICE), **{**right, **wrong})
    assert lab.count(Baseline) == 0


def test_a_job_that_ends_while_its_baseline_is_being_approved_is_booked_all_the_same(lab: Lab) -> None:
    """The approval is held open: the end must wait for it and then see the baseline."""
    baseline = lab.baseline(approved=False)
    job = lab.job()
    lab.split(1)
    lab.work()
    lease = lab.begin()
    with ThreadPoolExecutor(1) as pool:
        with lab.database.transaction() as session:
            found = session.get_one(Baseline, baseline)
            hours.approve(session, found, lab.askers["boss"])
            assert lifecycle.book_waiting(session, found.service_id) == 0
            ending = pool.submit(lab.finish, lease)
            wait([ending], timeout=AT_ONCE)
        ending.result(20)
    assert len(bookings(lab, job)) == 1


def test_an_approval_waits_for_a_job_that_is_just_ending_and_books_it(lab: Lab) -> None:
    baseline = lab.baseline(approved=False)
    job = lab.job()
    lab.split(1)
    lab.work()
    lease = lab.begin()
    with ThreadPoolExecutor(1) as pool:
        with lab.database.transaction() as session:
            lifecycle.finish(session, lease.part_id, lease.epoch, outputs=[], verified=60.0, review=False, result={})
            approving = pool.submit(lab.approve, baseline)
            wait([approving], timeout=AT_ONCE)
        assert approving.result(20) == 1
    assert lab.look(job).status is JobState.DONE
    assert len(bookings(lab, job)) == 1


# --- the sum ----------------------------------------------------------------------------------------------


def test_the_sum_is_that_of_the_rows_for_the_house_and_for_each_department(lab: Lab) -> None:
    lab.baseline(4.0)
    for login, verified in (("sato", 600.0), ("suzuki", 300.0), ("sato", 60.0)):
        report(lab, lab.whole_job(login, verified=verified), 7.0)
    with lab.database.reading() as session:
        rows = list(session.scalars(select(Booking)))
    assert total(lab) == pytest.approx(sum(row.net_minutes for row in rows)) == pytest.approx(64.0 - 21.0)
    assert total(lab, "sato") == pytest.approx(44.0 - 14.0)
    assert total(lab, "suzuki") == pytest.approx(20.0 - 7.0)


def test_without_a_booking_the_sum_is_zero(lab: Lab) -> None:
    assert total(lab) == 0.0
