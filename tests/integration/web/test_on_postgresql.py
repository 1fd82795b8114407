"""The way of a job through the doors on PostgreSQL, which is stricter about what a text may hold."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from digilab.database.session import Database
from digilab.errors import NotFoundError
from digilab.glossary import sheet, use
from digilab.glossary.records import GlossaryTerm
from digilab.web import glossary_acting
from digilab.web.guard import Visit
from doors.clerk import Clerk, form, program
from doors.house import PASSWORD, SERVICE, WAV, House, furnished
from doors.keyed import ROBOT, furnish_robot, in_review, join, look
from doors.server import serving
from servers.postgresql import until_one_waits


@pytest.fixture
def house(data: Path, postgresql: Database) -> House:
    """A furnished house on PostgreSQL."""
    return furnished(data, postgresql)


def test_a_job_goes_its_way_on_postgresql(house: House) -> None:
    with serving(house.office) as (url, _):
        clerk = Clerk(url)
        clerk.sign_in("sato")
        receipt = clerk.hand_in(title="定例会").headers["location"].removeprefix("/jobs/")
        house.split([3600.0])
        assert "録音 0分/60分" in clerk.http.get(f"/jobs/{receipt}").text
        house.work()
        house.join({"定例会.txt": b"minutes"}, 3600.0)
        page = clerk.http.get(f"/jobs/{receipt}").text
        assert "基準 4.0分/録音1分 × 60.0分 − 作業 0分 = 240.0分" in page
        assert clerk.http.get(f"/jobs/{receipt}/files/定例会.txt").content == b"minutes"
        assert clerk.post(f"/jobs/{receipt}/minutes", minutes="30").status_code == 303
        assert clerk.http.get("/api/v1/hours").json()["net_minutes"] == 210
        assert receipt in clerk.http.get("/jobs").text
        assert "digilab_net_minutes 210.000" in clerk.http.get("/metrics").text
        clerk.http.close()


def test_no_sign_that_postgresql_refuses_ends_in_an_error_of_ours(house: House) -> None:
    job = house.hand_in()
    with serving(house.office) as (url, _), program(url, house.token("sato")) as api:

        def submitted(**fields: str) -> httpx.Response:
            return api.post("/api/v1/jobs", files=form({"service": SERVICE, **fields}, ("a.wav", WAV)))

        assert submitted(title="a\0b").status_code == 400
        assert submitted(service="minutes\0").status_code == 400
        assert submitted(options='{"meeting": "a\\u0000b"}').status_code in (201, 422)
        assert api.get(f"/api/v1/jobs/{job.receipt}/files/a%00b").status_code == 404
        assert api.get(f"/api/v1/jobs/{job.receipt}%00").status_code == 404
        assert api.get(f"/api/v1/jobs/{job.receipt}/files/会議.wav", params={"role": "in\0put"}).status_code == 404
        assert api.get("/api/v1/jobs", params={"before": 2**62}).status_code == 200
        clerk = Clerk(url)
        assert clerk.sign_in("sa\0to").status_code == 400
        assert clerk.sign_in("\ud800".encode("utf-8", "surrogatepass").decode("latin-1")).status_code == 401
        clerk.http.close()


def test_of_two_removals_of_a_term_the_second_finds_nothing(house: House) -> None:
    database, visit = house.office.database, Visit(house.askers["operator"])
    with database.transaction() as session:
        use.bring_in(session, sheet.read_entries("用語\n髙橋一郎\n".encode()))
        [term] = use.listed(session)
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            use.alone(session)
            use.remove(session, [session.get_one(GlossaryTerm, term.id)])
            second = pool.submit(glossary_acting.remove, house.office, visit, term.id)
            until_one_waits(database)
        with pytest.raises(NotFoundError):
            second.result(30)
    assert house.audit("glossary-remove") == []


def test_a_password_is_changed_on_postgresql(house: House) -> None:
    with serving(house.office) as (url, _):
        clerk = Clerk(url)
        with clerk.http:
            clerk.sign_in("sato")
            fields = {"old": PASSWORD, "new": "staple battery horse", "again": "staple battery horse"}
            assert clerk.post("/password", **fields).status_code == 303
            assert clerk.http.get("/").status_code == 200
            assert clerk.post("/sign-out").status_code == 303
            assert clerk.sign_in("sato", "staple battery horse").status_code == 303


def test_rows_are_approved_settled_and_stopped_on_postgresql(house: House) -> None:
    furnish_robot(house)
    job = in_review(house)
    with serving(house.office) as (url, _):
        clerk, operator = Clerk(url), Clerk(url)
        with clerk.http, operator.http:
            clerk.sign_in("kacho")
            operator.sign_in("operator")
            for path in (f"/jobs/{job.receipt}", f"/jobs/{job.receipt}/approval", f"/jobs/{job.receipt}/rows/3", "/"):
                assert clerk.http.get(path).status_code == 200, path
            assert "答えを待っている行 1件" in clerk.http.get("/review/rows").text
            fields = {"decision": "registered", "slip": "R8-00777", "password": PASSWORD}
            assert clerk.post(f"/jobs/{job.receipt}/rows/3/settle", **fields).status_code == 303
            assert clerk.post(f"/jobs/{job.receipt}/go-on", password=PASSWORD).status_code == 303
            join(house, look(house, job.id))
            assert "突合: 一致" in clerk.http.get(f"/jobs/{job.receipt}").text
            assert operator.post("/lab/robots/stop", reason="疑い").status_code == 303
            assert "疑い" in operator.http.get("/lab/robots").text


def test_no_sign_in_what_people_say_of_rows_ends_in_an_error_of_ours(house: House) -> None:
    furnish_robot(house)
    job = in_review(house)
    base = f"/api/v1/jobs/{job.receipt}"
    with serving(house.office) as (url, _), program(url, house.token("kacho")) as head:

        def said(path: str, **body: str | bool) -> int:
            content = json.dumps(body).encode()  # half a surrogate pair goes over the wire escaped only
            return head.post(
                f"{base}/{path}", content=content, headers={"Content-Type": "application/json"}
            ).status_code

        for bad in ("a\0b", "\ud800", "x" * 400, "\u202e"):
            answers = (
                said("rows/3/settle", password=PASSWORD, decision="registered", slip=bad[:80]),
                said("rows/3/drop", password=PASSWORD, reason=bad),
                said("approval", password=bad[:200], approve=True, digest=bad[:64]),
            )
            assert all(status in (200, 400, 403, 409, 422, 429) for status in answers), (bad, answers)
        for path in ("rows?state=a%00b", "rows/3/pictures/a%00b", "rows/3/pictures/%F0%9F%98%80"):
            assert head.get(f"{base}/{path}").status_code in (200, 404), path
    with serving(house.office) as (url, _):
        operator = Clerk(url)
        with operator.http:
            operator.sign_in("operator")
            for robot in ("a%00b", "%F0%9F%98%80", "x" * 300):
                answer = operator.post(f"/lab/robots/{robot}/lift", reason="直した", password=PASSWORD)
                assert answer.status_code == 404, robot
                assert operator.http.get(f"/robots/{robot}/template").status_code == 404
            assert operator.http.get(f"/robots/{ROBOT}/template").status_code == 200
