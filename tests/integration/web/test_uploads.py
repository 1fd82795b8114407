"""Submissions over the wire: whole ones are kept, and of everything else nothing is left."""

import hashlib
import os
import resource
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from digilab.database.session import Database
from digilab.web import serve
from doors.clerk import Clerk, form, program
from doors.house import SERVICE, WAV, House, furnished
from doors.server import serving

MIB = 1024 * 1024
LIMIT = 4 * MIB
BOUNDARY = "boundary123"


def submit(api: httpx.Client, *files: tuple[str, bytes], key: str = "", **fields: str) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    chosen = files or (("会議.wav", WAV),)
    return api.post("/api/v1/jobs", files=form({"service": SERVICE, **fields}, *chosen), headers=headers)


def refused(answer: httpx.Response, status: int, code: str, house: House) -> str:
    """The sentence of a refusal that left nothing behind."""
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
    assert house.incoming == []
    assert house.kept == []
    assert house.jobs() == []
    return str(answer.json()["error"]["sentence"])


def until_nothing_is_incoming(house: House) -> None:
    deadline = time.monotonic() + 10
    while house.incoming:
        assert time.monotonic() < deadline, house.incoming
        time.sleep(0.01)  # until the server has noticed


# --- what is accepted -----------------------------------------------------------------------------------


def test_an_accepted_file_is_kept_byte_for_byte(house: House, api: httpx.Client) -> None:
    content = WAV + os.urandom(3 * MIB + 17)
    answer = submit(api, ("会議.wav", content), title="定例会")
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/jobs/{answer.json()['receipt']}"
    (file,) = house.files(1)
    assert (file.name, file.size, file.sha256) == ("会議.wav", len(content), hashlib.sha256(content).hexdigest())
    with house.office.store.open(file.key) as blocks:
        assert b"".join(blocks) == content
    assert house.incoming == []


def test_several_files_are_one_job(house: House, api: httpx.Client) -> None:
    assert submit(api, ("前半.wav", WAV + b"1"), ("後半.wav", WAV + b"2"), ("前半.wav", WAV + b"3")).status_code == 201
    assert [file.name for file in house.files(1)] == ["前半.wav", "後半.wav", "前半 (2).wav"]


def test_the_hand_in_form_leads_to_the_jobs_page(house: House, sato: Clerk) -> None:
    answer = sato.hand_in(title="定例会", **{"option.meeting_date@minutes": "2026-11-20"})
    (job,) = house.jobs()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job.receipt}")
    assert (job.title, job.options) == ("定例会", {"meeting_date": "2026-11-20"})
    assert house.audit("submit")[0].subject == job.receipt
    page = sato.http.get(answer.headers["location"]).text
    assert job.receipt in page
    assert "受付済み" in page


def test_the_queue_is_nudged_after_a_job_was_accepted(house: House, api: httpx.Client) -> None:
    submit(api)
    assert house.office.queue.wait_for_nudge(0.1)


def test_a_name_is_shown_and_never_a_path(house: House, api: httpx.Client) -> None:
    names = ["../../etc/passwd\u202efdp.wav", "C:\\録音\\会議.wav", "a\u0000b.wav", "😀" * 100 + ".wav"]
    for name in names[:2]:
        assert submit(api, (name, WAV)).status_code == 201
    assert [file.name for job in house.jobs() for file in house.files(job.id)] == ["passwdfdp.wav", "会議.wav"]
    assert all(key.startswith("inputs/") and key.isascii() for key in house.kept)


def test_the_same_request_again_is_the_same_job(house: House, api: httpx.Client) -> None:
    first, again = submit(api, key="k1"), submit(api, key="k1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["receipt"] == again.json()["receipt"]
    assert len(house.jobs()) == len(house.kept) == 1


def test_the_same_key_with_another_body_is_refused(house: House, api: httpx.Client) -> None:
    submit(api, key="k1")
    answer = submit(api, ("別.wav", WAV + b"other"), key="k1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "idempotency-mismatch")
    assert len(house.jobs()) == len(house.kept) == 1


# --- what is refused ------------------------------------------------------------------------------------


def test_an_empty_file_is_refused(house: House, api: httpx.Client) -> None:
    """A1"""
    assert "空(0バイト)" in refused(submit(api, ("会議.wav", b"")), 422, "file-empty", house)


def test_a_text_with_the_name_of_a_recording_is_refused(house: House, api: httpx.Client) -> None:
    refused(submit(api, ("会議.mp3", "これは文章です。".encode())), 415, "type-mismatch", house)


def test_a_pdf_with_the_name_of_a_recording_is_sent_to_the_forms(house: House, api: httpx.Client) -> None:
    """A3"""
    told = refused(submit(api, ("会議.mp3", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")), 415, "type-mismatch", house)
    assert "中身は別の種類(PDF)です" in told
    assert "帳票を読み取る業務メニュー" in told


def test_an_archive_of_a_meetings_tracks_is_to_be_unpacked(house: House, api: httpx.Client) -> None:
    """A18"""
    told = refused(submit(api, ("audio_tracks.zip", b"PK\x03\x04" + bytes(99))), 415, "archive-refused", house)
    assert "展開" in told
    assert "全員の声が入ったもの" in told


def test_a_file_of_another_service_is_refused_and_its_service_named(house: House, api: httpx.Client) -> None:
    told = refused(submit(api, ("予算.xlsx", b"PK\x03\x04")), 415, "wrong-service", house)
    assert "予算.xlsx" in told
    assert "システムへ登録する業務メニュー" in told


def test_a_name_that_an_old_client_sent_as_cp932_is_recovered(house: House, api: httpx.Client) -> None:
    """A22: the bytes of cp932 come undeclared, as many an old program sends them."""
    boundary, name = b"0123456789abcdef", "会議録①.wav".encode("cp932")
    field = b'--%b\r\nContent-Disposition: form-data; name="service"\r\n\r\nminutes\r\n' % boundary
    file = b'--%b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n' % (boundary, name)
    answer = api.post(
        "/api/v1/jobs",
        content=field + file + WAV + b"\r\n--%b--\r\n" % boundary,
        headers={"content-type": "multipart/form-data; boundary=" + boundary.decode()},
    )
    assert answer.status_code == 201
    assert [one.name for one in house.files(1)] == ["会議録①.wav"]


def test_an_unknown_service_is_refused(house: House, api: httpx.Client) -> None:
    refused(submit(api, service="fortune-telling"), 422, "service-unknown", house)


def test_no_file_is_refused(house: House, api: httpx.Client) -> None:
    answer = api.post("/api/v1/jobs", files=form({"service": SERVICE}))
    refused(answer, 422, "file-missing", house)


def test_a_file_chooser_that_was_left_empty_is_no_file(house: House, api: httpx.Client) -> None:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="service"\r\n\r\n{SERVICE}\r\n'
    empty = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--{BOUNDARY}--\r\n'
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    answer = api.post("/api/v1/jobs", content=(head + empty).encode(), headers={"Content-Type": kind})
    refused(answer, 422, "file-missing", house)


def test_too_many_files_are_refused_and_the_limit_is_named(house: House, api: httpx.Client) -> None:
    answer = submit(api, *((f"{number}.wav", WAV) for number in range(1001)))
    assert "3ファイルまで" in refused(answer, 422, "too-many-files", house)


def test_too_many_fields_are_refused_and_the_limit_is_named(house: House, api: httpx.Client) -> None:
    answer = submit(api, **{f"field{number}": "x" for number in range(1001)})
    assert "100個まで" in refused(answer, 400, "too-many-fields", house)


def test_a_field_name_of_5000_signs_is_refused_in_japanese(house: House, api: httpx.Client) -> None:
    assert "長すぎます" in refused(submit(api, **{"x" * 5000: "1"}), 400, "field-too-long", house)


def test_a_body_that_is_no_form_is_refused_in_japanese(house: House, api: httpx.Client) -> None:
    answer = api.post("/api/v1/jobs", json={"service": SERVICE})
    assert "読み取れません" in refused(answer, 400, "request-malformed", house)


def test_a_form_that_is_broken_is_refused_in_japanese(house: House, api: httpx.Client) -> None:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    answer = api.post("/api/v1/jobs", content=b"no boundary at all", headers={"Content-Type": kind})
    refused(answer, 400, "request-malformed", house)


@pytest.mark.parametrize(
    "options",
    ["[" * 10_000, '{"a": NaN}', '{"a": Infinity}', '{"a": 1, "a": 2}', '{"a": ' + "9" * 5000 + "}", "[]", "{",
     '{"a": {"b": 1}}', '{"a": "' + "x" * 2001 + '"}', '{"a": "\\ud800"}'],
    ids=["deep", "NaN", "infinity", "twins", "huge", "list", "half", "nested", "long", "half-a-sign"],
)  # fmt: skip
def test_options_that_are_no_flat_json_are_refused(house: House, api: httpx.Client, options: str) -> None:
    refused(submit(api, options=options), 422, "options-malformed", house)


def test_options_reach_the_job(house: House, api: httpx.Client) -> None:
    submit(api, options='{"meeting_date": "2026-11-20", "speakers": 4}', priority="low")
    (job,) = house.jobs()
    assert (job.options, job.priority) == ({"meeting_date": "2026-11-20", "speakers": 4}, 2)


def test_an_auditor_only_reads(house: House, url: str) -> None:
    with program(url, house.token("auditor")) as auditor:
        refused(submit(auditor), 403, "not-allowed", house)


# --- too large, cut, slow, full -------------------------------------------------------------------------


def raw(url: str, token: str, head: bytes, *, length: int | None) -> socket.socket:
    """A connection that has sent the beginning of a submission."""
    where = urlsplit(url)
    connection = socket.create_connection((where.hostname or "", where.port or 0), timeout=30)
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    connection.sendall(
        f"POST /api/v1/jobs HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n{framing}\r\n\r\n".encode()
    )
    connection.sendall(head if length is not None else b"%x\r\n%s\r\n" % (len(head), head))
    return connection


def beginning(name: str = "a.wav") -> bytes:
    return (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="service"\r\n\r\n{SERVICE}\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    ).encode() + WAV


def answer_of(connection: socket.socket) -> tuple[int, str]:
    """(status, text) as soon as the answer is there."""
    received = b""
    with connection:
        while b"}}" not in received and (block := connection.recv(65536)):
            received += block
    return int(received.split()[1]), received.partition(b"\r\n\r\n")[2].decode()


def test_a_file_over_the_limit_is_refused_while_it_comes(house: House, api: httpx.Client) -> None:
    sentence = refused(submit(api, ("長い.wav", WAV + bytes(LIMIT))), 413, "file-too-large", house)
    assert "長い.wav" in sentence
    assert "4.0 MB" in sentence


def test_the_limit_is_noticed_before_the_rest_has_come(house: House, url: str) -> None:
    connection = raw(url, house.token("sato"), beginning(), length=2 * LIMIT)
    connection.sendall(bytes(LIMIT + MIB))
    status, text = answer_of(connection)  # the rest is never sent
    assert status == 413
    assert "file-too-large" in text
    until_nothing_is_incoming(house)


def test_a_stated_length_over_the_limit_is_refused_at_once(house: House, url: str) -> None:
    status, text = answer_of(raw(url, house.token("sato"), b"", length=10 * 1024**3))
    assert status == 413
    assert "submission-too-large" in text
    assert house.incoming == []


def test_a_body_without_a_stated_length_has_the_same_limit(house: House, url: str) -> None:
    connection = raw(url, house.token("sato"), beginning() + bytes(LIMIT + MIB), length=None)
    status, text = answer_of(connection)
    assert status == 413
    assert "file-too-large" in text
    until_nothing_is_incoming(house)


def test_a_wrong_type_is_refused_before_its_bytes_come(house: House, url: str) -> None:
    status, text = answer_of(raw(url, house.token("sato"), beginning("予算.xlsx"), length=2 * MIB))
    assert status == 415
    assert "wrong-service" in text


@pytest.mark.parametrize("length", [3 * MIB, None], ids=["length stated", "chunked"])
def test_a_cut_line_leaves_nothing_behind(house: House, url: str, length: int | None) -> None:
    connection = raw(url, house.token("sato"), beginning() + bytes(2 * MIB), length=length)
    deadline = time.monotonic() + 10
    while not house.incoming:
        assert time.monotonic() < deadline
        time.sleep(0.01)  # until the first bytes are on the disk
    connection.close()
    until_nothing_is_incoming(house)
    assert house.jobs() == []
    assert house.kept == []


def test_a_body_that_ends_without_its_last_boundary_is_a_cut_one(house: House, url: str) -> None:
    body = beginning() + bytes(1000)
    status, text = answer_of(raw(url, house.token("sato"), body, length=len(body)))
    assert status == 400
    assert "upload-cut" in text
    assert house.incoming == house.kept == []


def test_a_connection_that_never_asks_anything_is_closed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "HEAD_SECONDS", 0.2)
    with serving(house.office) as (url, _):
        where = urlsplit(url)
        with socket.create_connection((where.hostname or "", where.port or 0), timeout=30) as connection:
            connection.sendall(b"POST /sign-in HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            assert connection.recv(1) == b""


def test_a_sender_that_falls_silent_is_cut_off(house: House) -> None:
    with serving(house.office, patience=0.2) as (url, _):
        status, text = answer_of(raw(url, house.token("sato"), beginning(), length=MIB))
        assert status == 408
        assert "upload-too-slow" in text
        until_nothing_is_incoming(house)


def test_a_foreign_form_is_refused_before_its_files_come(house: House, url: str, sato: Clerk) -> None:
    where = urlsplit(url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=30) as connection:
        cookies = "; ".join(f"{name}={value}" for name, value in sato.http.cookies.items())
        connection.sendall(
            f"POST / HTTP/1.1\r\nHost: {where.netloc}\r\nCookie: {cookies}\r\nAccept: application/json\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {MIB}\r\n\r\n".encode()
        )
        connection.sendall(beginning())
        status, text = answer_of(connection)
    assert status == 403
    assert "foreign-form" in text
    assert house.incoming == []


@pytest.fixture
def full(tmp_path: Path, sqlite: Database) -> Iterator[House]:
    """A house whose files lie on a disk of 4 MiB, or where we may not mount, on one where no file may grow beyond 2 MiB."""
    disk = tmp_path / "small"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not mounted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MIB, limits[1]))
    yield furnished(disk, sqlite, max_file_bytes=64 * MIB)
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    if mounted:
        with suppress(OSError):
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_is_said_in_japanese_and_leaves_nothing(full: House) -> None:
    with serving(full.office) as (url, _), program(url, full.token("sato")) as api:
        answer = submit(api, ("会議.wav", WAV + bytes(8 * MIB)))
        assert "空き容量が足りない" in refused(answer, 507, "no-space", full)
        assert submit(api).status_code == 201


def test_a_refused_form_comes_back_with_what_was_typed(house: House, sato: Clerk) -> None:
    answer = sato.hand_in(
        ("会議.wav", b""), title="{{7*7}} <b>定例会</b>", **{"option.meeting_date@minutes": "2026-11-20"}
    )
    assert answer.status_code == 422
    assert "空(0バイト)" in answer.text
    assert 'value="{{7*7}} &lt;b&gt;定例会&lt;/b&gt;"' in answer.text
    assert 'value="2026-11-20"' in answer.text
    assert house.jobs() == []


def test_a_stale_form_comes_back_with_what_was_typed(house: House, sato: Clerk) -> None:
    fields = {"form_token": "of yesterday", "service": SERVICE, "title": "長い題"}
    answer = sato.http.post("/", files=form(fields, ("会議.wav", WAV)))
    assert answer.status_code == 403
    assert 'value="長い題"' in answer.text
    assert sato.token in answer.text
    assert house.audit("access")[-1].detail["code"] == "foreign-form"
    assert house.jobs() == []
