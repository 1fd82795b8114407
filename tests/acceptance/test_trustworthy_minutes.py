"""Minutes that can be trusted, as somebody at a browser meets them: real engines with the demo models, a real page, by keyboard."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import expect

from bad.audio import write
from digilab.models.folder import import_model
from doors.house import House
from doors.windows import Window, nameless, signed_in, tab_to
from house.tree import ROOT
from integration.test_minutes_afterwards import TALK, Lane, planted
from transcribe.certificate import Gap
from workers.lease import Keeper
from workers.run import Bench


@pytest.fixture
def lane(house: House) -> Iterator[Lane]:
    for model in ("demo", "demo-speakers"):
        import_model(house.office.settings.models_folder, ROOT / "models" / model)
    bench = Bench(house.office, "w1", Keeper(house.office, "w1"))
    yield Lane(house.office, bench)
    bench.engines.close()


def test_minutes_come_with_a_certificate_wait_for_a_person_where_speech_has_no_text_and_get_their_speakers_last(
    house: House, lane: Lane, window: Window, tmp_path: Path
) -> None:
    page = signed_in(window())
    page.locator("#file").set_input_files(write(tmp_path / "対談.wav", TALK.sound))
    page.locator("select[name^='option.speakers']").select_option("2")
    tab_to(page, "#submit")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/DL-*")
    [job] = house.jobs()

    assert lane.step()
    assert lane.step()
    planted(lane, job.id, Gap(2.0, 15.0, 12.0))
    lane.until_ended(job.id)

    # The page has come to the end by itself.
    expect(page.locator("#state")).to_have_text("確認待ち")
    expect(page.locator("#incomplete")).to_contain_text("話し声が10秒を超えて文字になっていない箇所が1か所あります。")
    expect(page.locator("#after")).to_contain_text("発言者を分ける順番を待っています")
    expect(page.locator("section", has=page.locator("#certificate"))).to_contain_text("0:00:02～0:00:15")
    assert nameless(page) == []
    with page.expect_download() as coming:
        page.get_by_role("link", name="対談.docx").click()
    document = Document(io.BytesIO(Path(coming.value.path()).read_bytes()))
    assert "文字起こしの証明" in [paragraph.text for paragraph in document.paragraphs]

    tab_to(page, "form[action$='/accept'] button")
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_text("完了")
    expect(page.locator(".hours-net")).to_be_visible()
    expect(page.locator("#incomplete")).to_have_count(0)
    expect(page.locator("#place")).to_contain_text("に終わりました")
    expect(page.locator("#after")).to_contain_text("発言者を分ける順番を待っています")

    assert lane.step()
    expect(page.locator("#speakers-standing")).to_contain_text("発言者を2人に分けました。")
    expect(page.locator("#after")).to_have_text("")
    assert "発言者2" in lane.files(job.id)["txt"].decode()
    assert "結果をこのまま受け取りました(sato)。" in page.locator(".history").inner_text()

    tab_to(page, "#speakers-count")
    page.keyboard.press("ArrowDown")
    tab_to(page, "form[action$='/speakers'] button")
    page.keyboard.press("Enter")
    expect(page.locator("#speakers-standing")).to_contain_text("順番を待っています")
    assert lane.step()
    expect(page.locator("#speakers-standing")).to_contain_text("発言者を3人に分けました。")
    assert page.locator("#state").inner_text() == "完了"
