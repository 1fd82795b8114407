"""`digilab robots schedule …` as an operator types it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from digilab.access.records import Audit
from digilab.database.session import Database
from digilab.services.menu import add_service
from digilab.services.rules import Kind
from digilab.timetable import use
from digilab.timetable.records import DueRun
from digilab.timetable.rules import JST
from integration.test_command_line import Command

RULE = "毎月第3営業日 09:00"
LINES = 30
YEAR = datetime.now(JST).year + 1
"""Of days that have not passed when the test runs."""


@pytest.fixture
def lab(house: Command, record: Database, data: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A house with a robot's service, a clerk and a folder for spreadsheets."""
    monkeypatch.setenv("DIGILAB_ROBOTS__SOURCES", str(data / "sources"))
    (data / "sources" / "支払").mkdir(parents=True)
    assert house("department", "add", "0101", "総務課").code == 0
    assert house("user", "add", "sato", "佐藤 花子", "0101").code == 0
    with record.transaction() as session:
        add_service(session, slug="payments", kind=Kind.ROBOT, name="支出命令", options={"robot": "expense_entry"})
    return house


def schedule(lab: Command, *arguments: str) -> Command:
    added = lab("robots", "schedule", *arguments)
    assert added.code == 0, added.err
    return lab


def test_a_schedule_is_added_listed_shown_and_its_next_thirty_runs_are_told(lab: Command, record: Database) -> None:
    added = lab("robots", "schedule", "add", "pay", "payments", "sato", "--rule", RULE, "--title", "支払の登録")
    assert added.code == 0, added.err
    assert "支払の登録" in added.out
    assert RULE in added.out
    listed = lab("robots", "schedule", "list").out.strip().split("\t")
    assert listed[:6] == ["pay", "支払の登録", RULE, "payments", "sato", "有効"]
    upcoming = lab("robots", "schedule", "next", "pay").out.splitlines()
    assert len(upcoming) == LINES
    assert upcoming[0] == listed[6]
    assert all("09:00:00" in line and not ("(土)" in line or "(日)" in line) for line in upcoming)
    assert len(lab("robots", "schedule", "next", "pay", "--count", "5").out.splitlines()) == 5
    shown = lab("robots", "schedule", "show", "pay").out
    for words in (RULE, "総務課", "最も新しい依頼", "見送る", "通し稽古"):
        assert words in shown
    with record.reading() as session:
        line = session.scalars(select(Audit).where(Audit.action == "schedule-add")).one()
        assert line.login.startswith("cli:")
        assert line.detail["rule"] == RULE


def test_a_schedule_from_a_folder_says_which(lab: Command) -> None:
    asked = ["--rule", "毎営業日 16:00", "--folder", "支払", "--pattern", "支払_*.xlsx", "--missed", "once"]
    schedule(lab, "add", "pay", "payments", "sato", *asked, "--no-rehearse")
    shown = lab("robots", "schedule", "show", "pay").out
    for words in ("支払_*.xlsx", "最後の1回", "通し稽古はしない"):
        assert words in shown


def test_a_schedule_begins_when_it_is_told_to(lab: Command) -> None:
    schedule(lab, "add", "pay", "payments", "sato", "--rule", "毎営業日 09:00", "--begins", f"{YEAR}-06-01T09:00:00")
    assert lab("robots", "schedule", "next", "pay").out.startswith(f"{YEAR}-06-0")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["add", "pay", "payments", "sato", "--rule", "そのうち"], "rule-unread"),
        (["add", "pay", "payments", "sato", "--rule", "毎月第24営業日 09:00"], "rule-number"),
        (["add", "pay", "payments", "sato", "--rule", "2月の第23営業日 09:00"], "rule-never"),
        (["add", "pay", "payments", "sato", "--rule", "cron * * * * *"], "rule-often"),
        (["add", "pay", "payments", "nobody", "--rule", RULE], "person-unknown"),
        (["add", "pay", "nothing", "sato", "--rule", RULE], "service-unknown"),
        (["add", "Pay", "payments", "sato", "--rule", RULE], "schedule-slug"),
        (["add", "pay", "payments", "sato", "--rule", RULE, "--folder", "../secret"], "source-refused"),
        (["add", "pay", "payments", "sato", "--rule", RULE, "--folder", "nowhere"], "source-missing"),
        (["show", "pay"], "schedule-unknown"),
        (["next", "pay"], "schedule-unknown"),
        (["remove", "pay"], "schedule-unknown"),
        (["days", "--remove", "2026-11-27"], "day-unknown"),
        (["days", "--remove", "きのう"], "day-unknown"),
    ],
)
def test_what_there_cannot_be_is_refused_in_words(lab: Command, arguments: list[str], code: str) -> None:
    refused = lab("robots", "schedule", *arguments)
    assert refused.code == 1
    assert f"[{code}]" in refused.err


def test_without_a_folder_in_the_settings_none_can_be_named(lab: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGILAB_ROBOTS__SOURCES")
    refused = lab("robots", "schedule", "add", "pay", "payments", "sato", "--rule", RULE, "--folder", "支払")
    assert "[sources-unset]" in refused.err
    assert "DIGILAB_ROBOTS__SOURCES" in refused.err


def test_a_schedule_is_disabled_enabled_and_removed(lab: Command, record: Database) -> None:
    schedule(lab, "add", "pay", "payments", "sato", "--rule", RULE)
    schedule(lab, "disable", "pay")
    assert "停止" in lab("robots", "schedule", "list").out
    assert "今後の予定はありません" in lab("robots", "schedule", "next", "pay").out
    schedule(lab, "enable", "pay")
    assert len(lab("robots", "schedule", "next", "pay").out.splitlines()) == LINES
    schedule(lab, "remove", "pay")
    assert lab("robots", "schedule", "list").out == ""
    with record.reading() as session:
        acts = session.scalars(select(Audit.action).order_by(Audit.id)).all()
    assert [act for act in acts if act.startswith("schedule-")] == [
        f"schedule-{act}" for act in ("add", "disable", "enable", "remove")
    ]


def test_runs_and_the_reason_of_a_stop_are_shown(lab: Command, record: Database) -> None:
    schedule(lab, "add", "pay", "payments", "sato", "--rule", RULE)
    due = datetime(2026, 12, 3, 9, tzinfo=JST)
    stopped = {"at": due.isoformat(), "code": "schedule-stopped", "sentences": {"ja": "自動で止めました。", "en": "x"}}
    with record.transaction() as session:
        made = use.schedule_named(session, "pay")
        for number, state in enumerate(("empty", "failed")):
            run = DueRun(schedule_id=made.id, due_at=due + timedelta(days=number), state=state, changed_at=due)
            run.detail = {"sentences": {"ja": f"理由{number}", "en": "x"}, "file": "支払_1.xlsx"}
            session.add(run)
        made.stopped = stopped
    shown = lab("robots", "schedule", "show", "pay").out
    assert "自動停止" in shown
    assert "自動で止めました。" in shown
    assert "2026-12-04 (金) 09:00:00\t失敗\t-\t支払_1.xlsx\t理由1" in shown
    assert shown.index("理由1") < shown.index("理由0")
    assert "自動で止めました。" in lab("robots", "schedule", "list").out


def test_the_citys_days_are_imported_listed_and_forgotten(lab: Command, tmp_path: Path) -> None:
    closed, opened = tmp_path / "閉庁日.csv", tmp_path / "開庁日.csv"
    closed.write_bytes(f"日付,名称\n{YEAR}-11-27,創立記念日\n{YEAR + 1}-11-27,創立記念日".encode("cp932"))
    opened.write_text(f"令和{YEAR - 2018}年12月29日,年末窓口,開庁", encoding="utf-8")
    imported = lab("robots", "schedule", "import-days", closed, opened)
    assert imported.code == 0, imported.err
    assert "3日を取り込みました(新しい日 3、変えた日 0)" in imported.out
    first, second = lab("robots", "schedule", "days", "--year", str(YEAR)).out.splitlines()
    assert (first[:10], first[14:]) == (f"{YEAR}-11-27", "\t創立記念日\t閉庁")
    assert (second[:10], second[14:]) == (f"{YEAR}-12-29", "\t年末窓口\t開庁")
    schedule(lab, "add", "pay", "payments", "sato", "--rule", "12月の月末営業日 09:00")
    assert f"{YEAR}-12-29" in lab("robots", "schedule", "next", "pay").out
    schedule(lab, "days", "--remove", f"令和{YEAR - 2018}年12月29日")
    assert f"{YEAR}-12-29" not in lab("robots", "schedule", "next", "pay").out


def test_a_wrong_line_keeps_all_files_out(lab: Command, tmp_path: Path) -> None:
    sound, wrong = tmp_path / "a.csv", tmp_path / "b.csv"
    sound.write_text("2026-11-27,創立記念日", encoding="utf-8")
    wrong.write_text("日付,名称\n2026-02-30,誤り", encoding="utf-8")
    refused = lab("robots", "schedule", "import-days", sound, wrong)
    assert refused.code == 1
    assert "[days-wrong]" in refused.err
    assert "b.csv の2行目" in refused.err
    assert lab("robots", "schedule", "days").out == ""
