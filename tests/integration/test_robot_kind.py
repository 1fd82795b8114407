"""The adapter of robots, with the real engine, Chromium and the practice finance system."""

import asyncio
import io
import os
import signal
import sqlite3
import ssl
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from digilab.hours import use as hours
from digilab.jobs import history, lifecycle
from digilab.jobs.records import Part
from digilab.jobs.rules import JobState, Stage
from digilab.ledger import control, use
from digilab.targets.records import Seat
from digilab.targets.rules import DAYS, JST
from digilab.targets.use import lift, target_named
from doors.robot_house import ROBOT, RobotHouse, csv_of
from keying.rows import expense_rows
from robots.assignment import Assignment
from servers.practice import PracticeServer
from workers.kinds.robot_browser import WarmBrowser
from workers.run import Bench


def payments(count: int, first: int = 1) -> list[dict[str, str]]:
    return [dict(row.values) for row in expense_rows(count, first)]


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def told(house: RobotHouse, job: int) -> list[str]:
    with house.office.database.reading() as session:
        return [each.event for each in history.of_job(session, job, "ja")]


def keyed_once(house: RobotHouse, job: int, system: PracticeServer) -> None:
    """Every slip of this job is a row that is 登録済, under its own number, and the other way round."""
    done = {row.receipt: row.reference for row in house.rows(job) if row.state == "done"}
    slips = [line for line in system.vouchers() if str(line["reference"]).startswith(f"DL{job:06d}-")]
    assert done == {str(line["number"]): str(line["reference"]) for line in slips}
    assert len(slips) == len(done)
    assert system.twice() == []


def approved(house: RobotHouse, bench: Bench, rows: list[dict[str, str]], **options: Any) -> int:
    """A job that waits for nothing any more."""
    job = house.hand_in(("支払.csv", csv_of(rows)), **options)
    house.work(bench)
    house.approve(job)
    return job


def reconciliation(house: RobotHouse, job: int) -> Any:
    joins = [part for part in house.job(job).parts if part.stage == Stage.JOIN]
    return (joins[-1].result or {})["reconciliation"]


def test_a_workbook_is_checked_approved_keyed_and_reconciled(
    house: RobotHouse, bench: Bench, system: PracticeServer
) -> None:
    rows = payments(12)
    rows[3]["amount"] = "百円"
    rows[7]["pay_on"] = "令和8年2月30日"
    rows[10] = dict(rows[0])
    job = house.hand_in(("支払.csv", csv_of(rows)))
    house.work(bench)
    assert house.job(job).status is JobState.APPROVAL
    assert house.states(job) == [
        "refused" if number in (4, 8) else "blocked" if number == 11 else "ready" for number in range(1, 13)
    ]
    assert "金額" in house.rows(job)[3].findings[0]["sentences"]["ja"]
    assert system.vouchers() == []

    house.approve(job)
    house.work(bench)
    assert house.states(job).count("done") == 9
    keyed_once(house, job, system)
    first = house.rows(job)[0]
    assert all(house.stored(first.evidence[what]).startswith(b"\xff\xd8") for what in ("confirmation", "result"))
    found = sheets(house.output(job, "_登録結果.xlsx"))
    assert set(found) >= {"登録結果", "突合", "却下・修正用"}
    assert reconciliation(house, job)["agrees"] is True
    assert house.job(job).status is JobState.REVIEW, "a blocked row waits for a person"
    with house.office.database.reading() as session:
        assert hours.of_job(session, job) == []

    # F16: whoever looks into it may release it; then it needs an approval of its own.
    blocked = house.rows(job)[10]
    assert blocked.blocked_by == first.id
    house.do(lambda session: use.release(session, blocked.id, house.askers["ope"], "別の月の支払"))
    house.do(lambda session: use.go_on(session, job, house.askers["sato"]))
    house.work(bench)
    assert (house.job(job).status, len(system.vouchers())) == (JobState.APPROVAL, 9)
    house.approve(job)
    house.work(bench)
    keyed_once(house, job, system)
    assert (house.job(job).status, house.job(job).verified) == (JobState.DONE, 10.0)
    assert [part.ordinal for part in house.job(job).parts if part.stage == Stage.JOIN] == [0, 1]
    with house.office.database.reading() as session:
        [booking] = hours.of_job(session, job)
        assert (booking.volume, booking.unit) == (10.0, "row")
        assert session.scalars(select(Seat)).all() == []


def test_the_same_rows_in_two_files_are_keyed_once(house: RobotHouse, bench: Bench, system: PracticeServer) -> None:
    first = approved(house, bench, payments(3))
    house.work(bench)
    second = house.hand_in(("写し.csv", csv_of(payments(4))))
    house.work(bench)
    assert house.states(second) == ["blocked", "blocked", "blocked", "ready"]
    house.approve(second)
    house.work(bench)
    assert len(system.vouchers()) == 4
    dropped = [row for row in house.rows(second) if row.state == "blocked"]
    for row in dropped:
        house.do(lambda session, row=row: use.drop(session, row.id, house.askers["sato"], "重複"))
    house.do(lambda session: use.go_on(session, second, house.askers["sato"]))
    house.work(bench)
    assert house.job(second).status is JobState.DONE
    assert house.states(second) == ["withdrawn", "withdrawn", "withdrawn", "done"]
    keyed_once(house, first, system)
    keyed_once(house, second, system)


def test_a_row_that_never_arrived_is_settled_by_a_person_and_keyed_again(
    house: RobotHouse, bench: Bench, system: PracticeServer
) -> None:
    system.faults(lose_request_at="2")
    job = approved(house, bench, payments(3))
    house.work(bench)
    assert (house.job(job).status, sorted(house.states(job))) == (JobState.REVIEW, ["done", "done", "unknown"])
    [row] = [row for row in house.rows(job) if row.state == "unknown"]
    assert row.findings[0]["sentences"]["ja"]
    system.no_faults()
    house.do(lambda session: use.settle(session, row.id, house.askers["kacho"], "again", "", "財務に無い"))
    house.do(lambda session: use.go_on(session, job, house.askers["sato"]))
    house.work(bench)
    assert (house.job(job).status, house.states(job)) == (JobState.DONE, ["done"] * 3)
    keyed_once(house, job, system)


def test_a_row_that_arrived_too_late_is_settled_by_a_person_with_its_number(
    house: RobotHouse, bench: Bench, system: PracticeServer
) -> None:
    system.faults(accept_late_s=12, accept_late_at="2")
    job = approved(house, bench, payments(3))
    house.work(bench)
    [row] = [row for row in house.rows(job) if row.state == "unknown"]
    system.wait_for(3)
    [slip] = [str(line["number"]) for line in system.vouchers() if line["reference"] == row.reference]
    house.do(lambda session: use.settle(session, row.id, house.askers["kacho"], "registered", slip))
    with house.office.database.reading() as session:
        assert hours.of_job(session, job) == [], "nothing is booked before people have said what became of it"
    house.do(lambda session: use.go_on(session, job, house.askers["kacho"]))
    house.work(bench)
    assert (house.job(job).status, house.states(job)) == (JobState.DONE, ["done"] * 3)
    with house.office.database.reading() as session:
        [booking] = hours.of_job(session, job)
    assert booking.volume == 3
    assert reconciliation(house, job)["agrees"] is True
    keyed_once(house, job, system)


def test_a_wrong_number_given_by_a_person_is_found_by_the_reconciliation_and_may_be_accepted_with_a_reason(
    house: RobotHouse, bench: Bench, system: PracticeServer
) -> None:
    system.faults(lose_request_at="1")
    job = approved(house, bench, payments(2))
    house.work(bench)
    [row] = [row for row in house.rows(job) if row.state == "unknown"]
    house.do(lambda session: use.settle(session, row.id, house.askers["kacho"], "registered", "9999-1"))
    house.do(lambda session: use.go_on(session, job, house.askers["kacho"]))
    house.work(bench)
    assert house.job(job).status is JobState.REVIEW
    assert [each["row"] for each in reconciliation(house, job)["differences"]] == [row.number]
    house.do(lambda session: use.go_on(session, job, house.askers["kacho"], accept="紙の伝票で登録済み"))
    house.work(bench)
    assert house.job(job).status is JobState.DONE
    assert reconciliation(house, job)["accepted"] == {"reason": "紙の伝票で登録済み", "login": "kacho"}


def test_what_the_finance_system_refuses_comes_back_with_its_words(
    house: RobotHouse, bench: Bench, system: PracticeServer
) -> None:
    system.faults(closed_month="2026-12")
    rows = payments(3)
    rows[1]["pay_on"] = "2026-12-10"
    job = approved(house, bench, rows)
    house.work(bench)
    assert (house.job(job).status, house.states(job)) == (JobState.DONE, ["done", "rejected", "done"])
    rejected = house.rows(job)[1]
    assert rejected.words in rejected.findings[0]["sentences"]["ja"]
    found = sheets(house.output(job, ".xlsx"))["却下・修正用"]
    assert any(rejected.words in str(cell) for line in found for cell in line)
    assert house.job(job).verified == 2.0


def test_a_changed_label_holds_the_robot_until_somebody_lifts_it(
    house: RobotHouse, bench: Bench, system: PracticeServer
) -> None:
    system.faults(rename_label="金額=支出額")
    job = approved(house, bench, payments(2))
    house.work(bench)
    assert house.job(job).status is JobState.RUNNING
    assert house.states(job) == ["ready", "ready"]
    held = house.do(lambda session: target_named(session, ROBOT)).held
    assert held["code"] == "screen-changed"
    assert "金額" in held["sentences"]["ja"]
    for _ in range(3):  # it asks again and again, and tells it once
        house.hurry()
        house.work(bench)
    assert told(house, job).count("waits-target-on-hold") == 1
    system.no_faults()
    house.do(lambda session: lift(session, target_named(session, ROBOT), "ope", "画面が元に戻った"))
    house.hurry()
    house.work(bench)
    assert house.job(job).status is JobState.DONE
    keyed_once(house, job, system)


def test_outside_the_service_hours_a_run_waits_for_them(
    house: RobotHouse, bench: Bench, system: PracticeServer
) -> None:
    later = datetime.now(UTC).astimezone(JST) + timedelta(days=2)
    house.change_target(windows=[{"days": f"{DAYS[later.weekday()]},closed", "from": "12:00", "to": "12:01"}])
    job = approved(house, bench, payments(1))
    house.work(bench)
    assert "waits-target-closed" in told(house, job)
    [part] = [part for part in house.job(job).parts if part.stage == Stage.WORK]
    assert part.not_before is not None
    assert part.not_before > datetime.now(UTC) + timedelta(minutes=1)
    house.change_target(windows=[])
    house.hurry()
    house.work(bench)
    assert house.job(job).status is JobState.DONE
    assert len(system.vouchers()) == 1


def test_an_emergency_stop_ends_a_run_within_five_seconds_and_nothing_is_lost_or_doubled(
    house: RobotHouse, bench_alone: Bench, system: PracticeServer
) -> None:
    system.faults(slow_ms=300)
    job = approved(house, bench_alone, payments(8))
    running = threading.Thread(target=house.work, args=(bench_alone,))
    running.start()
    system.wait_for(2)
    house.do(lambda session: control.stop_all(session, "ope", "調査"))
    pressed = time.monotonic()
    running.join(30)
    assert not running.is_alive()
    assert time.monotonic() - pressed < 5
    accepted = len(system.vouchers())
    assert accepted < 8
    assert "ready" in house.states(job)
    house.hurry()
    house.work(bench_alone)
    assert len(system.vouchers()) == accepted
    system.no_faults()
    house.do(lambda session: control.resume_all(session, "ope"))
    house.hurry()
    house.work(bench_alone)
    assert (house.job(job).status, house.states(job)) == (JobState.DONE, ["done"] * 8)
    keyed_once(house, job, system)


def test_a_job_cancelled_in_the_middle_leaves_no_row_half_way_once_it_is_tried_again(
    house: RobotHouse, bench: Bench, system: PracticeServer
) -> None:
    system.faults(slow_ms=300)
    job = approved(house, bench, payments(6))
    running = threading.Thread(target=house.work, args=(bench,))
    running.start()
    system.wait_for(1)
    house.do(lambda session: lifecycle.cancel(session, job, "sato"))
    running.join(30)
    assert not running.is_alive()
    assert len(system.vouchers()) < 6
    system.no_faults()
    house.do(lambda session: lifecycle.retry(session, job, "sato"))
    house.work(bench)
    assert (house.job(job).status, house.states(job)) == (JobState.DONE, ["done"] * 6)
    keyed_once(house, job, system)


def test_a_rehearsal_before_the_run_holds_the_robot_when_a_screen_has_changed(
    house: RobotHouse, bench: Bench, system: PracticeServer
) -> None:
    system.faults(rename_label="款=款名")
    job = approved(house, bench, payments(1), rehearse=True)
    house.work(bench)
    held = house.do(lambda session: target_named(session, ROBOT)).held
    assert held["code"] == "rehearsal"
    assert "款" in held["sentences"]["ja"]
    assert house.rows(job)[0].attempt == 0
    assert system.counts.get("register", 0) == 0


def test_a_job_for_its_time_begins_with_a_rehearsal(house: RobotHouse, bench: Bench, system: PracticeServer) -> None:
    job = house.hand_in(("支払.csv", csv_of(payments(1))), start="schedule")
    house.work(bench)
    house.approve(job)
    house.work(bench)
    assert house.job(job).status is JobState.SCHEDULED
    house.do(lambda session: use.begin(session, job, rehearse=True))
    house.work(bench)
    assert house.job(job).status is JobState.DONE
    assert len(system.vouchers()) == 1


def test_no_password_no_run(house: RobotHouse, bench: Bench, system: PracticeServer) -> None:
    house.change_target(url="")
    job = approved(house, bench, payments(1))
    house.work(bench)
    assert "waits-target-unready" in told(house, job)
    assert house.job(job).status is JobState.RUNNING
    house.change_target(url=system.url)
    house.hurry()
    house.work(bench)
    assert house.job(job).status is JobState.DONE


@pytest.mark.parametrize(
    ("name", "content", "code", "word"),
    [
        (
            "支払.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le") + bytes(500),
            "rows-locked",
            "パスワード",
        ),
        ("支払.xlsx", "<html><table><tr><td>金額</td></tr></table></html>".encode(), "rows-other-type", "HTML"),
        ("支払.csv", "あいうえお\n".encode(), "rows-headings-missing", "支払.csv"),
    ],
)
def test_a_file_that_is_no_list_of_rows_is_refused_in_words(
    house: RobotHouse, bench: Bench, name: str, content: bytes, code: str, word: str
) -> None:
    job = house.hand_in((name, content))
    house.work(bench)
    failed = house.job(job)
    assert failed.status is JobState.FAILED
    assert failed.failure is not None
    assert word in failed.failure["sentences"]["ja"]
    assert failed.failure["code"] == code


def test_rows_that_are_all_wrong_come_back_as_a_workbook(house: RobotHouse, bench: Bench) -> None:
    rows = payments(2)
    for row in rows:
        row["amount"] = ""
    job = house.hand_in(("支払.csv", csv_of(rows)))
    house.work(bench)
    assert house.job(job).status is JobState.FAILED
    assert (house.job(job).failure or {})["code"] == "no-rows-left"
    assert "却下・修正用" in sheets(house.output(job, "_却下・修正用.xlsx"))


def test_what_the_last_button_cannot_send_waits_and_says_why(
    house: RobotHouse, bench: Bench, system: PracticeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The city's own authority is known to the browser, and not to Python."""

    def refused(*_: object) -> None:
        raise ssl.SSLCertVerificationError

    job = approved(house, bench, payments(1))
    with monkeypatch.context() as unknown:
        unknown.setattr("robots.sending.Sending._asked", refused)
        unknown.setattr("workers.kinds.robot.Assignment", partial(Assignment, backoff=()))
        house.work(bench)
    assert house.states(job) == ["ready"]
    with house.office.database.reading() as session:
        sentences = [
            each.sentence for each in history.of_job(session, job, "ja") if each.event == "waits-target-unready"
        ]
    assert any("SSLCertVerificationError" in sentence for sentence in sentences)
    house.hurry()
    house.work(bench)
    assert house.states(job) == ["done"]
    keyed_once(house, job, system)


def test_more_than_the_caps_allow_is_refused(house: RobotHouse, bench: Bench) -> None:
    house.change_target(most_rows=2)
    job = house.hand_in(("支払.csv", csv_of(payments(3))))
    house.work(bench)
    assert (house.job(job).failure or {})["code"] == "rows-over-cap"
    assert house.rows(job) == []


def test_a_browser_that_died_between_two_parts_is_replaced(
    house: RobotHouse, bench_alone: Bench, system: PracticeServer
) -> None:
    first = approved(house, bench_alone, payments(1))
    house.work(bench_alone)
    warm: WarmBrowser = bench_alone.engines.get("robot:None", lambda: pytest.fail("the browser was not kept warm"))
    pid = warm.run(lambda started: asyncio.to_thread(lambda: started.pid))
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    second = approved(house, bench_alone, payments(1, first=2))
    house.work(bench_alone)
    assert [house.job(job).status for job in (first, second)] == [JobState.DONE, JobState.DONE]
    assert len(system.vouchers()) == 2


def test_what_the_finance_system_has_already_is_not_keyed_by_a_record_that_was_put_back(
    house: RobotHouse, bench: Bench, system: PracticeServer
) -> None:
    job = approved(house, bench, payments(3))
    path = Path(house.office.database.url.removeprefix("sqlite:///"))
    older = path.with_name("older.sqlite")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(older)) as target:
        source.backup(target)
    house.work(bench)
    slips = {str(line["number"]) for line in system.vouchers()}
    with closing(sqlite3.connect(older)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    assert house.states(job) == ["ready"] * 3
    house.work(bench)
    assert {row.receipt for row in house.rows(job) if row.state == "done"} == slips
    assert house.job(job).status is JobState.DONE
    assert len(system.vouchers()) == 3


def test_pictures_of_rows_outlive_the_tidying(house: RobotHouse, bench: Bench) -> None:
    job = approved(house, bench, payments(1))
    house.work(bench)
    with house.office.database.reading() as session:
        named = use.evidence_of(session, [job])
        assert session.scalars(select(Part.state).where(Part.job_id == job)).all() == ["done"] * 3
    assert named == {each.key for each in house.office.store.keys("evidence/")}
    assert {Path(key).name for key in named} == {"0001-1-confirmation.jpg", "0001-1-result.jpg"}
