"""People settle doubts, and the job goes on: on each database."""

from dataclasses import replace
from threading import Thread

import pytest
from sqlalchemy import select, update

from digilab.access.rules import Asker
from digilab.errors import (
    AnswerNotTakenError,
    AnswerTooLongError,
    DoubtsOpenError,
    HeldPagesError,
    JobNotInReviewError,
    LeaseLostError,
    MinutesMalformedError,
    NotFoundError,
    PersonalNumberTypedError,
    ReopenRefusedError,
)
from digilab.forms import choose
from digilab.forms.records import FieldValue
from digilab.hours import use as hours
from digilab.hours.records import Baseline
from digilab.jobs import lifecycle
from digilab.jobs.lifecycle import Failure
from digilab.jobs.records import Job
from digilab.jobs.rules import JobState, PartState, Stage
from digilab.review import use
from digilab.review.records import Answer
from digilab.review.rules import Standing
from digilab.review.use import Reply, Review
from digilab.services.rules import Kind, Unit
from doors.definitions import published
from doors.sheets import read
from integration.jobs.lab import KIND, Lab

FAILURE = Failure("value-broken-character", {"ja": "書き出せません。", "en": "It cannot be written."})


@pytest.fixture
def job(lab: Lab) -> int:
    """A job that waits for people: three cases of two values, of which the first one is in doubt, and a page that was held back."""
    lab.baseline(minutes=3.0)
    published(lab.database, lab.store, "refund")
    with lab.database.reading() as session:
        [revision] = choose.usable(session, lab.askers["sato"].department_id)
    lab.job()
    lab.split(1)
    lab.work()
    lease = lab.begin()
    lab.act(
        lifecycle.finish,
        lease,
        outputs=[],
        verified=3.0,
        review=True,
        result={},
        read=read(revision.id, sheets=4, fields=2),
    )
    return of_forms(lab, lease.job_id)


def of_forms(lab: Lab, job: int) -> int:
    """The lab's small jobs are of recordings; from here on this one is of paper forms."""
    lab.kind = Kind.FORM.value.name
    with lab.database.transaction() as session:
        session.get_one(Job, job).kind = lab.kind
        session.execute(update(Baseline).values(unit=Unit.SHEET))
    return job


def ids(lab: Lab, job: int, **wanted: object) -> list[int]:
    with lab.database.reading() as session:
        query = select(FieldValue.id).where(FieldValue.job_id == job).filter_by(**wanted).order_by(FieldValue.id)
        return list(session.scalars(query))


def make(lab: Lab, number: int, **columns: object) -> None:
    with lab.database.transaction() as session:
        session.execute(update(FieldValue).where(FieldValue.id == number).values(**columns))


def say(lab: Lab, job: int, login: str, *replies: Reply) -> None:
    with lab.database.transaction() as session:
        use.answer(session, job, lab.askers[login], replies)


def seen(lab: Lab, job: int, login: str = "sato") -> Review:
    with lab.database.reading() as session:
        return use.review(session, session.get_one(Job, job), lab.askers[login])


def ended(lab: Lab, job: int, login: str = "sato", minutes: float = 0.0, *, acknowledged: bool = True) -> None:
    with lab.database.transaction() as session:
        if acknowledged:
            use.acknowledge(session, job, lab.askers[login])
        use.finish(session, job, lab.askers[login], minutes)


def settle(lab: Lab, job: int, login: str = "sato") -> None:
    say(lab, job, login, *(Reply(number, "1000") for number in ids(lab, job, decision="look")))


def test_a_job_goes_on_when_every_doubt_is_settled_and_its_hours_are_booked(lab: Lab, job: int) -> None:
    first, second, third = ids(lab, job, decision="look")
    say(lab, job, "sato", Reply(first, "1000", seconds=4.0), Reply(second, "７０００", seconds=8.0))
    assert (seen(lab, job).open, seen(lab, job).seconds) == (1, 12.0)
    with pytest.raises(DoubtsOpenError):
        ended(lab, job)
    say(lab, job, "sato", Reply(third, "", illegible=True))
    with pytest.raises(HeldPagesError):
        ended(lab, job, acknowledged=False)
    ended(lab, job, minutes=2.5)
    assert lab.look(job).status is JobState.RUNNING
    [again] = [part for part in lab.parts(job) if part.stage == Stage.JOIN and part.ordinal == 1]
    assert again.payload == {
        "corrections": {
            "1": {"items.1.amount": "1000"},
            "2": {"items.1.amount": "７０００"},
            "3": {"items.1.amount": "●"},
        }
    }
    lab.finish(lab.begin(), verified=3.0)
    done = lab.look(job)
    assert done.status is JobState.DONE
    assert lab.told(job)[-4:] == ["minutes-reported", "reviewed", "done", "booked"]
    with lab.database.reading() as session:
        [booking] = hours.of_job(session, job)
    assert (booking.volume, booking.human_minutes, booking.net_minutes) == (3.0, 2.5, 6.5)


def test_what_was_read_stays_as_it_was_and_every_answer_is_kept(lab: Lab, job: int) -> None:
    first, *_ = ids(lab, job, decision="look")
    say(lab, job, "sato", Reply(first, "1000"))
    say(lab, job, "sato", Reply(first, "7000"))
    settle(lab, job, "boss")
    with lab.database.reading() as session:
        value = session.get_one(FieldValue, first)
        assert (value.raw, value.value, value.p_wrong) == ("￥1,000", "1000", 0.25)
        answers = session.scalars(select(Answer).where(Answer.value_id == first).order_by(Answer.id)).all()
    assert [(each.text, each.verdict) for each in answers] == [
        ("1000", "confirmed"),
        ("7000", "corrected"),
        ("1000", "confirmed"),
    ]


def test_results_of_the_further_join_take_the_place_of_the_old_ones(lab: Lab) -> None:
    job = of_forms(lab, lab.whole_job(review=True))
    ended(lab, job, acknowledged=False)
    assert results(lab, job) == ["議事録.txt"], "until the new ones are there"
    lab.finish(lab.begin(), name="議事録_確認済み.txt")
    assert results(lab, job) == ["議事録_確認済み.txt"]


def results(lab: Lab, job: int) -> list[str]:
    return [file.name for file in lab.files(job) if file.role == "output"]


def test_what_peoples_word_has_made_doubtful_goes_back_to_them(lab: Lab, job: int) -> None:
    settle(lab, job)
    ended(lab, job, minutes=1.0)
    finding = {"code": "sum-differs", "paths": [], "evidence": {}, "sentences": {"ja": "合計が合いません。", "en": "-"}}
    row = {"case_number": 2, "path": "items.2.amount", "decision": "look", "findings": [finding]}
    lab.act(lifecycle.finish, lab.begin(), outputs=[], verified=3.0, review=True, result={}, read=None, doubted=[row])
    assert (lab.look(job).status, seen(lab, job).open) == (JobState.REVIEW, 1)
    [asked] = [each.value for each in seen(lab, job).asked if each.standing is Standing.OPEN]
    assert (asked.case_number, asked.path, asked.value, asked.findings) == (2, "items.2.amount", "1000", [finding])
    say(lab, job, "sato", Reply(asked.id, "1000"))
    ended(lab, job)
    lab.finish(lab.begin(), verified=3.0)
    assert lab.look(job).status is JobState.DONE
    with lab.database.reading() as session:
        assert [booking.net_minutes for booking in hours.of_job(session, job)] == [8.0]


def test_two_people_key_a_value_and_neither_sees_the_others(lab: Lab, job: int) -> None:
    first, *_ = ids(lab, job, decision="look")
    make(lab, first, decision="two-keys")

    def asked(login: str) -> use.Asked:
        return next(each for each in seen(lab, job, login).asked if each.value.id == first)

    say(lab, job, "sato", Reply(first, "1000"))
    assert (asked("sato").standing, asked("sato").mine) == (Standing.WAITING, "1000")
    assert (asked("boss").mine, asked("boss").keys, asked("boss").word) == (None, (), None)
    say(lab, job, "boss", Reply(first, "7000"))
    assert asked("sato").standing is Standing.DIFFER
    assert (asked("sato").keys, asked("sato").word, asked("sato").may_answer) == ((), None, False)
    with pytest.raises(AnswerNotTakenError):
        say(lab, job, "sato", Reply(first, "7000", settling=True))
    assert asked("audit").keys == (), "who only reads decides nothing"
    assert [key.text for key in asked("boss").keys] == ["1000", "7000"], "one of the lab decides"
    say(lab, job, "boss", Reply(first, "7000", settling=True))
    assert asked("sato").standing is Standing.SETTLED
    settle(lab, job)
    ended(lab, job)
    assert corrected(lab, job)["1"]["items.1.amount"] == "7000"


def corrected(lab: Lab, job: int) -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = lab.parts(job)[-1].payload["corrections"]
    return found


def test_one_person_is_never_both(lab: Lab, job: int) -> None:
    first, *_ = ids(lab, job, decision="look")
    make(lab, first, decision="two-keys")
    settle(lab, job)
    say(lab, job, "sato", Reply(first, "1000"))
    say(lab, job, "sato", Reply(first, "1000"))
    with pytest.raises(DoubtsOpenError):
        ended(lab, job)
    say(lab, job, "boss", Reply(first, "￥1,000".removeprefix("￥")))
    ended(lab, job)


def test_who_keys_blindly_when_both_keys_are_in_decides_nothing(lab: Lab, job: int) -> None:
    first, *_ = ids(lab, job, decision="look")
    make(lab, first, decision="two-keys")
    settle(lab, job)
    say(lab, job, "sato", Reply(first, "1000"))
    say(lab, job, "boss", Reply(first, "1000"))
    third = replace(lab.askers["sato"], person_id=lab.askers["suzuki"].person_id)
    with pytest.raises(AnswerNotTakenError), lab.database.transaction() as session:
        use.answer(session, job, third, [Reply(first, "9999")])
    ended(lab, job)
    assert corrected(lab, job)["1"]["items.1.amount"] == "1000"


def test_a_personal_number_is_confirmed_on_paper_and_never_typed(lab: Lab, job: int) -> None:
    first, second, third = ids(lab, job, decision="look")
    make(lab, first, masked=True, raw="*" * 12, value="*" * 12, type="personal-number")
    with pytest.raises(PersonalNumberTypedError):
        say(lab, job, "sato", Reply(first, "123456789018"))
    say(lab, job, "sato", Reply(first, ""), Reply(second, "1000"), Reply(third, "1000"))
    with lab.database.reading() as session:
        assert session.scalars(select(Answer.text).where(Answer.value_id == first)).all() == [""]
    ended(lab, job)
    assert corrected(lab, job)["1"] == {"items.1.amount": None}


def test_a_value_that_nobody_doubted_may_be_corrected_too(lab: Lab, job: int) -> None:
    sure = ids(lab, job, decision="accept")[0]
    settle(lab, job)
    say(lab, job, "sato", Reply(sure, "1001"))
    assert sure in [each.value.id for each in seen(lab, job).asked]
    ended(lab, job)
    assert corrected(lab, job)["1"] == {"items.1.amount": "1000", "items.2.amount": "1001"}


def test_an_answer_is_one_line_without_control_characters(lab: Lab, job: int) -> None:
    first, *_ = ids(lab, job, decision="look")
    say(lab, job, "sato", Reply(first, " 〇〇市\n\t\u202e東町\ue000 "))
    with lab.database.reading() as session:
        assert session.scalars(select(Answer.text)).all() == ["〇〇市 東町\ue000"]
    with pytest.raises(AnswerTooLongError):
        say(lab, job, "sato", Reply(first, "字" * 1001))


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf"), None])
def test_a_time_that_cannot_be_is_not_kept(lab: Lab, job: int, seconds: float | None) -> None:
    settle(lab, job)
    say(lab, job, "sato", Reply(ids(lab, job, decision="look")[0], "1000", seconds=seconds))
    assert seen(lab, job).seconds == 0.0


def test_another_jobs_value_does_not_exist_and_nothing_of_the_answer_is_kept(lab: Lab, job: int) -> None:
    own = ids(lab, job, decision="look")[0]
    with pytest.raises(NotFoundError):
        say(lab, job, "sato", Reply(own, "1000"), Reply(own + 1000, "1000"))
    assert lab.count(Answer) == 0


def test_nothing_is_answered_unless_the_job_waits_for_people(lab: Lab, job: int) -> None:
    first, *_ = ids(lab, job, decision="look")
    settle(lab, job)
    with pytest.raises(MinutesMalformedError):
        ended(lab, job, minutes=-1)
    ended(lab, job)
    with pytest.raises(JobNotInReviewError):
        say(lab, job, "sato", Reply(first, "1"))
    with pytest.raises(JobNotInReviewError):
        ended(lab, job)


def test_a_further_join_that_lost_its_worker_is_done_by_another(lab: Lab, job: int) -> None:
    settle(lab, job)
    ended(lab, job, minutes=1.0)
    lost = lab.begin()
    lab.pass_time(1000)
    lab.expire()
    with pytest.raises(LeaseLostError):
        lab.finish(lost)
    lab.finish(lab.begin("w2"), verified=3.0)
    assert lab.look(job).status is JobState.DONE
    with lab.database.reading() as session:
        assert [booking.net_minutes for booking in hours.of_job(session, job)] == [8.0]


def test_a_further_join_that_failed_or_was_cancelled_is_tried_again_with_the_same_word(lab: Lab, job: int) -> None:
    settle(lab, job)
    ended(lab, job)
    lab.act(lifecycle.fail, lab.begin(), FAILURE)
    assert lab.look(job).status is JobState.FAILED
    retried(lab, job)
    with lab.database.transaction() as session:
        lifecycle.cancel(session, job, "sato")
    retried(lab, job)
    assert corrected(lab, job)["1"] == {"items.1.amount": "1000"}
    lab.finish(lab.begin(), verified=3.0)
    assert lab.look(job).status is JobState.DONE


def retried(lab: Lab, job: int) -> None:
    with lab.database.transaction() as session:
        lifecycle.retry(session, job, "sato")
    assert [part.state for part in lab.parts(job) if part.stage == Stage.JOIN] == [PartState.DONE, PartState.WAITING]


def test_two_people_who_finish_at_once_make_one_join(lab: Lab, job: int) -> None:
    settle(lab, job)
    askers: list[Asker] = [lab.askers["sato"], lab.askers["boss"]]
    outcomes: list[str] = []

    def end(asker: Asker) -> None:
        try:
            with lab.database.transaction() as session:
                use.acknowledge(session, job, asker)
                use.finish(session, job, asker, 1.0)
            outcomes.append("finished")
        except JobNotInReviewError:
            outcomes.append("too late")

    threads = [Thread(target=end, args=(asker,)) for asker in askers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["finished", "too late"]
    assert len([part for part in lab.parts(job) if part.stage == Stage.JOIN]) == 2
    assert lab.look(job).human_minutes == 1.0


def test_only_a_finished_job_of_paper_forms_is_taken_back(lab: Lab, job: int) -> None:
    lab.kind = KIND
    recording = lab.whole_job()
    for number in (job, recording):
        with pytest.raises(ReopenRefusedError), lab.database.transaction() as session:
            use.reopen(session, number, lab.askers["boss"])
