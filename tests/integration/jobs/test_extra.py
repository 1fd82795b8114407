"""Extra parts: what is done with a job's results once it has ended. Whatever becomes of one, its job stays what it is."""

from typing import Any

import pytest

from digilab.errors import ExtraRefusedError, JobNotInReviewError, LeaseLostError, OptionsMalformedError
from digilab.hours import use as hours
from digilab.jobs import lifecycle
from digilab.jobs.backlog import Lease
from digilab.jobs.lifecycle import Failure, NewPart
from digilab.jobs.records import Job, Part
from digilab.jobs.rules import JobState, PartState, Priority, Stage
from integration.jobs.lab import CRASHES, LEASE, Lab

ASKED = NewPart(0, 12.0, {"speakers": "auto"})


def extra_part(lab: Lab, job_id: int) -> Part:
    [part] = [each for each in lab.parts(job_id) if each.stage == Stage.EXTRA]
    return part


def separated(lab: Lab, lease: Lease, text: str = "S1 本日は") -> Job:
    job: Job = lab.act(
        lifecycle.finish_extra,
        lease,
        outputs=[lab.output(lease, text=text)],
        result={"speakers": 2},
        event="speakers-separated",
        told={"speakers": 2},
    )
    return job


def text_of(lab: Lab, job_id: int) -> str:
    [output] = [file for file in lab.files(job_id) if file.role == "output"]
    with lab.store.open(output.key) as blocks:
        return b"".join(blocks).decode()


def booked(lab: Lab, job_id: int) -> list[float]:
    with lab.database.reading() as session:
        return [each.net_minutes for each in hours.of_job(session, job_id)]


@pytest.fixture(params=[False, True], ids=["done", "review"])
def review(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_what_a_join_asks_for_is_given_out_after_the_job_has_ended(lab: Lab, review: bool) -> None:
    job = lab.whole_job(extra=[ASKED], review=review)
    before = lab.look(job)
    assert before.status is (JobState.REVIEW if review else JobState.DONE)
    lease = lab.begin()
    part = lab.part(lease.part_id)
    assert (part.job_id, part.stage, part.payload) == (job, Stage.EXTRA, {"speakers": "auto"})
    assert lab.look(job).status is before.status


def test_it_writes_the_results_anew_and_leaves_state_end_and_hours(lab: Lab) -> None:
    lab.baseline()
    job = lab.whole_job(extra=[ASKED])
    before, hours_before = lab.look(job), booked(lab, job)
    [old] = [file.key for file in lab.files(job) if file.role == "output"]
    separated(lab, lab.begin())
    after = lab.look(job)
    assert text_of(lab, job) == "S1 本日は"
    assert (after.state, after.ended_at, after.verified) == (before.state, before.ended_at, before.verified)
    assert booked(lab, job) == hours_before != []
    assert lab.told(job)[-1] == "speakers-separated"
    assert old in lab.kept("outputs/")  # whoever fetches it at this moment gets it whole


def test_everything_else_goes_first_however_old_or_urgent_its_job_was(lab: Lab) -> None:
    lab.whole_job(extra=[ASKED], priority=Priority.URGENT)
    lab.pass_time(3600)
    newer = lab.job("suzuki", priority=Priority.LOW)
    assert lab.lease().job_id == newer


def test_many_extra_parts_do_not_hide_what_is_next(lab: Lab) -> None:
    for _ in range(3):
        lab.whole_job(extra=[ASKED])
    newer = lab.job()
    assert lab.lease().job_id == newer


def test_one_that_waits_for_hours_gets_its_turn(lab: Lab) -> None:
    job = lab.whole_job(extra=[ASKED])
    lab.pass_time(13 * 3600)
    lab.job("suzuki")
    assert lab.lease().job_id == job


def test_a_job_whose_extra_part_crashes_again_and_again_is_never_put_aside(lab: Lab) -> None:
    job = lab.whole_job(extra=[ASKED], review=True)
    state = lab.look(job).state
    for _ in range(CRASHES):
        lab.begin()
        lab.pass_time(LEASE + 1)
        lab.expire()
    part = extra_part(lab, job)
    assert part.state == PartState.FAILED
    assert part.result is not None
    assert part.result["failure"]["code"] == "extra-crashed"
    assert "結果のファイル" in part.result["failure"]["sentences"]["ja"]
    assert lab.look(job).state == state
    assert lab.look(job).failure is None
    assert text_of(lab, job) == "本日は"
    assert lab.told(job)[-1] == "extra-failed"
    assert lab.dispatch() == []


def test_an_error_nobody_foresaw_counts_the_same(lab: Lab) -> None:
    job = lab.whole_job(extra=[ASKED])
    for _ in range(CRASHES):
        lab.act(lifecycle.crash, lab.begin(), CRASHES)
        lab.pass_time(2)
    assert extra_part(lab, job).state == PartState.FAILED
    assert lab.look(job).status is JobState.DONE


def test_what_cannot_be_done_fails_alone_in_words(lab: Lab) -> None:
    job = lab.whole_job(extra=[ASKED])
    lab.act(lifecycle.fail, lab.begin(), Failure.of(OptionsMalformedError()))
    part = extra_part(lab, job)
    assert part.result is not None
    assert (part.state, part.result["failure"]["code"]) == (PartState.FAILED, "options-malformed")
    assert lab.look(job).status is JobState.DONE
    assert lab.told(job)[-1] == "extra-failed"


def test_it_is_done_again_alone_with_another_payload(lab: Lab) -> None:
    job = lab.whole_job(extra=[ASKED])
    separated(lab, lab.begin())
    epochs = [part.epoch for part in lab.parts(job) if part.stage != Stage.EXTRA]
    again(lab, job, {"speakers": "3"})
    lease = lab.begin()
    assert lab.part(lease.part_id).payload == {"speakers": "3"}
    separated(lab, lease, "S3 本日は")
    assert text_of(lab, job) == "S3 本日は"
    assert [part.epoch for part in lab.parts(job) if part.stage != Stage.EXTRA] == epochs
    assert lab.told(job)[-2:] == ["extra-asked", "speakers-separated"]


def again(lab: Lab, job_id: int, payload: dict[str, Any]) -> None:
    with lab.database.transaction() as session:
        lifecycle.ask_again(session, session.get_one(Job, job_id), payload, "sato")


def test_a_worker_that_is_at_the_earlier_one_is_refused(lab: Lab) -> None:
    job = lab.whole_job(extra=[ASKED])
    first = lab.begin()
    again(lab, job, {"speakers": "3"})
    with pytest.raises(LeaseLostError):
        separated(lab, first)
    second = lab.begin("w2")
    assert (second.part_id, second.epoch) == (first.part_id, first.epoch + 1)
    separated(lab, second)


def test_a_job_that_never_had_one_can_be_given_one(lab: Lab) -> None:
    job = lab.whole_job()
    again(lab, job, {"speakers": "2"})
    separated(lab, lab.begin())
    assert extra_part(lab, job).state == PartState.DONE


def test_after_a_failure_it_can_be_asked_for_again(lab: Lab) -> None:
    job = lab.whole_job(extra=[ASKED])
    lab.act(lifecycle.fail, lab.begin(), Failure.of(OptionsMalformedError()))
    again(lab, job, {"speakers": "2"})
    assert extra_part(lab, job).result is None
    separated(lab, lab.begin())


def test_without_results_there_is_nothing_to_do_extra(lab: Lab) -> None:
    received, failed, cancelled = lab.job(), lab.job(), lab.job()
    lab.begin()
    lab.act(lifecycle.fail, lab.begin(), Failure.of(OptionsMalformedError()))
    with lab.database.transaction() as session:
        lifecycle.cancel(session, cancelled, "sato")
    for job in (received, failed, cancelled):
        assert not lab.look(job).status.ended_well
        with pytest.raises(ExtraRefusedError):
            again(lab, job, {})


def test_a_cancelled_job_has_none_and_one_that_comes_back_has_it_again(lab: Lab) -> None:
    job = lab.whole_job(extra=[ASKED], review=True)
    lease = lab.begin()
    with lab.database.transaction() as session:
        lifecycle.cancel(session, job, "sato")
    with pytest.raises(LeaseLostError):
        separated(lab, lease)
    assert lab.dispatch() == []
    with lab.database.transaction() as session:
        lifecycle.retry(session, job, "sato")
    assert lab.look(job).status is JobState.REVIEW
    separated(lab, lab.begin())


def test_one_that_failed_by_itself_does_not_come_back_with_its_job(lab: Lab) -> None:
    job = lab.whole_job(extra=[ASKED], review=True)
    lab.act(lifecycle.fail, lab.begin(), Failure.of(OptionsMalformedError()))
    with lab.database.transaction() as session:
        lifecycle.cancel(session, job, "sato")
        lifecycle.retry(session, job, "sato")
    assert lab.look(job).status is JobState.REVIEW
    assert extra_part(lab, job).state == PartState.FAILED


def test_a_person_takes_a_reviewed_result_as_it_is_and_its_hours_are_booked(lab: Lab) -> None:
    lab.baseline()
    job = lab.whole_job(review=True)
    assert booked(lab, job) == []
    with lab.database.transaction() as session:
        lifecycle.accept(session, job, "sato")
    assert lab.look(job).status is JobState.DONE
    assert len(booked(lab, job)) == 1
    assert lab.told(job)[-2:] == ["accepted", "booked"]
    with lab.database.transaction() as session, pytest.raises(JobNotInReviewError):
        lifecycle.accept(session, job, "sato")


def test_while_it_waits_or_runs_its_job_can_be_accepted(lab: Lab) -> None:
    job = lab.whole_job(extra=[ASKED], review=True)
    lease = lab.begin()
    with lab.database.transaction() as session:
        lifecycle.accept(session, job, "sato")
    separated(lab, lease)
    assert lab.look(job).status is JobState.DONE
