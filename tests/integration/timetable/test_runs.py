"""Due runs find their rows, in a folder or among uploads, and go the way of their jobs."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from digilab.access import people
from digilab.errors import (
    DigilabError,
    NotAllowedError,
    RuleNeverError,
    ScheduleServiceError,
    ScheduleSlugError,
    ScheduleTakenError,
    SourceMissingError,
    SourcePatternError,
    SourceRefusedError,
)
from digilab.jobs import history
from digilab.jobs.records import File, Job, Part
from digilab.store.folder import FolderStore
from digilab.targets import use as targets
from digilab.timetable import folders, starting, use
from digilab.timetable.sentences import read
from integration.jobs.lab import SERVICE
from integration.jobs.rows_lab import PAYMENTS, ROBOT, WORKBOOK, row
from integration.timetable.timetable_lab import DAILY, INBOX, TimetableLab

QUIET = starting.QUIET.total_seconds()


@pytest.fixture
def due(lab: TimetableLab) -> TimetableLab:
    """A daily schedule over the folder, one second before its time."""
    lab.schedule(folder=True)
    lab.watched(lab.at(30, 8, 59, month=11))
    lab.wait(seconds=59)
    return lab


def jobs(lab: TimetableLab) -> list[Job]:
    with lab.database.reading() as session:
        return list(session.scalars(select(Job).order_by(Job.id)))


def looks(lab: TimetableLab, count: int = 3, seconds: float = QUIET) -> None:
    """So many rounds, as far apart as a file must lie still."""
    for _ in range(count):
        lab.wait(seconds=seconds)
        lab.round()


# --- from a folder -------------------------------------------------------------------------------------------


def test_the_newest_file_by_its_name_is_handed_in_as_the_schedules_person(due: TimetableLab) -> None:
    for name in ("支払_9.xlsx", "支払_10.xlsx", "振込_99.xlsx"):
        due.drop(name, WORKBOOK + name.encode())
    looks(due)
    [job] = jobs(due)
    assert [file.name for file in due.files(job.id)] == ["支払_10.xlsx"]
    assert (job.person_id, job.options["start"], job.options["rehearse"]) == (due.askers["sato"].person_id, "now", True)
    [run] = due.runs()
    assert (run.state, run.job_id, run.detail["file"]) == ("started", job.id, "支払_10.xlsx")
    assert due.told(job.id)[-1] == "by-schedule"
    assert sorted(each.name for each in due.inbox.iterdir()) == ["振込_99.xlsx", "支払_10.xlsx", "支払_9.xlsx"]


def test_without_rehearsal_the_job_is_told_nothing_of_one(lab: TimetableLab) -> None:
    lab.schedule(folder=True, rehearse=False)
    lab.drop("支払_1.xlsx")
    lab.watched(lab.at(30, 9, 5, month=11))
    [job] = jobs(lab)
    assert "rehearse" not in job.options


def test_a_file_is_taken_once_whatever_it_is_called(due: TimetableLab) -> None:
    due.drop("支払_1.xlsx")
    looks(due)
    due.drop("支払_2.xlsx")  # the same bytes
    due.watched(due.at(1, 9, 5))
    assert due.told_of_runs()[-1] == ("12-01 09:00", "empty", "source-taken")
    due.drop("支払_3.xlsx", WORKBOOK + b"more")
    due.watched(due.at(2, 9, 5))
    assert [state for _, state, _ in due.told_of_runs()] == ["started", "empty", "started"]
    assert len(jobs(due)) == 2


def test_files_that_were_passed_over_are_told(due: TimetableLab) -> None:
    due.drop("支払_1.xlsx")
    looks(due)
    due.drop("支払_2.xlsx", WORKBOOK + b"2")
    due.drop("支払_3.xlsx", WORKBOOK + b"3")
    due.watched(due.at(1, 9, 5))
    run = due.runs()[-1]
    assert (run.detail["file"], run.detail["passed"]) == ("支払_3.xlsx", ["支払_2.xlsx"])


def test_a_file_that_is_being_written_is_waited_for(due: TimetableLab) -> None:
    path = due.drop("支払_1.xlsx")
    for length in range(1, 6):
        due.wait(seconds=QUIET)
        due.round()
        path.write_bytes(WORKBOOK + bytes(length))
        assert due.runs()[0].state == "due"
    looks(due)
    assert due.runs()[0].state == "started"
    assert due.files(jobs(due)[0].id)[0].size == len(WORKBOOK) + 5


def test_a_file_that_never_stops_changing_fails_its_run_after_an_hour(due: TimetableLab) -> None:
    path = due.drop("支払_1.xlsx")
    for length in range(1, 70):
        due.wait(minutes=1)
        due.round()
        path.write_bytes(WORKBOOK + bytes(length))
    assert due.told_of_runs() == [("11-30 09:00", "failed", "source-changing")]
    assert jobs(due) == []


@pytest.mark.parametrize("name", ["~$支払_1.xlsx", ".支払_1.xlsx", "支払_1.xlsx.part", "支払_1.xls"])
def test_locks_unfinished_downloads_and_other_names_are_no_files_of_ours(due: TimetableLab, name: str) -> None:
    due.drop(name)
    looks(due, 1)
    assert due.told_of_runs() == [("11-30 09:00", "empty", "source-empty")]


def test_names_that_no_database_could_keep_are_left_alone(due: TimetableLab) -> None:
    (Path(os.fsdecode(os.fsencode(due.inbox) + b"/\x8ex\x95\xa5_9.xlsx"))).write_bytes(WORKBOOK)
    (due.inbox / "支払_\n.xlsx").write_bytes(WORKBOOK)
    looks(due, 1)
    assert due.told_of_runs() == [("11-30 09:00", "empty", "source-empty")]


def test_a_folder_that_is_away_is_waited_for_and_then_fails_the_run(due: TimetableLab) -> None:
    due.inbox.rename(due.inbox.with_name("away"))
    looks(due, 3)
    assert due.runs()[0].state == "due"
    due.inbox.with_name("away").rename(due.inbox)
    due.drop("支払_1.xlsx")
    looks(due, 3)
    assert due.runs()[0].state == "started"
    due.inbox.rename(due.inbox.with_name("away"))
    due.watched(due.at(1, 10, 30))
    assert due.told_of_runs()[-1] == ("12-01 09:00", "failed", "source-missing")


def test_a_link_in_place_of_the_file_or_the_folder_leads_nowhere(due: TimetableLab, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xlsx"
    secret.write_bytes(WORKBOOK)
    (due.inbox / "支払_1.xlsx").symlink_to(secret)
    looks(due, 1)
    assert due.told_of_runs() == [("11-30 09:00", "empty", "source-empty")]
    due.inbox.rename(due.inbox.with_name("away"))
    due.inbox.symlink_to(due.inbox.with_name("away"), target_is_directory=True)
    due.watched(due.at(1, 9, 5))
    assert due.told_of_runs()[-1] == ("12-01 09:00", "failed", "source-refused")


def test_a_pipe_in_place_of_the_file_does_not_stop_the_clock(due: TimetableLab) -> None:
    os.mkfifo(due.inbox / "支払_1.xlsx")
    looks(due, 1)
    assert due.told_of_runs() == [("11-30 09:00", "empty", "source-empty")]


def test_a_file_that_the_door_refuses_fails_the_run_in_words(due: TimetableLab) -> None:
    due.drop("支払_1.xlsx", b"%PDF-1.7 no workbook")
    looks(due)
    assert due.told_of_runs() == [("11-30 09:00", "failed", "type-mismatch")]
    assert "支払_1.xlsx" in due.runs()[0].detail["sentences"]["ja"]


def test_a_clock_that_died_after_handing_in_does_not_hand_in_again(
    due: TimetableLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    due.drop("支払_1.xlsx")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(starting, "_started", killed)
        with pytest.raises(KeyboardInterrupt):
            looks(due)
    assert due.runs()[0].state == "due"
    due.drop("支払_2.xlsx", WORKBOOK + b"newer")
    looks(due)
    [job] = jobs(due)
    assert due.runs()[0].job_id == job.id
    with due.database.reading() as session:
        assert session.scalars(select(File.name)).all() == ["支払_1.xlsx"]


def test_a_store_that_is_away_only_delays_the_run(due: TimetableLab, data: Path) -> None:
    due.drop("支払_1.xlsx")
    away = data / "away"
    due.store = FolderStore(away)
    for path in (away, *away.rglob("*")):
        path.chmod(0o500)
    away.rename(data / "gone")
    (data / "away").write_text("no folder")
    looks(due, 4)
    assert due.runs()[0].state == "due"
    due.store = FolderStore(data / "files")
    looks(due, 2)
    assert due.runs()[0].state == "started"


# --- from uploads --------------------------------------------------------------------------------------------


def test_the_newest_upload_of_the_department_runs_at_its_time(lab: TimetableLab) -> None:
    lab.schedule()
    older, newest = lab.uploaded(1), lab.uploaded(2)
    assert lab.state(newest) == "scheduled"
    lab.watched(lab.at(30, 9, month=11))
    assert (lab.state(newest), lab.state(older)) == ("running", "scheduled")
    [run] = lab.runs()
    assert (run.state, run.job_id) == ("started", newest)
    assert run.detail["passed"] == [lab.look(older).receipt]
    assert "passed-over" in lab.told(older)
    with lab.database.reading() as session:
        sentences = [each.sentence for each in history.of_job(session, newest, "ja")]
        payloads = session.scalars(select(Part.payload).where(Part.job_id == newest, Part.stage == "work")).all()
    assert "2026-11-30 09:00" in sentences[-1]
    assert [payload["rehearse"] for payload in payloads] == [True]


def test_an_upload_that_was_passed_over_never_runs_by_itself(lab: TimetableLab) -> None:
    lab.schedule()
    older, newest = lab.uploaded(1), lab.uploaded(2)
    lab.watched(lab.at(30, 9, month=11))
    lab.ends(newest, well=True)
    lab.watched(lab.at(1, 9, 5))
    assert lab.state(older) == "scheduled"
    assert lab.told_of_runs() == [("11-30 09:00", "done", ""), ("12-01 09:00", "empty", "upload-none")]


def test_uploads_of_another_department_or_for_now_are_no_business_of_the_schedule(lab: TimetableLab) -> None:
    lab.schedule()
    lab.with_rows(row(1), login="suzuki", options={"start": "schedule"})
    lab.with_rows(row(2), options={"start": "now"})
    lab.watched(lab.at(30, 9, month=11))
    assert lab.told_of_runs() == [("11-30 09:00", "empty", "upload-none")]


def test_a_run_waits_for_the_approval_of_the_newest_upload_and_runs_no_older_one_in_its_place(
    lab: TimetableLab,
) -> None:
    lab.schedule()
    older = lab.uploaded(1)
    newest = lab.with_rows(row(2), options={"start": "schedule"})
    lab.watched(lab.at(30, 11, month=11))
    assert (lab.runs()[0].state, lab.state(older), lab.state(newest)) == ("due", "scheduled", "approval")
    lab.approved(newest)
    lab.round()
    assert (lab.runs()[0].state, lab.state(newest)) == ("started", "running")


def test_an_upload_that_nobody_approves_within_the_day_waits_for_the_next_time(lab: TimetableLab) -> None:
    lab.schedule()
    job_id = lab.with_rows(row(1), options={"start": "schedule"})
    lab.watched(lab.at(1, 0, 5))
    assert lab.told_of_runs() == [("11-30 09:00", "empty", "upload-not-ready")]
    lab.approved(job_id)
    lab.watched(lab.at(1, 9, 5))
    assert lab.state(job_id) == "running"


def test_a_job_that_is_still_being_checked_is_waited_for(lab: TimetableLab) -> None:
    lab.schedule()
    job_id = lab.handed_in(options={"start": "schedule"})
    lease = lab.begin()
    lab.watched(lab.at(30, 9, 5, month=11))
    assert lab.runs()[0].state == "due"
    lab.checked(lease, [row(1)])
    lab.approved(job_id)
    lab.round()
    assert lab.state(job_id) == "running"


# --- jobs' ends ----------------------------------------------------------------------------------------------


def run_days(lab: TimetableLab, *ends: bool) -> list[int]:
    """A day for each: an upload runs and ends so."""
    begun = []
    for number, well in enumerate(ends):
        job_id = lab.uploaded(lab.moment.day * 100 + number)
        lab.watched(lab.moment + timedelta(hours=1))
        assert lab.state(job_id) == "running", lab.told_of_runs()
        lab.ends(job_id, well=well)
        lab.round()
        lab.watched(lab.moment + timedelta(hours=23))
        begun.append(job_id)
    return begun


def test_three_failures_in_a_row_stop_the_schedule_and_it_says_so(lab: TimetableLab) -> None:
    lab.schedule(title="支払の登録")
    failed = run_days(lab, False, False, False)
    schedule = lab.again()
    assert schedule.failures == 3
    assert schedule.stopped is not None
    assert schedule.stopped["code"] == "schedule-stopped"
    for words in ("支払の登録", "3回続けて", "行が誤りです。", "digilab robots schedule enable daily"):
        assert words in schedule.stopped["sentences"]["ja"]
    assert "schedule-stopped" in lab.told(failed[-1])
    job_id = lab.uploaded(999)
    lab.watched(lab.at(4, 8))
    assert len(lab.runs()) == 3
    assert lab.state(job_id) == "scheduled"


def test_a_schedule_that_was_let_go_on_counts_anew(lab: TimetableLab) -> None:
    lab.schedule()
    run_days(lab, False, False, False)
    with lab.database.transaction() as session:
        again = use.schedule_named(session, "daily")
        use.enable(session, "cli:test", again)
        again.begins_at, again.looked_at = lab.moment, lab.moment
    run_days(lab, False)
    schedule = lab.again()
    assert (schedule.stopped, schedule.failures) == (None, 1)


def test_a_good_run_in_between_begins_the_count_anew(lab: TimetableLab) -> None:
    lab.schedule()
    run_days(lab, False, False, True, False)
    schedule = lab.again()
    assert (schedule.stopped, schedule.failures) == (None, 1)
    assert [state for _, state, _ in lab.told_of_runs()] == ["failed", "failed", "done", "failed"]


def test_days_without_anything_to_do_are_no_failures(lab: TimetableLab) -> None:
    lab.schedule()
    lab.watched(lab.at(11, 8))
    assert len(lab.runs()) == 9
    assert lab.again().failures == 0


def test_a_cancelled_job_fails_its_run(lab: TimetableLab) -> None:
    lab.schedule()
    job_id = lab.uploaded(1)
    lab.watched(lab.at(30, 9, month=11))
    lab.cancelled(job_id)
    lab.round()
    assert lab.told_of_runs() == [("11-30 09:00", "failed", "run-cancelled")]


def test_a_rehearsal_that_finds_a_changed_screen_holds_the_run_counts_as_a_failure_and_says_which(
    lab: TimetableLab,
) -> None:
    lab.schedule()
    job_id = lab.uploaded(1)
    lab.watched(lab.at(30, 9, month=11))
    said = {"ja": "画面「支出命令入力」の項目「摘要」がありません。", "en": "The field is missing."}
    lab.change_target(held={"code": "rehearsal", "sentences": said, "at": lab.moment.isoformat()})
    lab.round()
    [run] = lab.runs()
    assert (run.state, run.detail["code"], run.detail["sentences"]) == ("failed", "rehearsal", said)
    assert lab.again().failures == 1
    assert lab.state(job_id) == "running"  # it waits; nothing is lost
    lab.change_target(held=None)
    lab.ends(job_id, well=True)
    lab.round()
    [run] = lab.runs()
    assert (run.state, lab.again().failures) == ("done", 0)
    assert not {"code", "sentences", "held"} & set(run.detail), "why it had failed is over"


def test_a_robot_that_a_person_holds_fails_no_run(lab: TimetableLab) -> None:
    lab.schedule()
    job_id = lab.uploaded(1)
    lab.watched(lab.at(30, 9, month=11))
    with lab.database.transaction() as session:
        targets.hold_by_hand(session, targets.target_named(session, ROBOT), "画面を直す", "cli:test")
    lab.round()
    assert (lab.runs()[0].state, lab.state(job_id)) == ("started", "running")


def test_a_job_that_waits_for_people_is_still_under_way(lab: TimetableLab) -> None:
    lab.schedule()
    job_id = lab.uploaded(1)
    lab.watched(lab.at(30, 9, month=11))
    with lab.database.transaction() as session:
        session.get_one(Job, job_id).state = "review"
    lab.round()
    assert lab.runs()[0].state == "started"


def test_a_person_without_an_account_fails_the_run(due: TimetableLab) -> None:
    due.drop("支払_1.xlsx")
    with due.database.transaction() as session:
        people.disable(session, people.person_with(session, "sato"))
    looks(due)
    assert due.told_of_runs() == [("11-30 09:00", "failed", "schedule-person")]
    assert jobs(due) == []


def test_a_schedule_that_is_disabled_in_the_last_moment_does_not_begin(due: TimetableLab) -> None:
    due.drop("支払_1.xlsx")
    due.wait(seconds=1)
    due.round()
    with due.database.transaction() as session:
        use.disable(session, "cli:test", use.schedule_named(session, "daily"))
    looks(due)
    assert due.told_of_runs() == [("11-30 09:00", "skipped", "schedule-disabled")]
    assert jobs(due) == []


# --- schedules that there cannot be --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"slug": "Daily"}, ScheduleSlugError),
        ({"slug": ""}, ScheduleSlugError),
        ({"slug": "there"}, ScheduleTakenError),
        ({"service": SERVICE}, ScheduleServiceError),
        ({"person": "audit"}, NotAllowedError),
        ({"rule": "2020年1月1日 09:00"}, RuleNeverError),
        ({"source": folders.source("..", "*.xlsx")}, SourceRefusedError),
        ({"source": folders.source(f"{INBOX}/../../..", "*.xlsx")}, SourceRefusedError),
        ({"source": folders.source("/etc", "*")}, SourceRefusedError),
        ({"source": folders.source("kaikei\\支払", "*.xlsx")}, SourceRefusedError),
        ({"source": folders.source("kaikei\0", "*.xlsx")}, SourceRefusedError),
        ({"source": folders.source("", "*.xlsx")}, SourceRefusedError),
        ({"source": folders.source("nowhere", "*.xlsx")}, SourceMissingError),
        ({"source": folders.source(INBOX, "../*.xlsx")}, SourcePatternError),
        ({"source": folders.source(INBOX, "")}, SourcePatternError),
    ],
)
def test_a_schedule_that_there_cannot_be_is_refused(
    lab: TimetableLab, asked: dict[str, object], error: type[DigilabError]
) -> None:
    lab.schedule(slug="there")
    usual = {"slug": "new", "service": PAYMENTS, "person": "sato", "rule": DAILY, "source": use.UPLOAD, **asked}
    usual["rule"] = read(str(usual["rule"]))
    with pytest.raises(error) as refused, lab.database.transaction() as session:
        use.create(session, "cli:test", use.Plan(**usual), sources=lab.sources)  # type: ignore[arg-type]
    assert len(refused.value.sentence("ja")) > 10
