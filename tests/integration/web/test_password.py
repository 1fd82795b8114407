"""Everybody's own password: changed by its owner, and due for a change after an operator has set it."""

import httpx
import pytest

from digilab.access import people
from digilab.access.rules import LONGEST_PASSWORD
from doors.clerk import Clerk, form_token, program
from doors.house import PASSWORD, House

NEW = "staple battery horse"
GIVEN = "given by the lab 1"


def change(clerk: Clerk, old: str = PASSWORD, new: str = NEW, again: str | None = None, **more: str) -> httpx.Response:
    """Send the form as the page has it."""
    token = form_token(clerk.http.get("/password").text)
    fields = {"form_token": token, "old": old, "new": new, "again": new if again is None else again, **more}
    return clerk.http.post("/password", data=fields)


def signs_in(url: str, password: str) -> bool:
    clerk = Clerk(url)
    with clerk.http:
        return clerk.sign_in("sato", password).status_code == 303


@pytest.fixture
def given(house: House, visitor: Clerk) -> Clerk:
    """Sato at a browser, signed in with a password that an operator has set."""
    with house.office.database.transaction() as session:
        people.set_password(session, people.person_with(session, "sato"), GIVEN)
    assert visitor.sign_in("sato", GIVEN, next_page="/jobs").status_code == 303
    return visitor


def test_a_password_is_changed_by_its_owner(house: House, url: str, sato: Clerk, visitor: Clerk) -> None:
    visitor.sign_in("sato")
    with program(url, house.token("sato")) as client:
        answer = change(sato)
        assert (answer.status_code, answer.headers["location"]) == (303, "/password?done=yes")
        assert "パスワードを変更しました" in sato.http.get(answer.headers["location"]).text
        assert visitor.http.get("/").headers["location"] == "/sign-in?next=/", "the other sign-in has ended"
        assert client.get("/api/v1/jobs").status_code == 200, "programs go on"
    assert (signs_in(url, PASSWORD), signs_in(url, NEW)) == (False, True)
    assert [(row.login, row.result) for row in house.audit("password-change")] == [("sato", "ok")]
    assert NEW not in str([vars(row) for row in house.audit("password-change")])


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"new": "short"}, 422, "12文字以上"),
        ({"new": "長" * (LONGEST_PASSWORD + 1)}, 422, "200文字以内"),
        ({"again": NEW + "x"}, 422, "二つの欄で違います"),
        ({"new": PASSWORD}, 422, "今のパスワードと同じ"),
        ({"old": "wrong password"}, 403, "パスワードが違うため"),
        ({"form_token": "x" * 43}, 403, "受け付けませんでした"),
    ],
    ids=str,
)
def test_a_change_that_cannot_be_made_is_told_and_changes_nothing(
    house: House, url: str, sato: Clerk, fields: dict[str, str], status: int, words: str
) -> None:
    answer = change(sato, **fields)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text
    assert (signs_in(url, PASSWORD), signs_in(url, NEW)) == (True, False)
    assert house.audit("password-change") == []


def test_guessing_the_old_password_has_to_wait_as_at_the_door(house: House, url: str, sato: Clerk) -> None:
    answers = [change(sato, old=f"wrong password {number}") for number in range(7)]
    assert [answer.status_code for answer in answers] == [403] * 6 + [429]
    assert change(sato).status_code == 429
    assert not signs_in(url, PASSWORD)
    assert house.audit("password-change") == []


def test_a_program_changes_no_password(house: House, url: str) -> None:
    with program(url, house.token("sato")) as client:
        answer = client.post("/password", data={"old": PASSWORD, "new": NEW, "again": NEW})
        assert answer.status_code == 403
    assert signs_in(url, PASSWORD)


def test_whoever_was_given_a_password_chooses_another_first(house: House, url: str, given: Clerk) -> None:
    answer = given.http.get("/jobs")
    assert (answer.status_code, answer.headers["location"]) == (303, "/password?next=/jobs")
    page = given.http.get(answer.headers["location"]).text
    assert "自分だけが知るパスワードに変えてください" in page
    assert 'href="/jobs"' not in page, "no link leads away"
    assert change(given, old=GIVEN, new=GIVEN).status_code == 422, "the same one again is none of one's own"
    assert given.http.get("/jobs").status_code == 303
    answer = change(given, old=GIVEN, next="/jobs")
    assert answer.headers["location"] == "/jobs"
    assert given.http.get("/jobs").status_code == 200
    assert (signs_in(url, GIVEN), signs_in(url, NEW)) == (False, True)
    clerk = Clerk(url)
    with clerk.http:
        clerk.sign_in("sato", NEW)
        assert clerk.http.get("/").status_code == 200
    assert house.jobs() == []


def test_a_given_password_is_no_way_to_another_address(given: Clerk) -> None:
    assert change(given, old=GIVEN, next="//elsewhere.example").headers["location"] == "/"


def test_a_given_password_ends_no_program_and_can_be_signed_out_with(house: House, url: str, given: Clerk) -> None:
    with program(url, house.token("sato")) as client:
        assert client.get("/api/v1/jobs").status_code == 200
    refused = given.http.get("/api/v1/jobs")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "password-due")
    token = form_token(given.http.get("/password").text)
    assert given.http.post("/sign-out", data={"form_token": token}).headers["location"] == "/sign-in"
    assert given.http.get("/password").headers["location"] == "/sign-in?next=/password"


def test_an_account_that_an_operator_makes_begins_with_a_given_password(house: House, visitor: Clerk) -> None:
    asker = house.askers["sato"]
    with house.office.database.transaction() as session:
        people.add_person(
            session,
            login="new",
            name="新人",
            department_code="010",
            role=asker.role,
            password=GIVEN,
            given=True,
        )
    visitor.sign_in("new", GIVEN)
    assert visitor.http.get("/").headers["location"] == "/password?next=/"


def test_a_given_password_confirms_nothing_whoever_made_the_token(house: House, url: str) -> None:
    body = {"reason": "確かめました", "password": GIVEN}
    with house.office.database.transaction() as session:
        people.set_password(session, people.person_with(session, "operator"), GIVEN)
    clerk = Clerk(url)
    with program(url, house.token("operator")) as client, clerk.http:
        assert client.post("/api/v1/lab/robots/stop", json={"reason": "確かめます"}).status_code == 200
        refused = client.post("/api/v1/lab/robots/resume", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "password-due")
        clerk.sign_in("operator", GIVEN)
        assert change(clerk, old=GIVEN).status_code == 303
        assert client.post("/api/v1/lab/robots/resume", json={**body, "password": NEW}).json()["stopped"] is False
