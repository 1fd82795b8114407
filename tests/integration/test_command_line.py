"""`digilab …` as an operator types it, in a house of this test's own with a real Redis."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from digilab import cli
from digilab.access.records import Audit
from digilab.database.session import Database, now
from digilab.jobs import lifecycle
from digilab.jobs.lifecycle import Failure
from digilab.jobs.records import Job, Part, Pause
from digilab.jobs.rules import PartState, job_id_of
from digilab.targets import engine
from digilab.up import lock_folder

RECEIPT = re.compile(r"DL-\d{6,}-\d")
SOUND = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00"


@dataclass
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def settings(data: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house that the environment names."""
    monkeypatch.setenv("DIGILAB_DATA", str(data))
    monkeypatch.setenv("DIGILAB_QUEUE__URL", redis_url)
    monkeypatch.setenv("COLUMNS", "200")
    # No form definitions: checking those of the distribution takes seconds that only their own tests need.
    monkeypatch.setenv("DIGILAB_FORMS__FOLDER", str(data))
    # No robots either, for the same reason.
    monkeypatch.setattr(engine, "ENGINE", ("sh", "-c", "echo []"))
    return data


@pytest.fixture
def digilab(settings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line's entry point, in this process."""
    assert settings.is_dir()

    def whole_program() -> None:
        cli.main()
        sys.exit(0)

    def run(*arguments: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["digilab", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            whole_program()
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return Ended(ended.value.code if isinstance(ended.value.code, int) else 0, told.out, told.err)

    return run


@pytest.fixture
def house(digilab: Command) -> Command:
    """A furnished house."""
    assert digilab("db", "upgrade").code == 0
    return digilab


@pytest.fixture
def record(settings: Path) -> Database:
    """The house's database, to look into."""
    return Database(f"sqlite:///{settings / 'digilab.sqlite'}")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A file that passes the door."""
    path = tmp_path / "定例会.wav"
    path.write_bytes(SOUND)
    return path


def handed_in(digilab: Command, recording: Path, *arguments: str) -> str:
    """The receipt number of a new job."""
    ended = digilab("submit", recording, *arguments)
    assert ended.code == 0, ended.err
    found = RECEIPT.search(ended.out)
    assert found is not None
    return found[0]


def actions(record: Database) -> list[tuple[str, str]]:
    """The audit trail's lines: who and what."""
    with record.reading() as session:
        return [
            (line.login.partition(":")[0], line.action) for line in session.scalars(select(Audit).order_by(Audit.id))
        ]


def a_model(folder: Path) -> Path:
    """A folder that passes for a speech model until somebody reads with it."""
    folder.mkdir()
    for name, content in (("model.bin", b"weights"), ("config.json", b"{}"), ("tokenizer.json", b"{}")):
        (folder / name).write_bytes(content)
    return folder


# --- the house --------------------------------------------------------------------------------------------


def test_an_empty_house_is_furnished_once_and_shows_the_first_password_once(digilab: Command) -> None:
    assert digilab("db", "check").code == 1
    first = digilab("db", "upgrade")
    assert re.search(r"admin のパスワード: [a-z2-9]{20}", first.out)
    assert digilab("db", "upgrade").out == ""
    checked = digilab("db", "check")
    assert checked.code == 0
    current, newest = checked.out.strip().split(" / ")
    assert current == newest


def test_the_doctor_names_what_is_missing(house: Command) -> None:
    examined = house("doctor")
    assert examined.code == 1
    lines = {line[5:].partition(":")[0]: line[:4] for line in examined.out.splitlines()}
    sound = ("redis-server", "database", "store", "queue", "device", "disk", "browser", "vault", "robots")
    assert lines == dict.fromkeys(sound, "[OK]") | {"model": "[NG]"}


def test_the_doctor_sees_that_the_tables_are_missing(digilab: Command) -> None:
    told = digilab("doctor").out
    assert "[NG] database: " in told
    assert "digilab db upgrade" in told


def test_the_doctor_is_content_when_all_is_there(house: Command, tmp_path: Path) -> None:
    assert house("models", "import", a_model(tmp_path / "small")).code == 0
    assert house("doctor").code == 0


def test_the_doctor_of_a_house_that_is_not_up_finds_no_fault_in_its_queue(
    house: Command, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Redis runs with the house; before a start that is asked for after a restore, it does not."""
    monkeypatch.delenv("DIGILAB_QUEUE__URL")
    assert "[OK] queue: 起動していません" in house("doctor").out
    assert not (settings / "up.lock").exists(), (
        "an administrator's look must not leave a lock that the house cannot open"
    )
    with lock_folder(settings):
        assert "[NG] queue: " in house("doctor").out
    assert "[OK] queue: 起動していません" in house("doctor").out
    monkeypatch.setenv("DIGILAB_QUEUE__URL", "redis://127.0.0.1:1/0")
    assert "[NG] queue: " in house("doctor").out


@pytest.mark.parametrize(
    ("capability", "wanted"),
    [
        ("transcription", {"model": "[NG]", "device": "[OK]"}),
        ("form", {}),
        ("robot", {"browser": "[OK]", "vault": "[OK]", "robots": "[OK]"}),
    ],
)
def test_the_doctor_of_a_worker_asks_for_what_this_worker_needs(
    house: Command, capability: str, wanted: dict[str, str]
) -> None:
    examined = house("doctor", "--capability", capability)
    lines = {line[5:].partition(":")[0]: line[:4] for line in examined.out.splitlines()}
    assert lines == dict.fromkeys(("redis-server", "database", "store", "queue", "disk"), "[OK]") | wanted
    assert examined.code == ("[NG]" in wanted.values())
    assert house("doctor", "--capability", "weather").code == 2


def test_an_error_is_told_in_words_with_its_code_in_the_language_of_the_house(
    house: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    japanese = house("jobs", "show", "DL-000009-1")
    assert japanese.code == 1
    assert "[not-found] お探しのもの" in japanese.err
    monkeypatch.setenv("DIGILAB_LANGUAGE", "en")
    english = house("jobs", "show", "DL-000009-1")
    assert "[not-found]" in english.err
    assert "お" not in english.err


def test_the_installed_program_says_the_same_as_the_entry_point(settings: Path) -> None:
    command = [str(Path(sys.executable).parent / "digilab"), "jobs", "show", "DL-000009-1", "--as", "nobody"]
    environment = {**os.environ, "DIGILAB_DATA": str(settings)}
    for arguments in (["db", "upgrade"], command[1:]):
        ended = subprocess.run([command[0], *arguments], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("[person-unknown]")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["jobs", "pause", "保守", "--kind", "no-such-kind"],
        ["jobs", "resume", "--kind", "no-such-kind"],
        ["services", "add", "x", "名", "--kind", "no-such-kind"],
        ["services", "approve", "424242", "admin"],
        ["services", "close", "no-such-service"],
        ["services", "baseline", "minutes", "0", "課長", "実測"],
        ["department", "add", "010", "総務課", "--share", "0"],
        ["department", "add", "010", "総務課", "--share", "nan"],
        ["user", "add", "sato", "佐藤", "no-such-department"],
        ["user", "add", "admin", "同名", "lab"],
        ["user", "add", " x", "空白", "lab"],
        ["user", "password", "nobody"],
        ["token", "add", "nobody", "鍵"],
        ["token", "revoke", "9"],
        ["models", "verify", "../up"],
        ["models", "import", "/no/such/folder"],
        ["submit", "/no/such/file.wav"],
        ["jobs", "cancel", "DL-000001-8"],
        ["jobs", "retry", "何か"],
        ["jobs", "list", "--as", "nobody"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_ends_with_a_sentence_and_changes_nothing(
    house: Command, record: Database, arguments: list[str]
) -> None:
    before = actions(record)
    ended = house(*arguments)
    assert ended.code in (1, 2)
    assert ended.err.strip()
    assert actions(record) == before


# --- people -----------------------------------------------------------------------------------------------


def test_departments_people_and_tokens_are_made_listed_and_ended(house: Command, record: Database) -> None:
    assert house("department", "add", "010", "総務課", "--share", "2").code == 0
    assert house("department", "add", "010", "総務部総務課").code == 0
    assert "010\t総務部総務課" in house("department", "list").out
    added = house("user", "add", "sato", "佐藤", "010", "--role", "operator")
    password = re.search(r"パスワード: ([a-z2-9]{20})", added.out)
    assert password is not None
    assert "sato\t佐藤\t総務部総務課\toperator\t" in house("user", "list").out
    assert password[1] not in house("user", "password", "sato").out
    secret = house("token", "add", "sato", "バッチ").out.strip()
    assert secret.startswith("dl_")
    listed = house("token", "list").out
    assert "1\tsato\tバッチ\t" in listed
    assert secret not in listed
    assert house("token", "revoke", "1").code == 0
    assert "停止" in house("token", "list").out
    assert house("user", "disable", "sato").code == 0
    assert "停止" in house("user", "list").out
    assert actions(record)[1:] == [
        ("cli", action)
        for action in (
            "department-add",
            "department-add",
            "user-add",
            "user-password",
            "token-add",
            "token-revoke",
            "user-disable",
        )
    ]


# --- jobs -------------------------------------------------------------------------------------------------


def test_a_file_is_handed_in_looked_at_cancelled_and_tried_again(
    house: Command, record: Database, recording: Path
) -> None:
    receipt = handed_in(house, recording, "--title", "十一月定例会")
    assert f"{receipt}\t受付済み\tデジラボ\t十一月定例会" in house("jobs", "list").out
    shown = house("jobs", "show", receipt.lower()).out
    assert "受け付けました(1ファイル、提出者 admin)。" in shown
    assert re.search(rf"input\t定例会\.wav\t{len(SOUND)}\t[0-9a-f]{{64}}", shown)
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  受け付け", shown)
    assert "取消" in house("jobs", "cancel", receipt).out
    assert house("jobs", "cancel", receipt).err.startswith("[job-ended]")
    assert "受付済み" in house("jobs", "retry", receipt).out
    assert house("jobs", "retry", receipt).err.startswith("[job-not-ended]")
    assert [action for _, action in actions(record)][1:] == ["job-cancel", "job-retry"]


def test_what_the_door_refuses_the_command_refuses_in_the_same_words(house: Command, tmp_path: Path) -> None:
    empty = tmp_path / "空.wav"
    empty.write_bytes(b"")
    text = tmp_path / "録音.mp3"
    text.write_text("議事録\n", encoding="utf-8")
    assert house("submit", empty).err.startswith("[file-empty] ファイル「空.wav」")
    assert house("submit", text).err.startswith("[type-mismatch]")
    assert house("submit", text, "--service", "other").err.startswith("[service-unknown]")
    assert house("jobs", "list").out == ""


def test_a_job_that_failed_shows_its_reason(house: Command, record: Database, recording: Path) -> None:
    receipt = handed_in(house, recording)
    with record.transaction() as session:
        part = session.scalars(select(Part)).one()
        part.state, part.worker, part.epoch = PartState.LEASED, "w1", 1
        session.flush()
        lifecycle.fail(session, part.id, 1, Failure("audio-broken", {"ja": "録音が壊れています。", "en": "x"}))
    shown = house("jobs", "show", receipt).out
    assert "処理できません" in shown
    assert "[audio-broken] 録音が壊れています。" in shown


def test_a_command_acts_with_the_rights_of_the_person_it_names(house: Command, recording: Path) -> None:
    house("department", "add", "010", "総務課")
    for login, department, role in (("sato", "010", "staff"), ("audit", "lab", "auditor")):
        house("user", "add", login, login, department, "--role", role)
    receipt = handed_in(house, recording)
    assert house("jobs", "show", receipt, "--as", "sato").err.startswith("[not-found]")
    assert house("jobs", "cancel", receipt, "--as", "sato").err.startswith("[not-found]")
    assert house("jobs", "show", receipt, "--as", "audit").code == 0
    assert house("jobs", "cancel", receipt, "--as", "audit").err.startswith("[not-allowed]")
    assert house("submit", recording, "--as", "audit").err.startswith("[not-allowed]")
    mine = handed_in(house, recording, "--as", "sato")
    assert house("jobs", "list", "--as", "sato").out.count("DL-") == 1
    assert "取消" in house("jobs", "cancel", mine, "--as", "sato").out


def test_the_backlog_is_held_and_let_go(house: Command, record: Database) -> None:
    assert house("jobs", "pause", "保守のため").code == 0
    with record.reading() as session:
        [pause] = session.scalars(select(Pause))
        assert (pause.capability, pause.reason, pause.login.partition(":")[0]) == ("transcription", "保守のため", "cli")
    assert house("jobs", "resume").code == 0
    with record.reading() as session:
        assert session.scalars(select(Pause)).all() == []


def test_without_redis_a_job_is_accepted_all_the_same(
    house: Command, recording: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DIGILAB_QUEUE__URL", f"unix://{tmp_path / 'nobody.sock'}")
    receipt = handed_in(house, recording)
    assert receipt in house("jobs", "list").out


# --- the menu and hours -----------------------------------------------------------------------------------


def test_the_menu_is_changed_without_losing_what_is_not_named(house: Command, recording: Path) -> None:
    assert house("services", "add", "talks", "講演", "--description", "講演会の録音").code == 0
    assert house("services", "add", "talks", "講演会").code == 0
    assert "talks\t講演会\ttranscription" in house("services", "list").out
    assert house("services", "close", "talks").code == 0
    assert house("submit", recording, "--service", "talks").err.startswith("[service-unknown]")
    assert house("services", "open", "talks").code == 0
    handed_in(house, recording, "--service", "talks")


def test_a_baseline_is_proposed_approved_and_books_what_waited(
    house: Command, record: Database, recording: Path
) -> None:
    receipt = handed_in(house, recording)
    with record.transaction() as session:
        job = session.get_one(Job, job_id_of(receipt))
        job.state, job.verified, job.ended_at = "done", 3600.0, now(session)
    assert "削減時間の合計: 0.00 時間" in house("hours").out
    proposed = house("services", "baseline", "minutes", "3", "総務課長", "10件の実測", "--valid-from", "2020-04-01")
    number = re.search(r"\[(\d+)\]", proposed.out)
    assert number is not None
    assert "未承認" in house("services", "list").out
    house("user", "add", "sato", "佐藤", "lab")
    assert house("services", "approve", number[1], "sato").err.startswith("[not-allowed]")
    assert "1 件を計上" in house("services", "approve", number[1], "admin").out
    assert "承認済み(admin)" in house("services", "list").out
    assert "削減時間の合計: 3.00 時間" in house("hours").out
    assert "削減時間 3.00 時間を計上しました。" in house("jobs", "show", receipt).out


# --- models -----------------------------------------------------------------------------------------------


def test_a_model_is_brought_in_listed_and_checked(house: Command, settings: Path, tmp_path: Path) -> None:
    medium = a_model(tmp_path / "tiny")
    assert "tiny" in house("models", "import", medium).out
    assert house("models", "list").out.startswith("tiny\t音声認識\t0.0 MB\t")
    assert "3 ファイルとも正常" in house("models", "verify", "tiny").out
    (settings / "models" / "tiny" / "model.bin").write_bytes(b"damaged")
    assert house("models", "verify", "tiny").err.startswith("[model-damaged]")
    assert house("models", "import", medium).err.startswith("[model-name]")
