"""Setting up, holding, stopping: what the lab can do with robots, and that it is written down."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from digilab.access.people import add_department, add_person, asker
from digilab.access.records import Audit
from digilab.access.rules import Role
from digilab.database.session import Database, now
from digilab.errors import (
    DigilabError,
    ReasonMissingError,
    RobotsStoppedError,
    TargetBusyError,
    TargetHeldError,
    TargetNotSetUpError,
    TargetNumberError,
    TargetUnknownError,
    TargetUrlCredentialsError,
    TargetUrlMalformedError,
    TargetUrlRefusedError,
    TargetWindowError,
)
from digilab.jobs.records import Job, Part
from digilab.jobs.rules import JobState, PartState, Priority, Stage
from digilab.ledger import control
from digilab.ledger.records import LedgerRow
from digilab.services.menu import add_service
from digilab.services.rules import Kind
from digilab.targets.records import Seat
from digilab.targets.use import held_words, hold, lift, open_now, ready, target_named

WHO = "cli:tanaka"
SENTENCES = {"ja": "画面「支出命令入力」に「金額」がありません。", "en": "The screen 支出命令入力 lacks 金額."}


def trail(record: Database) -> list[tuple[str, str, str, dict[str, Any]]]:
    with record.reading() as session:
        lines = session.scalars(select(Audit).order_by(Audit.id))
        return [(line.login, line.action, line.subject, line.detail) for line in lines]


# --- set up -------------------------------------------------------------------------------------------------


def test_only_what_is_given_changes(record: Database) -> None:
    with record.transaction() as session:
        assert control.set_up(session, "expense_entry", WHO, url="https://zaimu.example/", most_rows=40)
    with record.transaction() as session:
        assert not control.set_up(session, "expense_entry", WHO, contexts=4, settle_seconds=1.5)
    with record.reading() as session:
        target = target_named(session, "expense_entry")
        assert (target.url, target.contexts, target.settle_seconds) == ("https://zaimu.example", 4, 1.5)
        assert (target.most_rows, target.most_yen) == (40, 100_000_000)
        assert target_named(session, "bank_transfer").url == ""


def test_what_was_set_is_in_the_audit_trail_with_who(record: Database) -> None:
    with record.transaction() as session:
        control.set_up(
            session, "expense_entry", WHO, url="https://zaimu.example", windows=["月-金 8:30-22:00", "sat 9:00-12:00"]
        )
    assert trail(record) == [
        (
            WHO,
            "robot-set",
            "expense_entry",
            {"url": "https://zaimu.example", "windows": "mon-fri 08:30-22:00; sat 09:00-12:00"},
        )
    ]


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"url": "zaimu"}, TargetUrlMalformedError, "http"),
        ({"url": "https://a:himitsu@zaimu/"}, TargetUrlCredentialsError, "credential set"),
        ({"url": "http://169.254.169.254/"}, TargetUrlRefusedError, "169.254.169.254"),
        ({"contexts": 0}, TargetNumberError, "--contexts"),
        ({"settle_seconds": -1.0}, TargetNumberError, "--settle-seconds"),
        ({"most_rows": 0}, TargetNumberError, "--most-rows"),
        ({"most_yen": 10**13}, TargetNumberError, "1,000,000,000,000"),
        ({"windows": ["いつでも"]}, TargetWindowError, "いつでも"),
        ({"windows": ["mon 9:00-10:00"] * 21}, TargetNumberError, "--window"),
    ],
)
def test_what_cannot_be_set_is_told_in_words_and_changes_nothing(
    record: Database, changes: dict[str, Any], error: type[DigilabError], words: str
) -> None:
    with pytest.raises(error) as refused, record.transaction() as session:
        control.set_up(session, "expense_entry", WHO, **changes)
    assert words in refused.value.sentence("ja")
    assert words in refused.value.sentence("en")
    assert "himitsu" not in refused.value.sentence("ja")
    assert trail(record) == []


def test_a_robot_that_there_is_not_is_refused(record: Database) -> None:
    with record.reading() as session, pytest.raises(TargetUnknownError) as refused:
        target_named(session, "payroll")
    assert "payroll" in refused.value.sentence()


def row_under_way(record: Database, state: str, part_state: PartState = PartState.DONE) -> None:
    with record.transaction() as session:
        department = add_department(session, "210", "会計課")
        person = add_person(
            session, login="sato", name="佐藤", department_code="210", role=Role.STAFF, password="correct horse"
        )
        service = add_service(session, slug="expense", kind=Kind.ROBOT, name="支出命令登録")
        job = Job(
            service_id=service.id,
            kind="robot",
            department_id=department.id,
            person_id=person.id,
            title="支払",
            state=JobState.REVIEW,
            priority=Priority.NORMAL,
            fingerprint="f",
            options={},
        )
        job.created_at = now(session)
        session.add(job)
        session.flush()
        part = Part(
            job_id=job.id,
            department_id=department.id,
            capability="robot",
            stage=Stage.WORK,
            ordinal=0,
            state=part_state,
            priority=Priority.NORMAL,
            epoch=1,
            payload={},
            weight=1.0,
            not_before=job.created_at,
            created_at=job.created_at,
        )
        session.add(part)
        session.flush()
        session.add(Seat(target_id=target_named(session, "expense_entry").id, number=1, part_id=part.id, epoch=1))
        session.add(
            LedgerRow(
                job_id=job.id,
                target_id=target_named(session, "expense_entry").id,
                number=1,
                reference="DL1-1-0",
                file="rows.xlsx",
                sheet="支出命令",
                line=2,
                values={},
                business_key="k",
                state=state,
                findings=[],
                evidence={},
                changed_at=job.created_at,
            )
        )


def test_the_address_stays_while_a_robot_is_signed_in_there(record: Database) -> None:
    with record.transaction() as session:
        control.set_up(session, "expense_entry", WHO, url="https://old.example")
    row_under_way(record, "ready", PartState.LEASED)
    with pytest.raises(TargetBusyError) as refused, record.transaction() as session:
        control.set_up(session, "expense_entry", WHO, url="https://new.example")
    assert "サインイン 1 件" in refused.value.sentence()


@pytest.mark.parametrize("state", ["intent", "sent", "unknown"])
def test_the_address_stays_while_rows_must_be_looked_up_there(record: Database, state: str) -> None:
    with record.transaction() as session:
        control.set_up(session, "expense_entry", WHO, url="https://old.example")
    row_under_way(record, state)
    with pytest.raises(TargetBusyError) as refused, record.transaction() as session:
        control.set_up(session, "expense_entry", WHO, url="https://new.example")
    assert "1 行" in refused.value.sentence()
    with record.transaction() as session:
        control.set_up(session, "expense_entry", WHO, url="https://OLD.example/", contexts=1)
        control.set_up(session, "bank_transfer", WHO, url="https://new.example")
    with record.reading() as session:
        assert target_named(session, "expense_entry").url == "https://old.example"


def test_the_address_may_change_when_nothing_is_under_way(record: Database) -> None:
    with record.transaction() as session:
        control.set_up(session, "expense_entry", WHO, url="https://old.example")
    row_under_way(record, "done")
    with record.transaction() as session:
        control.set_up(session, "expense_entry", WHO, url="https://new.example")
        assert target_named(session, "expense_entry").url == "https://new.example"


# --- hold and lift ------------------------------------------------------------------------------------------


def test_a_held_target_says_why_until_somebody_lifts_it(record: Database) -> None:
    with record.transaction() as session:
        control.set_up(session, "expense_entry", WHO, url="https://zaimu.example")
        hold(session, target_named(session, "expense_entry"), "screen-changed", SENTENCES)
    with record.reading() as session:
        target = target_named(session, "expense_entry")
        assert held_words(target, "ja") == SENTENCES["ja"]
        assert held_words(target, "en") == SENTENCES["en"]
        with pytest.raises(TargetHeldError) as refused:
            ready(target, "ja")
    assert SENTENCES["ja"] in refused.value.sentence()
    with record.transaction() as session:
        lift(session, target_named(session, "expense_entry"), WHO, "画面を確かめた")
    with record.reading() as session:
        ready(target_named(session, "expense_entry"), "ja")
    assert [(login, action) for login, action, _, _ in trail(record)[1:]] == [
        ("robot", "robot-hold"),
        (WHO, "robot-lift"),
    ]
    assert trail(record)[-1][3] == {"code": "screen-changed", "reason": "画面を確かめた"}


def test_the_first_reason_of_a_hold_stays(record: Database) -> None:
    for code in ("screen-changed", "sign-in-refused"):
        with record.transaction() as session:
            hold(session, target_named(session, "expense_entry"), code, SENTENCES)
    with record.reading() as session:
        held = target_named(session, "expense_entry").held
    assert held is not None
    assert held["code"] == "screen-changed"
    assert datetime.fromisoformat(held["at"]).tzinfo is not None


def test_a_hold_is_lifted_with_a_reason_only(record: Database) -> None:
    with record.transaction() as session:
        target = target_named(session, "expense_entry")
        hold(session, target, "screen-changed", SENTENCES)
        for reason in ("", "  ", "a" * 401):
            with pytest.raises(ReasonMissingError):
                lift(session, target, WHO, reason)
        assert target.held is not None


def test_a_target_without_an_address_is_not_ready(record: Database) -> None:
    with record.reading() as session, pytest.raises(TargetNotSetUpError):
        ready(target_named(session, "expense_entry"), "ja")


def test_open_now_asks_the_calendar_that_it_is_given(record: Database) -> None:
    monday = datetime.fromisoformat("2026-11-23T10:00:00+09:00")
    with record.transaction() as session:
        control.set_up(session, "expense_entry", WHO, windows=["mon-fri 08:30-22:00"])
        target = target_named(session, "expense_entry")
        assert open_now(target, monday) is None
        opens = open_now(target, monday, lambda day: day == monday.date())
    assert opens == datetime.fromisoformat("2026-11-24T08:30:00+09:00")


# --- emergency stop -----------------------------------------------------------------------------------------


def test_a_stop_says_who_when_and_why_and_holds_all_robots(record: Database) -> None:
    with record.transaction() as session:
        control.going(session)
        before = now(session)
        control.stop_all(session, WHO, "財務システムの表示がおかしい")
    with record.reading() as session:
        stop = control.stopped(session)
        assert stop is not None
        assert (stop.login, stop.reason) == (WHO, "財務システムの表示がおかしい")
        assert before <= stop.since <= now(session)
        with pytest.raises(RobotsStoppedError) as refused:
            control.going(session)
    assert "財務システムの表示がおかしい" in refused.value.sentence()


def test_a_second_stop_leaves_the_first_ones_reason(record: Database) -> None:
    for reason in ("一度目", "二度目"):
        with record.transaction() as session:
            control.stop_all(session, WHO, reason)
    with record.reading() as session:
        stop = control.stopped(session)
    assert stop is not None
    assert stop.reason == "一度目"


def test_after_resuming_held_targets_are_still_held(record: Database) -> None:
    with record.transaction() as session:
        hold(session, target_named(session, "expense_entry"), "screen-changed", SENTENCES)
        control.stop_all(session, WHO, "点検")
        control.resume_all(session, WHO)
    with record.reading() as session:
        control.going(session)
        assert target_named(session, "expense_entry").held is not None
    assert [action for _, action, _, _ in trail(record)] == ["robot-hold", "robots-stop", "robots-resume"]


def test_who_stops_at_a_page_is_in_the_trail_as_a_person(record: Database) -> None:
    with record.transaction() as session:
        add_department(session, "lab", "デジラボ")
        person = add_person(
            session, login="suzuki", name="鈴木", department_code="lab", role=Role.OPERATOR, password="correct horse"
        )
        control.stop_all(session, asker(person, "10.0.0.5"), "点検")
    with record.reading() as session:
        [line] = session.scalars(select(Audit))
    assert (line.login, line.address, line.person_id) == ("suzuki", "10.0.0.5", person.id)


def test_a_stop_is_seen_by_a_session_that_has_looked_before(record: Database) -> None:
    with record.reading() as session:
        assert control.stopped(session) is None
        session.rollback()
        with record.transaction() as other:
            control.stop_all(other, WHO, "点検")
        assert control.stopped(session) is not None


def test_a_stop_without_a_reason_is_refused(record: Database) -> None:
    with record.transaction() as session:
        with pytest.raises(ReasonMissingError):
            control.stop_all(session, WHO, " ")
        assert control.stopped(session) is None
