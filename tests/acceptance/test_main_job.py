"""From `digilab up` to the Word file and the hours, over HTTP and with real processes."""

import io
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from docx import Document

from bad import audio
from digilab.services.rules import Kind
from servers.digilab_up import DIGILAB, ROOT, UpHouse, digilab_up


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpHouse]:
    """A house that is up, its first baseline approved."""
    settings = {"DIGILAB_WORK__WORKERS": "1", "DIGILAB_WEB__MAX_FILE_BYTES": str(40 * 1024 * 1024)}
    with digilab_up(tmp_path_factory.mktemp("up"), **settings) as house:
        house.command("services", "approve", "1", "admin")
        yield house


@pytest.fixture(scope="module")
def sound() -> audio.Sound:
    """Half a minute of speech."""
    return audio.speech(ROOT / "samples" / "speech", seconds=30)


def test_a_recording_goes_in_and_minutes_come_out_and_hours_are_booked(
    up: UpHouse, tmp_path: Path, sound: audio.Sound
) -> None:
    recording = audio.write(tmp_path / "定例会.m4a", sound, "m4a", rate=44100)
    answer = up.hand_in(recording, title="第3回 定例会", options='{"meeting_date": "2026-11-20"}')
    assert answer.status_code == 201
    receipt = answer.json()["receipt"]
    job = up.wait(receipt)
    assert job["state"] == "done", job
    assert {file["name"] for file in job["files"] if file["role"] == "output"} == {
        f"第3回 定例会.{ending}" for ending in ("docx", "txt", "srt", "vtt", "json")
    }
    minutes = Document(io.BytesIO(up.fetch(receipt, "第3回 定例会.docx")))
    words = "\n".join(cell.text for table in minutes.tables for row in table.rows for cell in row.cells)
    assert "令和8年11月20日" in words
    assert receipt in words
    assert "教育委員会の山本さんから報告があります。" in words
    hours = job["hours"]
    assert hours["minutes_per_unit"] == 4.0
    assert hours["volume"] == pytest.approx(0.5, abs=0.02)
    assert hours["net_minutes"] == pytest.approx(4.0 * hours["volume"])
    assert up.fetch(receipt, recording.name) == recording.read_bytes()
    assert [line["event"] for line in job["history"]] == ["received", "started", "done", "booked"]


def test_minutes_that_people_worked_are_taken_off_the_hours(up: UpHouse, tmp_path: Path, sound: audio.Sound) -> None:
    receipt = up.hand_in(audio.write(tmp_path / "a.wav", sound)).json()["receipt"]
    up.wait(receipt)
    up.client.post(f"/api/v1/jobs/{receipt}/minutes", json={"minutes": 5}).raise_for_status()
    hours = up.client.get(f"/api/v1/jobs/{receipt}").json()["hours"]
    assert hours["human_minutes"] == 5
    assert hours["net_minutes"] == pytest.approx(hours["manual_minutes"] - 5)
    assert hours["net_minutes"] < 0, "a loss is shown as one"


@pytest.mark.parametrize(
    ("make", "name", "status", "code"),
    [
        ("empty", "空.wav", 422, "file-empty"),
        ("text", "議事.mp3", 415, "type-mismatch"),
        ("workbook", "名簿.xlsx", 415, "wrong-service"),
        ("large", "大.wav", 413, "file-too-large"),
    ],
)
def test_what_is_refused_at_the_door_gets_a_sentence_and_no_receipt(
    up: UpHouse, tmp_path: Path, make: str, name: str, status: int, code: str
) -> None:
    content = {
        "empty": b"",
        "text": "議題1 予算について\n".encode() * 50,
        "workbook": b"PK\x03\x04" + bytes(500),
        "large": b"RIFF" + bytes(41 * 1024 * 1024),
    }[make]
    path = tmp_path / "file"
    path.write_bytes(content)
    answer = up.hand_in(path, name=name)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["code"] == code
    assert name in error["sentence"]
    assert "receipt" not in answer.json()
    assert not list((up.folder / "data" / "files" / "incoming").iterdir())


def test_what_only_opening_shows_gets_a_receipt_a_sentence_and_keeps_its_original(
    up: UpHouse, tmp_path: Path, sound: audio.Sound
) -> None:
    whole = audio.write(tmp_path / "whole.m4a", sound, "m4a", rate=44100).read_bytes()
    (tmp_path / "途中.m4a").write_bytes(whole[: len(whole) // 2])
    audio.write(tmp_path / "無音.wav", sound[: 20 * audio.RATE] * 0)
    audio.film_without_sound(tmp_path / "映像.mp4")
    (tmp_path / "雑.mp3").write_bytes(b"\xff\xfb" + os.urandom(40_000))
    expected = {
        "途中.m4a": "audio-ends-early",
        "無音.wav": "audio-no-speech",
        "映像.mp4": "audio-without-sound-track",
        "雑.mp3": "audio-unreadable",
    }
    receipts = {name: up.hand_in(tmp_path / name).json()["receipt"] for name in expected}
    for name, code in expected.items():
        job = up.wait(receipts[name])
        assert job["state"] == "failed", (name, job)
        assert job["failure"]["code"] == code, (name, job["failure"])
        assert job["failure"]["sentence"].endswith("。")
        assert job["hours"] is None
        assert up.fetch(receipts[name], name) == (tmp_path / name).read_bytes()


def test_a_second_house_in_the_same_data_folder_is_refused(up: UpHouse) -> None:
    second = subprocess.run([DIGILAB, "up"], env=up.environment, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert "already-up" in second.stderr
    assert "Traceback" not in second.stderr


def test_another_service_name_is_refused(up: UpHouse, tmp_path: Path, sound: audio.Sound) -> None:
    answer = up.hand_in(audio.write(tmp_path / "a.wav", sound), service="forms")
    assert answer.status_code in (404, 422)
    assert answer.json()["error"]["code"] == "service-unknown"


PROCESSES = 3 + len(Kind)
"""Web, clock and Redis, and a worker for each kind."""


def test_every_process_that_dies_is_started_again_and_none_is_left_behind(tmp_path: Path, sound: audio.Sound) -> None:
    with digilab_up(tmp_path, DIGILAB_WORK__WORKERS="1") as house:
        before = _children(house)
        assert len(before) == PROCESSES, before
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        _until(lambda: len(_children(house)) == PROCESSES and not set(before) & set(_children(house)))
        recording = audio.write(tmp_path / "a.wav", sound)
        _until(lambda: _accepted(house, recording))
        receipt = house.client.get("/api/v1/jobs").json()["jobs"][0]["receipt"]
        assert house.wait(receipt)["state"] == "done"
        orphans = _children(house)
    _until(lambda: not [pid for pid in orphans if _alive(pid)])


def test_a_house_whose_supervisor_is_killed_takes_everything_down_with_it(tmp_path: Path) -> None:
    with digilab_up(tmp_path, ends_with=-signal.SIGKILL, DIGILAB_WORK__WORKERS="1") as house:
        children = _children(house)
        assert len(children) == PROCESSES, children
        house.process.kill()
        house.process.wait()
        _until(lambda: not [pid for pid in children if _alive(pid)])


def _accepted(house: UpHouse, recording: Path) -> bool:
    try:
        return house.hand_in(recording).status_code == 201
    except httpx.TransportError:
        return False


def _children(house: UpHouse) -> list[int]:
    return [
        int(pid) for pid in Path(f"/proc/{house.process.pid}/task/{house.process.pid}/children").read_text().split()
    ]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _until(condition: Callable[[], bool], patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
