"""What was read goes into the record with the job's end, and what shows a failure goes with the failure."""

import pytest
from sqlalchemy import select

from digilab.errors import JobEndedError, LeaseLostError
from digilab.forms import choose, values
from digilab.forms.records import FieldValue, FormCase, Sheet
from digilab.forms.values import Read
from digilab.jobs import lifecycle
from digilab.jobs.backlog import Lease
from digilab.jobs.lifecycle import Failure, Output
from digilab.jobs.rules import JobState
from doors.definitions import published
from doors.sheets import read
from integration.jobs.lab import Lab

FAILURE = Failure("form-mismatch", {"ja": "帳票が定義と一致しません。", "en": "The scan does not fit."})


def revision_id(lab: Lab) -> int:
    published(lab.database, lab.store, "refund")
    with lab.database.reading() as session:
        [revision] = choose.usable(session, lab.askers["sato"].department_id)
        return revision.id


def joining(lab: Lab) -> Lease:
    """A job before its join's end."""
    lab.job()
    lab.split(1)
    lab.work()
    return lab.begin()


def ended(lab: Lab, lease: Lease, told: Read, *, review: bool = True) -> None:
    lab.act(lifecycle.finish, lease, outputs=[], verified=2.0, review=review, result={}, read=told)


def test_what_was_read_is_in_the_record_when_the_job_ends(lab: Lab) -> None:
    revision = revision_id(lab)
    lease = joining(lab)
    ended(lab, lease, read(revision))
    with lab.database.reading() as session:
        assert [each.verdict for each in values.sheets(session, lease.job_id)] == ["fits", "unknown"]
        assert values.count(session, lease.job_id) == (3, 1)
        first = session.scalars(select(FieldValue).order_by(FieldValue.id)).first()
        assert first is not None
        assert (first.raw, first.value, first.box) == ("￥1,000", "1000", [10.0, 20.5, 30.0, 8.0])
        assert session.scalars(select(FormCase.engine)).all() == ["ocr"]
    assert lab.look(lease.job_id).status is JobState.REVIEW


def test_a_join_that_lost_its_lease_writes_no_value(lab: Lab) -> None:
    revision = revision_id(lab)
    lease = joining(lab)
    lab.pass_time(1000)
    lab.expire()
    with pytest.raises(LeaseLostError):
        ended(lab, lease, read(revision))
    assert [lab.count(table) for table in (Sheet, FormCase, FieldValue)] == [0, 0, 0]


def test_a_large_job_is_written_as_well(lab: Lab) -> None:
    revision = revision_id(lab)
    lease = joining(lab)
    ended(lab, lease, read(revision, sheets=120, fields=20))
    with lab.database.reading() as session:
        assert values.count(session, lease.job_id) == (119 * 20, 119)


def test_values_of_a_job_are_kept_apart_from_anothers(lab: Lab) -> None:
    revision = revision_id(lab)
    for _ in range(2):
        ended(lab, joining(lab), read(revision))
    with lab.database.reading() as session:
        jobs = session.scalars(select(Sheet.job_id).distinct()).all()
        assert [values.count(session, job_id) for job_id in jobs] == [(3, 1), (3, 1)]


def test_a_crop_is_cut_out_of_the_sheets_file(lab: Lab) -> None:
    revision = revision_id(lab)
    lease = joining(lab)
    with lab.store.receive() as incoming:
        incoming.write(bytes(range(100)))
        lab.store.keep(incoming, "evidence/1/work-0-1/1.crops")
    ended(lab, lease, read(revision))
    with lab.database.reading() as session:
        second = session.scalars(select(FieldValue).where(FieldValue.ordinal == 2)).one()
    assert values.crop(lab.store, second) == bytes(range(20, 30))
    second.crop_key = None
    assert values.crop(lab.store, second) is None


def test_a_failed_job_shows_its_pictures_and_a_new_try_takes_them_away(lab: Lab) -> None:
    job_id = lab.job()
    lease = lab.begin()
    with lab.store.receive() as incoming:
        incoming.write(b"%PDF")
        stored = lab.store.keep(incoming, f"outputs/{job_id}/1/x.pdf")
    lab.act(lifecycle.fail, lease, FAILURE, [Output("合わないページ.pdf", "application/pdf", stored)])
    assert [file.name for file in lab.files(job_id) if file.role == "output"] == ["合わないページ.pdf"]
    with lab.database.transaction() as session:
        lifecycle.retry(session, job_id, "sato")
    assert [file.role for file in lab.files(job_id)] == ["input"]
    lab.split(1)
    lab.work()
    lab.finish(lab.begin(), name="合わないページ.pdf")
    assert lab.look(job_id).status is JobState.DONE


def test_a_job_that_goes_back_to_review_keeps_its_results(lab: Lab) -> None:
    job_id = lab.whole_job(review=True)
    with lab.database.transaction() as session:
        lifecycle.cancel(session, job_id, "sato")
        lifecycle.retry(session, job_id, "sato")
    assert lab.look(job_id).status is JobState.REVIEW
    assert [file.role for file in lab.files(job_id)] == ["input", "output"]


def test_a_job_whose_hours_are_booked_is_not_cancelled_when_it_was_taken_back(lab: Lab) -> None:
    lab.baseline()
    job_id = lab.whole_job()
    with lab.database.transaction() as session:
        lifecycle.back_to_review(session, lifecycle.locked(session, job_id), "boss")
    with pytest.raises(JobEndedError), lab.database.transaction() as session:
        lifecycle.cancel(session, job_id, "sato")
    assert lab.look(job_id).status is JobState.REVIEW
