"""The lab's page of robots: stop and go on, holds, what each robot is doing, schedules."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from digilab.database.session import now
from digilab.jobs.records import Part
from digilab.ledger import control
from digilab.targets import use as targets
from digilab.targets.records import Seat
from digilab.timetable import sentences
from digilab.timetable import use as timetable
from digilab.timetable.records import Schedule
from digilab.vault import use as vault
from doors.clerk import Clerk, program
from doors.house import PASSWORD, House
from doors.keyed import ROBOT, SERVICE, furnish_robot, in_review


@pytest.fixture
def operator(url: str) -> Iterator[Clerk]:
    """An operator, signed in."""
    clerk = Clerk(url)
    with clerk.http:
        clerk.sign_in("operator")
        yield clerk


@pytest.fixture
def robots(house: House) -> House:
    """The house with a robot."""
    furnish_robot(house)
    return house


def stopped(house: House) -> control.Stop | None:
    with house.office.database.reading() as session:
        return control.stopped(session)


def held(house: House) -> str:
    with house.office.database.reading() as session:
        return targets.held_words(targets.target_named(session, ROBOT), "ja")


def test_all_robots_are_stopped_at_once_and_go_on_with_a_reason_and_the_password(
    robots: House, operator: Clerk
) -> None:
    assert 'value="緊急停止"' in operator.http.get("/lab/robots").text
    assert operator.post("/lab/robots/stop", reason="二重登録の疑い").status_code == 303
    stop = stopped(robots)
    assert stop is not None
    assert (stop.login, stop.reason) == ("operator", "二重登録の疑い")
    page = operator.http.get("/lab/robots").text
    assert "すべてのロボットを止めています" in page
    assert "二重登録の疑い" in page
    for fields, status in (({"reason": "確かめた"}, 403), ({"password": PASSWORD}, 422), ({"password": "x"}, 403)):
        assert operator.post("/lab/robots/resume", **fields).status_code == status, fields
    assert stopped(robots) is not None
    assert operator.post("/lab/robots/resume", password=PASSWORD, reason="重複はなかった").status_code == 303
    assert stopped(robots) is None
    assert robots.audit("robots-stop")[0].detail == {"reason": "二重登録の疑い"}
    assert robots.audit("robots-resume")[0].detail == {"reason": "重複はなかった"}


def test_a_stop_wants_a_reason_as_it_is_asked_for_one_day(robots: House, operator: Clerk) -> None:
    answer = operator.post("/lab/robots/stop", reason="  ")
    assert answer.status_code == 422
    assert "理由を400文字以内で" in answer.text
    assert stopped(robots) is None


def test_programs_stop_and_resume_too(robots: House, url: str) -> None:
    with program(url, robots.token("operator")) as client:
        told = client.post("/api/v1/lab/robots/stop", json={"reason": "疑い"}).json()
        assert told == {"stopped": True, "reason": "疑い"}
        body = {"reason": "確かめた", "password": "x"}
        assert client.post("/api/v1/lab/robots/resume", json=body).status_code == 403
        told = client.post("/api/v1/lab/robots/resume", json={**body, "password": PASSWORD}).json()
        assert told == {"stopped": False, "reason": ""}


def test_one_robot_is_held_and_its_hold_lifted(robots: House, operator: Clerk) -> None:
    assert operator.post(f"/lab/robots/{ROBOT}/hold", reason="画面が変わった").status_code == 303
    assert held(robots) == "画面が変わった"
    page = operator.http.get("/lab/robots").text
    assert "画面が変わった" in page
    assert "から登録を止めています" in page
    assert operator.post(f"/lab/robots/{ROBOT}/lift", reason="直した", password="x").status_code == 403
    assert held(robots) == "画面が変わった"
    assert operator.post(f"/lab/robots/{ROBOT}/lift", reason="直した", password=PASSWORD).status_code == 303
    assert held(robots) == ""
    assert operator.post("/lab/robots/nothing/lift", reason="直した", password=PASSWORD).status_code == 404


def test_the_page_tells_what_each_robot_is_doing(robots: House, operator: Clerk) -> None:
    in_review(robots)
    with robots.office.database.transaction() as session:
        target = targets.target_named(session, ROBOT)
        targets.set_up(session, target, "test", windows=["月-金 08:30-22:00"], contexts=4)
        soon = (now(session) + timedelta(days=5)).date()
        settings = robots.office.settings
        vault.put(session, settings, target, "kaikei", "a password", by="test", department="010", expires_on=soon)
        part = session.scalars(select(Part.id)).all()[0]
        session.add(Seat(target_id=target.id, number=0, part_id=part, epoch=1))
    page = operator.http.get("/lab/robots").text
    for words in (
        "1 / 4",
        "mon-fri 08:30-22:00",
        "要照合 1行",
        f'class="warn">期限 {soon.isoformat()}',
        "総務課",
        "支出命令.xlsx",
    ):
        assert words in page, words
    assert "kaikei" not in page
    assert "a password" not in page


def test_schedules_stand_there_with_their_next_times_and_why_they_stopped(robots: House, operator: Clerk) -> None:
    with robots.office.database.transaction() as session:
        for slug in ("monthly", "broken"):
            plan = timetable.Plan(slug, SERVICE, "sato", sentences.read("毎月第3営業日 09:00"), timetable.UPLOAD, slug)
            timetable.create(session, "test", plan, sources=None)
        schedule: Schedule = timetable.schedule_named(session, "broken")
        told = {"ja": "三回続けて失敗しました。", "en": "It failed three times."}
        schedule.stopped = {"at": now(session).isoformat(), "code": "schedule-failed", "sentences": told}
        following = timetable.upcoming(session, timetable.schedule_named(session, "monthly"), 3)
    page = operator.http.get("/lab/robots").text
    assert "毎月第3営業日" in page
    assert "三回続けて失敗しました。" in page
    assert "提出されて予定を待っている依頼" in page
    for due in following:
        assert f"{due.year}年{due.month}月{due.day}日 09:00" in page
    assert following[0].date() > date(2026, 1, 1)


def test_auditors_look_and_have_nothing_to_press(robots: House, url: str) -> None:
    clerk = Clerk(url)
    with clerk.http:
        clerk.sign_in("auditor")
        page = clerk.http.get("/lab/robots").text
    assert "ロボットは動いています" in page
    assert "/lab/robots/stop" not in page
    assert stopped(robots) is None


def test_staff_have_no_way_there(robots: House, sato: Clerk) -> None:
    assert "/lab/robots" not in sato.http.get("/").text
    assert sato.http.get("/lab/robots").status_code == 403
    assert robots.audit("access")[-1].subject == "GET /lab/robots"


def test_whoever_watches_the_server_hears_of_robots_without_names(robots: House, operator: Clerk) -> None:
    in_review(robots, unknown=(2, 3))
    operator.post("/lab/robots/stop", reason="疑い")
    operator.post(f"/lab/robots/{ROBOT}/hold", reason="画面が変わった")
    told = operator.http.get("/metrics").text
    for line in (
        'digilab_rows{state="unknown"} 2',
        'digilab_rows{state="done"} 3',
        "digilab_robots_stopped 1",
        "digilab_robots_held 1",
    ):
        assert line in told.splitlines(), line
    assert "疑い" not in told
