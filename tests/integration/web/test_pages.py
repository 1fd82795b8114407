"""What pages say and do, and what every answer carries."""

from pathlib import Path

import httpx
import pytest

from digilab.jobs.rules import JobState
from doors.clerk import Clerk
from doors.house import House


def test_the_jobs_page_tells_the_place_in_the_queue(house: House, sato: Clerk) -> None:
    house.hand_in(title="先の依頼")
    job = house.hand_in(title="後の依頼")
    page = sato.http.get(f"/jobs/{job.receipt}").text
    assert "前に1件。処理係が動いていない" in page


def test_the_jobs_page_tells_progress_in_minutes_of_recording(house: House, sato: Clerk) -> None:
    job = house.hand_in()
    house.split([1800.0] * 4)
    house.work()
    house.report(house.lease(), 720.0)
    page = sato.http.get(f"/jobs/{job.receipt}").text
    assert "録音 42分/120分" in page
    assert 'value="0.35"' in page
    assert "残り" in page


def test_a_finished_job_shows_files_history_and_the_hours_with_their_formula(house: House, sato: Clerk) -> None:
    job = house.finished(seconds=3600.0)
    page = sato.http.get(f"/jobs/{job.receipt}").text
    assert "基準 4.0分/録音1分 × 60.0分 − 作業 0分 = 240.0分" in page
    assert "4.00時間" in page
    assert "定例会.txt" in page
    assert "会議.wav" in page
    for sentence in ("受け付けました", "処理を始めました", "削減時間 4.00 時間を計上しました"):
        assert sentence in page


def test_reported_minutes_lessen_the_hours(house: House, sato: Clerk) -> None:
    job = house.finished(seconds=3600.0)
    assert sato.post(f"/jobs/{job.receipt}/minutes", minutes="３０").status_code == 303
    page = sato.http.get(f"/jobs/{job.receipt}").text
    assert "− 作業 30分 = 210.0分" in page
    assert "3.50時間" in page
    assert house.audit("minutes")[0].detail == {"minutes": 30.0}


@pytest.mark.parametrize("typed", ["たくさん", "-5", "1e9", "nan", ""])
def test_minutes_that_are_no_number_are_refused_and_kept_in_the_form(house: House, sato: Clerk, typed: str) -> None:
    job = house.finished()
    answer = sato.post(f"/jobs/{job.receipt}/minutes", minutes=typed)
    assert answer.status_code == 422
    assert "読み取れません" in answer.text
    assert f'value="{typed}"' in answer.text


def test_a_stale_minutes_form_keeps_what_was_typed(house: House, sato: Clerk) -> None:
    job = house.finished()
    answer = sato.http.post(f"/jobs/{job.receipt}/minutes", data={"form_token": "old", "minutes": "25"})
    assert answer.status_code == 403
    assert 'value="25"' in answer.text


def test_a_failed_job_says_why_and_can_be_tried_again(house: House, sato: Clerk) -> None:
    job = house.failed(sentence="話し声が見つかりませんでした。録音を確かめてください。")
    page = sato.http.get(f"/jobs/{job.receipt}").text
    assert "話し声が見つかりませんでした。録音を確かめてください。" in page
    assert "audio-silent" in page
    assert "保管しています" in page
    assert sato.post(f"/jobs/{job.receipt}/retry").status_code == 303
    assert house.jobs()[0].status is JobState.RECEIVED
    assert house.office.queue.wait_for_nudge(0.1)


def test_a_second_try_is_offered_only_where_it_can_help(house: House, sato: Clerk) -> None:
    offer = "同じファイルで、続きから処理します。"
    assert offer in sato.http.get(f"/jobs/{house.failed().receipt}").text
    assert offer not in sato.http.get(f"/jobs/{house.failed('cut-changed').receipt}").text


def test_a_job_is_cancelled_once_and_the_second_one_is_told(house: House, sato: Clerk) -> None:
    job = house.hand_in()
    assert sato.post(f"/jobs/{job.receipt}/cancel").status_code == 303
    again = sato.post(f"/jobs/{job.receipt}/cancel")
    assert again.status_code == 409
    assert "すでに終わっているため" in again.text
    assert [row.subject for row in house.audit("cancel")] == [job.receipt]


def test_a_file_and_a_title_are_shown_as_text(house: House, sato: Clerk) -> None:
    job = house.hand_in(title="{{7*7}}<script>alert(1)</script>", name="<img src=x onerror=alert(1)>.wav")
    for page in (sato.http.get(f"/jobs/{job.receipt}").text, sato.http.get("/").text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "{{7*7}}&lt;script&gt;" in page


def test_an_operator_sees_all_departments_and_says_which(house: House, visitor: Clerk) -> None:
    house.hand_in("sato", title="総務の会議")
    house.hand_in("suzuki", title="税務の会議")
    visitor.sign_in("operator")
    page = visitor.http.get("/jobs").text
    assert "総務の会議" in page
    assert "税務の会議" in page
    assert "税務課" in page


def test_the_list_goes_on_page_by_page(house: House, sato: Clerk, api: httpx.Client) -> None:
    for number in range(5):
        house.hand_in(title=f"会議{number}")
    first = api.get("/api/v1/jobs", params={"limit": 2}).json()
    second = api.get("/api/v1/jobs", params={"limit": 2, "before": first["next"]}).json()
    third = api.get("/api/v1/jobs", params={"limit": 2, "before": second["next"]}).json()
    titles = [job["title"] for page in (first, second, third) for job in page["jobs"]]
    assert titles == ["会議4", "会議3", "会議2", "会議1", "会議0"]
    assert third["next"] is None
    assert "会議4" not in sato.http.get("/jobs", params={"before": first["next"]}).text


def test_a_receipt_number_leads_to_its_job(house: House, sato: Clerk) -> None:
    job = house.hand_in()
    answer = sato.http.get("/find", params={"receipt": f" {job.receipt.lower()} "})
    assert answer.headers["location"] == f"/jobs/{job.receipt}"
    assert sato.http.get("/find", params={"receipt": "DL-000001-0"}).status_code == 404


@pytest.mark.parametrize(
    ("header", "word"),
    [(None, "サインイン"), ("en-GB,en;q=0.9", "Sign in"), ("ja,en;q=0.8", "サインイン"), ("fr", "サインイン"),
     ("fr,en;q=0.5", "Sign in"), (";;q=x,,", "サインイン")],
    ids=str,
)  # fmt: skip
def test_pages_speak_japanese_unless_english_is_asked_for(url: str, header: str | None, word: str) -> None:
    request = httpx.Request("GET", f"{url}/sign-in", headers={"Accept-Language": header} if header else {})
    with httpx.Client() as client:
        assert f"<h1>{word}</h1>" in client.send(request).text


def test_unknown_addresses_and_broken_values_are_told_in_japanese(sato: Clerk, api: httpx.Client) -> None:
    assert "お探しのもの" in sato.http.get("/nowhere").text
    assert "読み取れません" in sato.http.get("/jobs?before=yesterday").text
    assert "読み取れません" in api.get("/api/v1/jobs?limit=100000").json()["error"]["sentence"]
    deep = api.post(
        "/api/v1/jobs/DL-000001-8/minutes", content="[" * 10_000, headers={"Content-Type": "application/json"}
    )
    assert (deep.status_code, deep.json()["error"]["code"]) == (400, "request-malformed")


def test_a_small_form_has_a_small_limit(sato: Clerk) -> None:
    answer = sato.http.post("/sign-in", data={"login": "x" * 100_000})
    assert answer.status_code == 413
    assert "64.0 KB" in answer.text


def test_every_answer_carries_the_security_headers(house: House, sato: Clerk) -> None:
    job = house.finished()
    paths = ["/", "/jobs", f"/jobs/{job.receipt}", "/sign-in", "/nowhere", "/healthz", "/static/digilab.css",
             f"/jobs/{job.receipt}/files/定例会.txt", "/api/v1/services"]  # fmt: skip
    for path in paths:
        headers = sato.http.get(path).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy, path
        assert "default-src 'none'" in policy, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin", path
        assert ("no-store" in headers["cache-control"]) is not path.startswith("/static/"), path
        assert "server" not in headers, path
        assert "strict-transport-security" not in headers, path


def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(house: House, sato: Clerk) -> None:
    job = house.finished()
    for path in ("/", "/jobs", f"/jobs/{job.receipt}", "/sign-in", "/nowhere"):
        page = sato.http.get(path).text
        assert " style=" not in page, path
        assert "<style" not in page, path
        assert "<script>" not in page, path
        assert " onclick" not in page, path
        assert "http://" not in page.replace("http://www.w3.org", ""), path
        assert "https://" not in page, path


def test_a_file_comes_with_its_own_name_and_cannot_run_in_the_page(house: House, sato: Clerk) -> None:
    job = house.finished()
    answer = sato.http.get(f"/jobs/{job.receipt}/files/定例会.txt")
    assert answer.content == "本日の会議を始めます。\n".encode()
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"___.txt\"; filename*=UTF-8''%E5%AE%9A%E4%BE%8B%E4%BC%9A.txt"
    )
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert house.audit("download")[0].detail == {"role": "output"}


def test_ranges_give_what_was_asked_for_and_never_more_than_the_file(house: House, sato: Clerk) -> None:
    job = house.hand_in(content=WAV_100)
    path = f"/jobs/{job.receipt}/files/会議.wav"

    def asked(header: str, **more: str) -> httpx.Response:
        return sato.http.get(path, headers={"Range": header, **more})

    middle = asked("bytes=10-19")
    assert (middle.status_code, middle.content, middle.headers["content-range"]) == (
        206, WAV_100[10:20], "bytes 10-19/100")  # fmt: skip
    assert asked("bytes=-5").content == WAV_100[-5:]
    assert asked("bytes=90-").content == WAV_100[90:]
    assert asked("bytes=95-1000").content == WAV_100[95:]
    assert asked("bytes=100-").status_code == asked("bytes=-0").status_code == 416
    many = asked("bytes=" + ",".join(["0-"] * 1000))
    assert (many.status_code, many.content) == (200, WAV_100)
    assert asked("bytes=10-19", **{"If-Range": '"another"'}).content == WAV_100
    assert asked("bytes=" + "9" * 400 + "-").status_code == 416


def test_a_damaged_file_is_not_handed_out(house: House, api: httpx.Client) -> None:
    job = house.finished()
    (damaged,) = (file for file in house.files(job.id) if file.role == "output")
    path = house.office.settings.store_folder / "kept" / damaged.key
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    answer = api.get(f"/api/v1/jobs/{job.receipt}/files/定例会.txt")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "stored-file-damaged")
    path.unlink()
    assert api.get(f"/api/v1/jobs/{job.receipt}/files/定例会.txt").json()["error"]["code"] == "stored-file-missing"


def test_the_server_says_how_it_is(house: House, url: str, data: Path) -> None:
    house.finished()
    with httpx.Client(base_url=url) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/readyz").json() == {"status": "ok", "database": "ok", "store": "ok", "queue": "ok"}
        figures = client.get("/metrics").text
        assert 'digilab_jobs{kind="transcription",state="done"} 1' in figures
        assert "digilab_net_minutes 240.000" in figures
        (data / "files" / "incoming").rename(data / "files" / "gone")
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["store"]) == (503, "store-unreachable")


def test_the_api_describes_itself(api: httpx.Client) -> None:
    description = api.get("/api/v1/openapi.json").json()
    assert {"/api/v1/jobs", "/api/v1/jobs/{receipt}", "/api/v1/services", "/api/v1/hours"} <= description[
        "paths"
    ].keys()
    detail = description["components"]["schemas"]["JobDetail"]["properties"]
    assert {"receipt", "progress", "place", "history", "files", "hours", "failure"} <= detail.keys()
    assert not any(path.startswith("/jobs") for path in description["paths"])


WAV_100 = b"RIFF" + bytes(range(96))
