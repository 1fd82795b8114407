"""Several clocks at once: each due time is one row, one job, one run (F25)."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from digilab.config import DatabaseSettings, QueueSettings, RobotSettings, Settings, StoreSettings
from digilab.database.session import Database, now
from digilab.jobs.records import Job
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from digilab.timetable import due, use
from digilab.timetable.records import DueRun, Schedule
from digilab.timetable.rules import JST
from digilab.timetable.starting import QUIET
from integration.jobs.lab import eventually
from integration.jobs.rows_lab import WORKBOOK
from integration.timetable.timetable_lab import TimetableLab

CLOCKS = 4


def at_once(lab: TimetableLab, act: Callable[[Office], object], clocks: int = CLOCKS) -> None:
    """So many clocks, each with connections of its own, do the same at the same moment."""
    together = threading.Barrier(clocks)

    def one(_number: int) -> None:
        database = Database(lab.database.url)
        office = Office(lab.office.settings, database, lab.store, lab.queue)
        try:
            together.wait(20)
            act(office)
        finally:
            database.close()

    with ThreadPoolExecutor(clocks) as pool:
        list(pool.map(one, range(clocks)))


def test_the_record_itself_refuses_a_second_row_for_a_due_time(lab: TimetableLab) -> None:
    schedule = lab.schedule()

    def row() -> DueRun:
        return DueRun(
            schedule_id=schedule.id, due_at=lab.moment, state="due", detail={}, changed_at=lab.moment, job_id=None
        )

    with lab.database.transaction() as session:
        session.add(row())
    with pytest.raises(IntegrityError), lab.database.transaction() as session:
        session.add(row())


def test_a_due_time_that_stands_already_is_not_written_again_though_nobody_remembers_it(lab: TimetableLab) -> None:
    lab.schedule()
    lab.watched(lab.at(1, 10))
    with lab.database.transaction() as session:  # as from a backup of one table
        use.schedule_named(session, "daily").looked_at = lab.moment - timedelta(days=3)
    assert lab.round(lab.another_clock()) == 0
    assert len(lab.runs()) == 2


def test_clocks_that_look_at_the_same_moment_write_each_due_time_once(lab: TimetableLab) -> None:
    for number in range(5):
        lab.schedule("cron */5 * * * *", f"often-{number}")
    lab.wait(minutes=45)

    def look(office: Office) -> None:
        due.look(office, due.Watch(lambda: lab.elapsed), lambda _session: lab.moment)

    at_once(lab, look)
    for number in range(5):
        runs = lab.runs(f"often-{number}")
        assert len(runs) == len({run.due_at for run in runs}) == 10  # 08:00 to 08:45
    with lab.database.reading() as session:
        assert session.scalars(select(func.count()).select_from(DueRun)).one() == 50


def test_clocks_that_look_at_the_same_moment_begin_an_upload_once(lab: TimetableLab) -> None:
    lab.schedule()
    older, newest = lab.uploaded(1), lab.uploaded(2)
    lab.wait(hours=1)
    at_once(lab, lambda office: due.look(office, due.Watch(lambda: lab.elapsed), lambda _session: lab.moment))
    [run] = lab.runs()
    assert (run.state, run.job_id) == ("started", newest)
    assert [lab.state(older), lab.state(newest)] == ["scheduled", "running"]
    assert lab.told(newest).count("by-schedule") == 1


def test_clocks_that_look_at_the_same_moment_hand_a_file_in_once(lab: TimetableLab) -> None:
    lab.schedule(folder=True)
    lab.drop("支払_1.xlsx")
    lab.watched(lab.at(30, 9, 0, month=11))
    lab.wait(minutes=1)
    at_once(lab, lambda office: due.look(office, due.Watch(lambda: lab.elapsed), lambda _session: lab.moment))
    with lab.database.reading() as session:
        [job] = session.scalars(select(Job)).all()
    [run] = lab.runs()
    assert (run.state, run.job_id) == ("started", job.id)
    assert lab.told(job.id).count("by-schedule") == 1
    assert len(lab.kept("inputs/")) == 1


def is_up(clock: "subprocess.Popen[str]") -> bool:
    """Whether a process has come so far that it would hear SIGTERM: a clock then looks what is due."""
    [caught] = re.findall(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{clock.pid}/status").read_text(), re.MULTILINE)
    return bool(int(caught, 16) & 1 << signal.SIGTERM - 1)


@pytest.mark.slow
def test_two_clock_processes_make_one_run_of_one_due_time(
    database_url: str, folder_store: FolderStore, redis_url: str, tmp_path: Path, data: Path
) -> None:
    """With the record's own time; only the seconds that a file must lie still are over at once."""
    database = Database(database_url)
    lab = TimetableLab(database, folder_store, InProcessQueue(), sources=tmp_path / "sources").furnish()
    settings = Settings(
        data=data,
        database=DatabaseSettings(url=database_url),
        queue=QueueSettings(url=redis_url),
        store=StoreSettings(folder=data / "files"),
        robots=RobotSettings(sources=tmp_path / "sources"),
    )
    lab.drop("支払_1.xlsx", WORKBOOK)
    clocks = [
        subprocess.Popen(
            [sys.executable, "-P", "-m", "workers.clock"], env=settings.environment(), stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        eventually(lambda: all(map(is_up, clocks)), patience=90)
        with database.reading() as session:
            lab.moment = now(session)
        soon = (lab.moment + timedelta(seconds=3)).astimezone(JST)
        lab.schedule(f"{soon.year}年{soon.month}月{soon.day}日 {soon:%H:%M:%S}", folder=True)
        eventually(lambda: [run.detail.get("seen") is not None for run in lab.runs()] == [True], patience=90)
        with database.transaction() as session:
            [run] = session.scalars(select(DueRun)).all()
            run.detail = {**run.detail, "noted_at": (run.changed_at - QUIET).isoformat()}
        eventually(lambda: [run.state for run in lab.runs()] == ["started"], patience=90)
        assert [clock.poll() for clock in clocks] == [None, None]
    finally:
        for clock in clocks:
            clock.terminate()
        told = [clock.communicate(timeout=30)[1] for clock in clocks]
    assert not any("Traceback" in each for each in told), told
    with database.reading() as session:
        assert session.scalars(select(func.count()).select_from(Job)).one() == 1
        [run] = session.scalars(select(DueRun)).all()
        schedule = session.get_one(Schedule, run.schedule_id)
        assert (
            schedule.looked_at == run.due_at == datetime.combine(soon.date(), soon.time().replace(microsecond=0), JST)
        )
    database.close()
