"""The lab's page of the glossary and the API's: a file comes in whole or not at all, in words."""

from collections.abc import Iterator

import httpx
import pytest

from digilab.glossary import sheet, use
from doors.clerk import Clerk, form, program
from doors.house import House

GOOD = "用語,読み,種類,部署\n髙橋一郎,たかはし,人名,010\n中央公民館,,地名,\n"
BAD = "用語,種類,部署\n山本,役職,\n=1+1,人名,\n田中,人名,010\n"


@pytest.fixture
def operator(url: str) -> Iterator[Clerk]:
    """An operator, signed in."""
    clerk = Clerk(url)
    with clerk.http:
        clerk.sign_in("operator")
        yield clerk


@pytest.fixture
def lab(url: str, house: House) -> Iterator[httpx.Client]:
    """A program of the lab."""
    with program(url, house.token("operator")) as client:
        yield client


def bring(clerk: Clerk, content: str | bytes, **fields: str) -> httpx.Response:
    raw = content.encode() if isinstance(content, str) else content
    return clerk.http.post("/lab/glossary", files=form({"form_token": clerk.token, **fields}, ("名簿.csv", raw)))


def terms(house: House) -> list[str]:
    with house.office.database.reading() as session:
        return [term.text for term in use.listed(session)]


def test_a_file_of_terms_comes_in_by_the_page(house: House, operator: Clerk) -> None:
    answer = bring(operator, GOOD.encode("cp932"))
    assert answer.status_code == 303
    page = operator.http.get(answer.headers["location"]).text
    assert "加えた 2" in page
    assert "髙橋一郎" in page
    assert "総務課" in page
    assert terms(house) == ["中央公民館", "髙橋一郎"]
    [row] = house.audit("glossary-import")
    assert (row.login, row.subject, row.detail["added"]) == ("operator", "名簿.csv", 2)


def test_every_faulty_line_is_told_and_nothing_is_taken(house: House, operator: Clerk) -> None:
    answer = bring(operator, BAD, department="010")
    assert answer.status_code == 422
    assert "2行目: 種類「役職」は使えません" in answer.text
    assert "3行目: 用語「=1+1」" in answer.text
    assert 'value="010" selected' in answer.text
    assert terms(house) == []


@pytest.mark.parametrize(
    ("content", "fields", "status", "words"),
    [
        (GOOD, {"from": "きのう"}, 422, "日付「きのう」"),
        (GOOD, {"department": "nowhere"}, 422, "部署コード「nowhere」はありません"),
        (b"PK\x03\x04", {}, 422, "CSV UTF-8"),
        ("用語\n" + "長い用語です\n" * 150_000, {}, 413, "大きすぎます"),
    ],
)
def test_what_cannot_come_in_is_told_on_the_page(
    house: House, operator: Clerk, content: str | bytes, fields: dict[str, str], status: int, words: str
) -> None:
    answer = bring(operator, content, **fields)
    assert answer.status_code == status
    assert words in answer.text
    assert terms(house) == []


def test_a_form_without_a_file_is_told_so(operator: Clerk) -> None:
    assert operator.post("/lab/glossary").status_code == 422
    empty = operator.http.post("/lab/glossary", files=form({"form_token": operator.token}, ("", b"")))
    assert (empty.status_code, "選ばれていません" in empty.text) == (422, True)


def test_of_two_files_at_once_none_is_taken(house: House, operator: Clerk) -> None:
    files = form({"form_token": operator.token}, ("正.csv", GOOD.encode()), ("誤.csv", "用語\n別\n".encode()))
    answer = operator.http.post("/lab/glossary", files=files)
    assert (answer.status_code, "1ファイルまで" in answer.text) == (422, True)
    assert terms(house) == []
    # A chooser that was left empty sends a file without a name; that is none.
    files = form({"form_token": operator.token}, ("正.csv", GOOD.encode()), ("", b""))
    assert operator.http.post("/lab/glossary", files=files).status_code == 303
    assert terms(house) == ["中央公民館", "髙橋一郎"]


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("department=999", "department-unknown", "部署コード「999」"),
        ("department=a%00b", "department-unknown", "部署コード「ab」"),
        ("service=forms", "glossary-service-unknown", "業務「forms」"),
        ("kind=people", "glossary-kind-unknown", "種類「people」"),
    ],
)
def test_a_filter_that_there_is_not_is_told_in_its_own_words(
    lab: httpx.Client, query: str, code: str, words: str
) -> None:
    for path in ("/lab/glossary", "/lab/glossary/file", "/api/v1/lab/glossary"):
        answer = lab.get(f"{path}?{query}", headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, code), path
        assert words in answer.json()["error"]["sentence"]


def test_terms_are_filtered_shown_by_the_hundred_and_downloaded(operator: Clerk) -> None:
    many = (
        "用語,種類,有効終了\n" + "".join(f"町内会{number},組織,2027-03-31\n" for number in range(101)) + "山本,人名,\n"
    )
    assert bring(operator, many).status_code == 303
    page = operator.http.get("/lab/glossary?kind=organisation").text
    assert "用語 101件" in page
    assert "町内会99" in page
    assert "町内会100" not in page
    assert "町内会100" in operator.http.get("/lab/glossary?kind=organisation&page=2").text
    answer = operator.http.get("/lab/glossary/file?day=2027-04-01&department=*")
    assert [entry.text for entry in sheet.read_entries(answer.content)] == ["山本"]
    assert "filename*=UTF-8''" in answer.headers["content-disposition"]
    assert operator.http.get("/lab/glossary?day=soon").status_code == 422


def test_an_operator_takes_a_term_away_and_an_auditor_does_not(house: House, url: str, operator: Clerk) -> None:
    bring(operator, "用語,読み,種類,部署,有効終了\n髙橋一郎,たかはし,人名,010,2027-03-31\n中央公民館,,地名,,\n")
    auditor = Clerk(url)
    with auditor.http:
        auditor.sign_in("auditor")
        page = auditor.http.get("/lab/glossary").text
        assert "髙橋一郎" in page
        assert "取り込む" not in page
        assert "/remove" not in page
        assert auditor.post("/lab/glossary/1/remove").status_code == 403
    assert (
        operator.post("/lab/glossary/1/remove", back="kind=person").headers["location"] == "/lab/glossary?kind=person"
    )
    assert operator.post("/lab/glossary/1/remove").status_code == 404
    assert terms(house) == ["中央公民館"]
    [row] = house.audit("glossary-remove")
    assert (row.login, row.subject, row.detail) == (
        "operator",
        "髙橋一郎",
        {
            "id": 1,
            "reading": "たかはし",
            "kind": "person",
            "department": "010",
            "service": "",
            "begins": "",
            "ends": "2027-03-31",
            "weight": 2,
        },
    )


def test_after_a_removal_the_list_is_where_it_was(operator: Clerk) -> None:
    bring(operator, "用語,種類\n" + "".join(f"町内会{number},組織\n" for number in range(102)))
    page = operator.http.get("/lab/glossary?kind=organisation&page=2").text
    assert 'name="back" value="kind=organisation&amp;page=2"' in page
    assert "「町内会101」を消します" in page, "it is asked first"
    answer = operator.post("/lab/glossary/102/remove", back="kind=organisation&page=2")
    assert answer.headers["location"] == "/lab/glossary?kind=organisation&page=2"
    assert "町内会100" in operator.http.get(answer.headers["location"]).text


def test_a_program_brings_lists_and_removes_terms(house: House, lab: httpx.Client) -> None:
    path = "/api/v1/lab/glossary"
    assert lab.post(path, files=form({}, ("a.csv", GOOD.encode()))).json() == {
        "added": 2,
        "changed": 0,
        "ended": 0,
        "unchanged": 0,
    }
    listed = lab.get(path, params={"department": "010"}).json()
    assert listed["count"] == 1
    [term] = listed["terms"]
    assert (term["text"], term["kind"], term["department"], term["valid_to"]) == ("髙橋一郎", "person", "010", None)
    roster = "用語,種類\n佐藤花子,人名\n".encode()
    done = lab.post(path, files=form({"department": "010", "from": "2027-05-01"}, ("b.csv", roster))).json()
    assert (done["added"], done["ended"]) == (1, 1)
    refused = lab.post(path, files=form({}, ("a.csv", BAD.encode())), headers={"Accept-Language": "en"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "glossary-wrong")
    assert "Line 2: There is no kind" in refused.json()["error"]["sentence"]
    assert lab.delete(f"{path}/{term['id']}").status_code == 204
    assert lab.delete(f"{path}/{term['id']}").status_code == 404
    assert terms(house) == ["中央公民館", "佐藤花子"]


def test_page_file_and_program_ask_for_terms_alike(lab: httpx.Client) -> None:
    operation = lab.get("/api/v1/openapi.json").json()["paths"]["/api/v1/lab/glossary"]["get"]
    asked = {
        (each["name"], each["in"], each["required"], each["schema"].get("maxLength"))
        for each in operation["parameters"]
    }
    assert asked == {
        *((name, "query", False, 60) for name in ("department", "service", "kind", "day")),
        ("offset", "query", False, None),
    }
    for path in ("/lab/glossary", "/lab/glossary/file", "/api/v1/lab/glossary"):
        assert lab.get(path, params={"department": "0" * 61}).status_code == 400, path


def test_a_program_is_told_what_the_options_take(lab: httpx.Client) -> None:
    [service] = lab.get("/api/v1/services").json()
    assert service["choices"].items() >= {"fillers": ["keep", "hide"], "numbers": ["spoken", "written"]}.items()


def test_the_options_of_minutes_are_checked_when_a_job_is_handed_in(house: House, sato: Clerk) -> None:
    refused = sato.hand_in(**{"option.numbers@minutes": "roman"})
    assert (refused.status_code, "numbers" in refused.text) == (422, True)
    for day in ("来週", "2026-02-30", "9"):
        refused = sato.hand_in(**{"option.meeting_date": day})
        assert (refused.status_code, "YYYY-MM-DD" in refused.text) == (422, True)
    assert sato.hand_in(**{"option.numbers@minutes": "written", "option.fillers@minutes": "hide"}).status_code == 303
    assert [job.options for job in house.jobs()] == [{"numbers": "written", "fillers": "hide"}]
