"""Minutes on their job's page and in the API: how complete they are, taking them as they are, telling speakers apart again."""

from typing import Any

import httpx
import pytest

from digilab.jobs import lifecycle
from digilab.jobs.lifecycle import Failure, NewPart
from digilab.jobs.records import Job
from digilab.jobs.rules import JobState
from digilab.jobs.speakers import COST
from digilab.web.wording import clock_text, exact_text, percent_text
from doors.clerk import Clerk
from doors.house import House

GAP = {"start": 62.0, "end": 76.5, "speech": 12.4}
CERTIFICATE: dict[str, Any] = {
    "duration": 3600.0,
    "speech": 1800.0,
    "covered": 1755.0,
    "coverage": 0.975,
    "decoded_again": 45.0,
    "model": "large-v3-turbo",
    "gap_count": 1,
    "gaps": [GAP],
    "removed_count": 1,
    "removed": [
        {"start": 120.0, "text": "ご視聴<ありがとう>", "reason": {"ja": "決まり文句です。", "en": "A phrase."}}
    ],
    "notes": [{"ja": "CPU（int8）で処理しました。", "en": "Done on the CPU."}],
    "hits": [{"term": "防災会議", "count": 3}],
    "hit_count": 1,
}
LOW = {"least_coverage": 0.98, "most_gap_seconds": 10.0, "long_gaps": 1}
LISTS = {"gap_count": 0, "gaps": [], "removed_count": 0, "removed": [], "notes": [], "hits": [], "hit_count": 0}


def recording(name: str = "会議.wav", **changes: Any) -> dict[str, Any]:
    return {"name": name, "certificate": CERTIFICATE | changes, "incomplete": None, "speakers": 0}


def minutes(house: House, result: dict[str, Any] | None = None, **how: Any) -> Job:
    """A job whose minutes were just written."""
    house.hand_in()
    house.split([3600.0])
    house.work()
    return house.join({"定例会.txt": "本日は\n".encode()}, 3600.0, result=result, **how)


def held(house: House) -> Job:
    return minutes(house, {"recordings": [recording() | {"incomplete": LOW}]}, review=True)


def state(house: House) -> JobState:
    return house.jobs()[-1].status


def test_the_job_page_shows_the_certificate(house: House, sato: Clerk) -> None:
    job = minutes(house, {"recordings": [recording()]})
    page = sato.http.get(f"/jobs/{job.receipt}").text
    for words in (
        "30分",
        "29分15秒（97.5 %）",
        "45秒（2.5 %）",
        "large-v3-turbo",
        "CPU（int8）で処理しました。",
        "防災会議",
    ):
        assert words in page
    assert "0:01:02～0:01:17" in page
    assert "話し声 12.4秒" in page
    assert "ご視聴&lt;ありがとう&gt;" in page
    assert "決まり文句です。" in page
    assert "このまま受け取る" not in page


def test_what_the_page_says_where_there_is_nothing_several_things_or_no_certificate(house: House, sato: Clerk) -> None:
    whole = sato.http.get(f"/jobs/{minutes(house, {'recordings': [recording(**LISTS, coverage=1.0)]}).receipt}").text
    assert "空白はありません。" in whole
    assert "取り除いた文はありません。" in whole
    several = minutes(house, {"recordings": [recording("午前.wav"), recording("午後.wav")]})
    page = sato.http.get(f"/jobs/{several.receipt}").text
    assert "<h3>午前.wav</h3>" in page
    assert "<h3>午後.wav</h3>" in page
    without_model = minutes(house, {"recordings": [], "no_speaker_model": True})
    assert "発言者を分けるモデルがないため" in sato.http.get(f"/jobs/{without_model.receipt}").text
    before_there_were_certificates = minutes(house)
    page = sato.http.get(f"/jobs/{before_there_were_certificates.receipt}").text
    assert "文字起こしの証明" not in page
    assert "定例会.txt" in page


def test_a_page_that_waits_for_a_person_says_why_and_what_to_do(house: House, sato: Clerk) -> None:
    job = held(house)
    page = sato.http.get(f"/jobs/{job.receipt}").text
    assert "話した時間のうち、文字になったのは 97.5 % です（基準 98.0 % 以上）。" in page
    assert "話し声が10秒を超えて文字になっていない箇所が1か所あります。" in page
    assert "録音で聞き" in page
    assert "このまま受け取る" in page
    assert f'href="/jobs/{job.receipt}#incomplete"' in sato.http.get("/").text


def test_a_person_of_the_department_takes_them_as_they_are(house: House, sato: Clerk) -> None:
    job = held(house)
    assert sato.post(f"/jobs/{job.receipt}/accept").status_code == 303
    assert state(house) is JobState.DONE
    page = sato.http.get(f"/jobs/{job.receipt}").text
    assert "結果をこのまま受け取りました(sato)。" in page
    assert "このまま受け取る</button>" not in page
    again = sato.post(f"/jobs/{job.receipt}/accept")
    assert again.status_code == 409
    assert "job-not-in-review" in again.text
    [noted] = house.audit("accept")
    assert noted.login == "sato"


def test_nobody_else_can_take_them(house: House, suzuki: Clerk, visitor: Clerk) -> None:
    job = held(house)
    assert suzuki.post(f"/jobs/{job.receipt}/accept").status_code == 404
    assert visitor.http.post(f"/jobs/{job.receipt}/accept").status_code in (303, 401)
    assert state(house) is JobState.REVIEW


def test_they_are_not_finished_as_forms_are(house: House, sato: Clerk, api: httpx.Client) -> None:
    job = held(house)
    shown = sato.http.get(f"/jobs/{job.receipt}/review", follow_redirects=False)
    assert (shown.status_code, shown.headers["location"]) == (303, f"/jobs/{job.receipt}#incomplete")
    finished = sato.post(f"/jobs/{job.receipt}/review/finish", acknowledged="yes")
    assert finished.status_code == 409
    for body in ({"answers": []}, {"answers": [], "held_acknowledged": True}):
        answered = api.post(f"/api/v1/jobs/{job.receipt}/doubts", json=body)
        assert answered.json()["error"]["code"] == "job-not-in-review"
    assert state(house) is JobState.REVIEW
    assert "定例会.txt" in sato.http.get(f"/jobs/{job.receipt}").text


def test_the_api_tells_the_same_and_can_take_them(house: House, api: httpx.Client) -> None:
    job = held(house)
    told = api.get(f"/api/v1/jobs/{job.receipt}").json()
    [certificate] = told["certificates"]
    assert (certificate["coverage"], certificate["gaps"], certificate["model"]) == (0.975, [GAP], "large-v3-turbo")
    assert len(certificate["incomplete"]) == 2
    assert told["speakers"]["standing"] == "off"
    assert api.post(f"/api/v1/jobs/{job.receipt}/accept").json()["state"] == "done"
    assert api.post(f"/api/v1/jobs/{job.receipt}/accept").status_code == 409


def test_where_speakers_stand_is_told(house: House, sato: Clerk) -> None:
    job = minutes(house, {"recordings": []}, extra=[NewPart(0, 360.0, {"speakers": "auto"})])
    address = f"/jobs/{job.receipt}"
    assert "発言者を分ける順番を待っています。" in sato.http.get(address).text
    lease = house.lease()
    with house.office.database.transaction() as session:
        lifecycle.renew(session, lease.part_id, lease.epoch, 3600, 180.0)
    assert "発言者を分けています（50%）。" in sato.http.get(address).text
    with house.office.database.transaction() as session:
        failure = Failure("speaker-model-broken", {"ja": "モデルが壊れています。", "en": "The model is broken."})
        lifecycle.fail(session, lease.part_id, lease.epoch, failure)
    page = sato.http.get(address).text
    assert "モデルが壊れています。" in page
    assert "定例会.txt" in page
    assert "分け直す" in page


def test_speakers_are_told_apart_again_with_a_number(house: House, sato: Clerk, api: httpx.Client) -> None:
    job = minutes(house)
    assert sato.post(f"/jobs/{job.receipt}/speakers", speakers="３").status_code == 303
    told = api.get(f"/api/v1/jobs/{job.receipt}").json()
    assert (told["speakers"]["standing"], told["speakers"]["asked"], told["state"]) == ("waiting", "3", "done")
    told = api.post(f"/api/v1/jobs/{job.receipt}/speakers", json={"speakers": 4}).json()
    assert told["speakers"]["asked"] == "4"
    assert len(house.audit("speakers")) == 2


def test_asked_for_by_hand_they_weigh_what_they_cost_and_their_progress_is_told(house: House, sato: Clerk) -> None:
    job = minutes(house)
    sato.post(f"/jobs/{job.receipt}/speakers", speakers="auto")
    lease = house.lease()
    with house.office.database.transaction() as session:
        # An hour of recording: a worker counts as a split's and a join's own extra part does.
        lifecycle.renew(session, lease.part_id, lease.epoch, 3600, 1800.0 * COST)
    assert "発言者を分けています（50%）。" in sato.http.get(f"/jobs/{job.receipt}").text


def test_a_number_that_cannot_be_is_refused_in_words(house: House, sato: Clerk) -> None:
    job = minutes(house)
    for speakers in ("1", "11", "many", "", "off", "-2"):
        answer = sato.post(f"/jobs/{job.receipt}/speakers", speakers=speakers)
        assert answer.status_code == 409
        assert "speakers-malformed" in answer.text


def test_speakers_of_another_departments_job_or_one_without_minutes(house: House, sato: Clerk, suzuki: Clerk) -> None:
    job = minutes(house)
    assert suzuki.post(f"/jobs/{job.receipt}/speakers", speakers="2").status_code == 404
    waiting = house.hand_in()
    answer = sato.post(f"/jobs/{waiting.receipt}/speakers", speakers="2")
    assert answer.status_code == 409
    assert "extra-refused" in answer.text


def test_the_intake_page_offers_speakers_and_keeps_what_was_chosen(house: House, sato: Clerk) -> None:
    assert '<option value="off" selected>' in sato.http.get("/").text
    assert sato.hand_in(**{"option.speakers": "3"}).status_code == 303
    assert house.jobs()[-1].options["speakers"] == "3"
    refused = sato.hand_in(**{"option.speakers": "99"})
    assert refused.status_code == 422
    assert len(house.jobs()) == 1


@pytest.mark.parametrize(
    ("seconds", "clock", "length"),
    [(0.0, "0:00:00", "0秒"), (59.9, "0:00:59", "1分"), (3723.0, "1:02:03", "1時間2分3秒")],
)
def test_times_of_a_recording_as_people_read_them(seconds: float, clock: str, length: str) -> None:
    assert (clock_text(seconds), exact_text("ja", seconds)) == (clock, length)


def test_what_is_not_everything_is_never_called_everything() -> None:
    assert [percent_text(share) for share in (1.0, 0.99999, 0.98, 0.0)] == ["100.0 %", "99.9 %", "98.0 %", "0.0 %"]
