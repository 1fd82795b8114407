"""The way of a job through the doors on PostgreSQL, which is stricter about what a text may hold."""

from pathlib import Path

import httpx
import pytest

from digilab.database.session import Database
from doors.clerk import Clerk, form, program
from doors.house import SERVICE, WAV, House, furnished
from doors.server import serving


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
