"""Every route of the application, whatever it is: new ones are walked too."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from digilab.access.records import Person
from digilab.access.rules import Role
from digilab.database.session import now
from digilab.forms import choose
from digilab.forms.records import FieldValue
from digilab.jobs.records import Job
from digilab.web.app import create_app
from doors.clerk import Clerk, program
from doors.definitions import published
from doors.house import PASSWORD, House
from doors.keyed import ROBOT, furnish_robot, in_review
from doors.sheets import value

Call = tuple[str, str]
VALUE = 1
"""Id of the one value that `read_form` makes."""
REASONED = {"password": PASSWORD, "reason": "確かめました"}
JSON: dict[str, dict[str, Any]] = {
    "approval": {**REASONED, "approve": True, "digest": "0" * 64},
    "settle": {**REASONED, "decision": "drop"},
    "release": REASONED,
    "drop": REASONED,
    "go-on": REASONED,
    "stop": {"reason": "確かめます"},
    "resume": REASONED,
    "doubts": {},
    "speakers": {"speakers": "auto"},
}
"""What the API wants in a body, by the path's end."""


def routes(house: House) -> Iterator[Any]:
    """Every route, also those of included routers."""

    def walk(found: list[Any]) -> Iterator[Any]:
        for route in found:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                yield from walk(inner.routes)
            elif getattr(route, "methods", None):
                yield route

    yield from walk(create_app(house.office).routes)


def calls(house: House, *, with_id: bool = True) -> list[Call]:
    """(method, path) of every route that takes a job's number, or of all."""
    return sorted(
        (method, route.path)
        for route in routes(house)
        for method in route.methods
        if not with_id or "{receipt}" in route.path
    )


def filled(path: str, receipt: str, name: str) -> str:
    """The path with a job's receipt and file name in it, the row that `keyed_row` makes, and its robot."""
    known = {
        "receipt": receipt,
        "name": name,
        "value": str(VALUE),
        "number": "1",
        "shows": "result",
        "robot": ROBOT,
        "term": "1",
    }
    for placeholder, what in known.items():
        path = path.replace(f"{{{placeholder}}}", what)
    assert "{" not in path, f"{path}: tell this test what to put there"
    return path


def ask(client: httpx.Client, method: str, path: str, token: str = "") -> int:
    """The status alone; the body of a stream is not waited for."""
    headers = {"X-Form-Token": token} if token else {}
    body: dict[str, Any] = {}
    if method != "GET":
        body = {"json": JSON.get(path.rpartition("/")[2], {"minutes": 1})}
        if not path.startswith("/api/"):
            body = {"data": {"form_token": token, "minutes": "1", "id": str(VALUE), "decision": "drop", **REASONED}}
    with client.stream(method, path, headers=headers, **body) as answer:
        return answer.status_code


def read_form(house: House, job: Job) -> None:
    """The job has a value of a paper form, with a picture, so that there is something behind every route."""
    published(house.office.database, house.office.store, "refund")
    with house.office.store.receive() as incoming:
        incoming.write(b"a picture")
        house.office.store.keep(incoming, "evidence/1/crops")
    with house.office.database.transaction() as session:
        [revision] = choose.usable(session, job.department_id)
        row = {**value(1, 1, revision.id), "crop_key": "evidence/1/crops", "crop_start": 0, "crop_length": 9}
        session.add(FieldValue(id=VALUE, job_id=job.id, **row))


def keyed(house: House) -> tuple[Job, str]:
    """A robot's job with a row that waits for a person and a value of a form: there is something behind every route. With it its result."""
    furnish_robot(house)
    job = in_review(house, unknown=(1,))
    read_form(house, job)
    [result] = [file.name for file in house.files(job.id) if file.role == "output"]
    return job, result


def test_another_departments_ids_lead_nowhere(house: House, url: str, sato: Clerk, suzuki: Clerk) -> None:
    job, result = keyed(house)
    walked = calls(house)
    assert len(walked) >= 12
    with program(url, house.token("suzuki")) as foreign_program:
        for method, path in walked:
            target = filled(path, job.receipt, result)
            assert ask(suzuki.http, method, target, suzuki.token) == 404, f"{method} {path} by cookie"
            assert ask(foreign_program, method, target) == 404, f"{method} {path} by token"
    # The same calls reach something for whom the job belongs to: the walk above was no walk past closed doors.
    for method, path in walked:
        assert ask(sato.http, method, filled(path, job.receipt, result), sato.token) != 404, f"{method} {path}"


def test_an_id_that_is_another_departments_looks_like_one_that_does_not_exist(house: House, suzuki: Clerk) -> None:
    job = house.finished("sato")
    theirs, nothing = suzuki.http.get(f"/jobs/{job.receipt}"), suzuki.http.get("/jobs/DL-999999-8")
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.text == nothing.text


def test_another_departments_jobs_are_in_no_list(house: House, url: str, suzuki: Clerk) -> None:
    job = house.finished("sato")
    with program(url, house.token("suzuki")) as foreign_program:
        assert foreign_program.get("/api/v1/jobs").json() == {"jobs": [], "next": None}
        assert foreign_program.get("/api/v1/hours").json()["net_minutes"] == 0
    for page in ("/", "/jobs"):
        assert job.receipt not in suzuki.http.get(page).text


def test_refused_access_is_in_the_audit_trail(house: House, suzuki: Clerk) -> None:
    job = house.finished("sato")
    suzuki.http.get(f"/jobs/{job.receipt}/files/定例会.txt")
    row = house.audit("access")[-1]
    assert (row.login, row.result, row.detail["code"]) == ("suzuki", "refused", "not-found")
    assert job.receipt in row.subject


def test_everything_but_the_doors_needs_a_sign_in(house: House, visitor: Clerk) -> None:
    job = house.finished("sato")
    open_to_all = {"/sign-in", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"}
    for method, path in calls(house, with_id=False):
        if path in open_to_all or method == "HEAD":
            continue
        target = filled(path, job.receipt, "定例会.txt")
        answer = visitor.http.request(method, target, headers={"Accept": "application/json"})
        assert answer.status_code == 401, f"{method} {path}"
        assert answer.json()["error"]["code"] == "not-signed-in"


def test_with_a_given_password_nothing_is_reached_but_the_page_to_change_it(house: House, sato: Clerk) -> None:
    job = house.finished("sato")
    token = sato.token
    with house.office.database.transaction() as session:
        session.execute(update(Person).values(password_given_at=now(session)))
    open_to_all = {"/sign-in", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"}
    for method, path in calls(house, with_id=False):
        if path in open_to_all | {"/password", "/sign-out"} or method == "HEAD":
            continue
        target = filled(path, job.receipt, "定例会.txt")
        answer = sato.http.request(method, target, headers={"Accept": "application/json", "X-Form-Token": token})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "password-due"), f"{method} {path}"


def test_nothing_is_changed_by_a_form_without_the_token_of_the_sign_in(house: House, sato: Clerk) -> None:
    job, result = keyed(house)
    before = len(house.jobs())
    for method, path in calls(house, with_id=False):
        if method in ("GET", "HEAD"):
            continue
        target = filled(path, job.receipt, result)
        for token in ("", "x" * 43):
            if path in ("/", "/api/v1/jobs"):
                files = [("form_token", (None, token)), ("service", (None, "minutes")), ("file", ("a.wav", b"RIFF"))]
                status = sato.http.post(target, files=files).status_code
            else:
                status = ask(sato.http, method, target, token)
            assert status == 403, f"{method} {path} with {token!r}"
    assert len(house.jobs()) == before
    assert sato.http.get("/").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Origin": "http://["}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}],
    ids=str,
)  # fmt: skip
def test_nothing_is_changed_by_a_form_of_another_site(house: House, sato: Clerk, headers: dict[str, str]) -> None:
    job = house.hand_in("sato")
    token = sato.token
    form = {"form_token": token}
    for path in (f"/jobs/{job.receipt}/cancel", "/sign-out", "/sign-in"):
        assert sato.http.post(path, data=form, headers=headers).status_code == 403, path
    answer = sato.http.post(f"/api/v1/jobs/{job.receipt}/cancel", headers={**headers, "X-Form-Token": token})
    assert answer.status_code == 403
    assert house.jobs()[0].state == "received"


def test_a_token_needs_no_form_token(house: House, api: httpx.Client) -> None:
    job = house.hand_in("sato")
    assert api.post(f"/api/v1/jobs/{job.receipt}/cancel").json()["state"] == "cancelled"


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW"])
def test_other_methods_are_refused_in_japanese(house: House, sato: Clerk, method: str) -> None:
    job = house.hand_in("sato")
    answer = sato.http.request(method, f"/jobs/{job.receipt}", headers={"X-HTTP-Method-Override": "GET"})
    assert answer.status_code == 405
    assert method == "HEAD" or "受け付けていません" in answer.text


def test_a_forced_error_shows_an_inquiry_number_and_no_traceback(
    house: House, sato: Clerk, api: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    job = house.hand_in()
    with house.office.database.transaction() as session:
        session.execute(update(Job).values(state="nonsense"))
    pages = [sato.http.get(f"/jobs/{job.receipt}"), api.get(f"/api/v1/jobs/{job.receipt}")]
    for answer in pages:
        assert answer.status_code == 500
        assert "Traceback" not in answer.text
        assert "nonsense" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
    number = pages[1].json()["error"]["inquiry"]
    assert re.fullmatch(r"[0-9A-F]{8}", number)
    assert any(number in record.getMessage() and record.exc_info for record in caplog.records)
    assert "問合せ番号" in pages[0].text


LAB = {
    ("GET", "/lab/robots"): {Role.OPERATOR, Role.ADMIN, Role.AUDITOR},
    ("POST", "/lab/robots/stop"): {Role.OPERATOR, Role.ADMIN},
    ("POST", "/lab/robots/resume"): {Role.OPERATOR, Role.ADMIN},
    ("POST", "/lab/robots/{robot}/hold"): {Role.OPERATOR, Role.ADMIN},
    ("POST", "/lab/robots/{robot}/lift"): {Role.OPERATOR, Role.ADMIN},
    ("POST", "/api/v1/lab/robots/stop"): {Role.OPERATOR, Role.ADMIN},
    ("POST", "/api/v1/lab/robots/resume"): {Role.OPERATOR, Role.ADMIN},
    ("GET", "/lab/glossary"): {Role.OPERATOR, Role.ADMIN, Role.AUDITOR},
    ("GET", "/lab/glossary/file"): {Role.OPERATOR, Role.ADMIN, Role.AUDITOR},
    ("POST", "/lab/glossary"): {Role.OPERATOR, Role.ADMIN},
    ("POST", "/lab/glossary/{term}/remove"): {Role.OPERATOR, Role.ADMIN},
    ("GET", "/api/v1/lab/glossary"): {Role.OPERATOR, Role.ADMIN, Role.AUDITOR},
    ("POST", "/api/v1/lab/glossary"): {Role.OPERATOR, Role.ADMIN},
    ("DELETE", "/api/v1/lab/glossary/{term}"): {Role.OPERATOR, Role.ADMIN},
}
"""Routes that are no department's, and for whom they are (S8)."""


def test_what_is_the_labs_is_closed_to_every_other_role(house: House, url: str) -> None:
    furnish_robot(house)
    walked = {call for call in calls(house, with_id=False) if "/lab/" in call[1]}
    assert walked == set(LAB), "a new route of the lab: say here for whom it is"
    for login, asker in house.askers.items():
        clerk = Clerk(url)
        with clerk.http, program(url, house.token(login)) as client:
            clerk.sign_in(login)
            for (method, path), roles in LAB.items():
                target = filled(path, "", "")
                allowed = asker.role in roles
                by_cookie = ask(clerk.http, method, target, clerk.token)
                assert (by_cookie != 403) is allowed, f"{login} {method} {path} by cookie: {by_cookie}"
                if path.startswith("/api/"):
                    by_token = ask(client, method, target)
                    assert (by_token != 403) is allowed, f"{login} {method} {path} by token: {by_token}"


def test_operators_too_need_the_form_token_of_their_sign_in(house: House, url: str) -> None:
    furnish_robot(house)
    clerk = Clerk(url)
    with clerk.http:
        clerk.sign_in("operator")
        for method, path in LAB:
            if method == "POST":
                assert ask(clerk.http, method, filled(path, "", ""), "x" * 43) == 403, path
        assert "ロボットは動いています" in clerk.http.get("/lab/robots").text


def test_auditors_read_everything_and_change_nothing(house: House, url: str) -> None:
    job, result = keyed(house)
    clerk = Clerk(url)
    with clerk.http, program(url, house.token("auditor")) as client:
        clerk.sign_in("auditor")
        for method, path in calls(house):
            target = filled(path, job.receipt, result)
            statuses = {ask(clerk.http, method, target, clerk.token), ask(client, method, target)}
            if method == "POST":
                assert statuses == {403}, f"{method} {path}: {statuses}"
            else:
                assert statuses <= {200, 303}, f"{method} {path}: {statuses}"
    assert house.audit("confirm") == [], "whoever may not act is not asked for a password"
