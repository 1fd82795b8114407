"""Signing in and out."""

from datetime import timedelta
from pathlib import Path

import pytest

from digilab.access.people import disable, person_with
from digilab.access.records import SignIn
from digilab.database.session import Database
from doors.clerk import Clerk, program
from doors.house import House, furnished
from doors.server import serving


def cookie(answer_headers: list[str], name: str) -> str:
    return next(value for value in answer_headers if value.startswith(f"{name}="))


def test_signing_in_leads_to_where_one_wanted_to_go(visitor: Clerk) -> None:
    wanted = visitor.http.get("/jobs")
    assert (wanted.status_code, wanted.headers["location"]) == (303, "/sign-in?next=/jobs")
    answer = visitor.sign_in("sato", next_page="/jobs")
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs")
    page = visitor.http.get("/jobs")
    assert page.status_code == 200
    assert "佐藤 花子" in page.text
    assert "〇〇市 デジラボ" in page.text


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "x"]
)
def test_signing_in_never_leads_elsewhere(visitor: Clerk, elsewhere: str) -> None:
    assert visitor.sign_in("sato", next_page=elsewhere).headers["location"] == "/"


def test_a_wrong_password_is_refused_without_saying_what_was_wrong(house: House, visitor: Clerk) -> None:
    known, unknown = visitor.sign_in("sato", "wrong password"), visitor.sign_in("nobody", "wrong password")
    assert known.status_code == unknown.status_code == 401
    assert "利用者IDかパスワードが違います" in known.text
    assert known.text.replace("sato", "nobody") == unknown.text
    assert [(row.login, row.result) for row in house.audit("sign-in")] == [("sato", "refused"), ("nobody", "refused")]


def test_many_wrong_passwords_have_to_wait_and_nobody_else_has(visitor: Clerk, suzuki: Clerk) -> None:
    answers = [visitor.sign_in("sato", "wrong password") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 6 + [429]
    assert "秒たってから" in answers[-1].text
    assert visitor.sign_in("sato").status_code == 429
    assert suzuki.http.get("/").status_code == 200


def test_the_cookie_is_kept_from_scripts_and_other_sites(visitor: Clerk) -> None:
    set_cookie = cookie(visitor.sign_in("sato").headers.get_list("set-cookie"), "digilab")
    assert "HttpOnly" in set_cookie
    assert "SameSite=lax" in set_cookie
    assert "Path=/" in set_cookie
    assert len(set_cookie.split(";")[0]) > len("digilab=") + 40


def test_behind_tls_the_cookie_is_bound_to_this_host(data: Path, sqlite: Database) -> None:
    house = furnished(data, sqlite, https=True)
    with serving(house.office) as (url, _):
        clerk = Clerk(url)
        page = clerk.http.get("/sign-in")
        set_cookie = cookie(page.headers.get_list("set-cookie"), "__Host-digilab-door")
        assert "Secure" in set_cookie
        assert page.headers["strict-transport-security"].startswith("max-age=")
        clerk.http.close()


def test_each_sign_in_has_a_new_cookie(visitor: Clerk) -> None:
    cookies = set()
    for _ in range(2):
        cookies.add(cookie(visitor.sign_in("sato").headers.get_list("set-cookie"), "digilab"))
        visitor.http.cookies.delete("digilab")
    assert len(cookies) == 2


def test_signing_out_ends_the_sign_in_in_the_record_too(house: House, sato: Clerk) -> None:
    old = dict(sato.http.cookies)
    assert sato.post("/sign-out").headers["location"] == "/sign-in"
    sato.http.cookies.update(old)
    assert sato.http.get("/").headers["location"] == "/sign-in?next=/"
    assert house.audit("sign-out")[0].login == "sato"


def test_a_sign_in_ends_after_a_time_without_use(house: House, sato: Clerk) -> None:
    with house.office.database.transaction() as session:
        for sign_in in session.query(SignIn):
            sign_in.seen_at -= timedelta(minutes=31)
    assert sato.http.get("/").status_code == 303


def test_a_sign_in_in_use_stays(house: House, sato: Clerk) -> None:
    with house.office.database.transaction() as session:
        for sign_in in session.query(SignIn):
            sign_in.seen_at -= timedelta(minutes=29)
    assert sato.http.get("/").status_code == 200
    with house.office.database.transaction() as session:
        for sign_in in session.query(SignIn):
            sign_in.seen_at -= timedelta(minutes=29)
    assert sato.http.get("/").status_code == 200


def test_a_closed_account_is_out_at_once(house: House, sato: Clerk, url: str) -> None:
    token = house.token("sato")
    with house.office.database.transaction() as session:
        disable(session, person_with(session, "sato"))
    assert sato.http.get("/").status_code == 303
    with program(url, token) as api:
        assert api.get("/api/v1/jobs").status_code == 401


def test_a_wrong_token_is_refused_even_beside_a_good_cookie(sato: Clerk) -> None:
    for secret in ("Bearer dl_wrong", "Basic c2F0bzpwdw==", "Bearer"):
        answer = sato.http.get("/api/v1/jobs", headers={"Authorization": secret})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_page_that_was_open_before_gets_the_new_token(sato: Clerk) -> None:
    before = sato.token
    sato.post("/sign-out")
    assert sato.http.get("/form-token", headers={"Accept": "application/json"}).status_code == 401
    sato.sign_in("sato")
    assert sato.token != before
