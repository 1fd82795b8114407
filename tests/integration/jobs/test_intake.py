"""Accepted means kept: what stands when a 受付番号 is given, and that nothing stands when it is not."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from digilab.database.session import Database
from digilab.errors import (
    DatabaseUnreachableError,
    FileEmptyError,
    FileMissingError,
    IdempotencyMismatchError,
    IntakeError,
    NoSpaceError,
    NotAllowedError,
    OptionsMalformedError,
    QueueUnreachableError,
    ServiceUnknownError,
    StoreUnreachableError,
    TooManyFilesError,
    TypeMismatchError,
    WrongServiceError,
)
from digilab.jobs.intake import Received
from digilab.jobs.records import File, HistoryEntry, Job, Part
from digilab.jobs.rules import JobState, PartState, Priority, Stage, job_id_of
from digilab.queue.redis import RedisQueue
from digilab.services.menu import add_service, service_of
from digilab.services.rules import Kind
from digilab.store.contract import Stored
from digilab.store.folder import FolderStore
from integration.jobs.lab import SERVICE, SOUND, Lab
from servers.redis import RedisServer


def nothing_stands(lab: Lab) -> bool:
    rows = sum(lab.count(table) for table in (Job, Part, File, HistoryEntry))
    return rows == 0 and lab.kept() == []


def test_file_job_part_and_history_stand_when_the_number_is_given(lab: Lab) -> None:
    accepted = lab.submit("sato", lab.received(SOUND + b"1", "定例会.wav"), title="定例会", options={"speed": 2})
    job = lab.look(accepted.job_id)
    assert job_id_of(accepted.receipt) == job.id
    assert accepted.fresh
    assert (job.status, job.title, job.department_id) == (JobState.RECEIVED, "定例会", lab.askers["sato"].department_id)
    assert job.options == {"language": "ja", "speed": 2}
    [file] = job.files
    assert (file.role, file.name, file.size) == ("input", "定例会.wav", len(SOUND) + 1)
    assert file.sha256 == hashlib.sha256(SOUND + b"1").hexdigest()
    with lab.store.open(file.key) as blocks:
        assert b"".join(blocks) == SOUND + b"1"
    [part] = job.parts
    assert (part.stage, part.state, part.epoch, part.capability) == (Stage.SPLIT, PartState.WAITING, 0, job.kind)
    assert lab.told(job.id) == ["received"]


def test_the_clock_is_nudged(lab: Lab) -> None:
    lab.submit()
    assert lab.queue.wait_for_nudge(0.0)


def test_without_a_title_the_first_files_name_is_the_title(lab: Lab) -> None:
    assert lab.look(lab.job()).title == "会議"


@pytest.mark.parametrize("title", ["\x00", " \u202e ", "\n"])
def test_a_title_without_a_sign_that_can_be_seen_is_none(lab: Lab, title: str) -> None:
    assert lab.look(lab.job(title=title)).title == "会議"


def test_a_title_is_one_line_that_the_record_can_hold(lab: Lab) -> None:
    assert lab.look(lab.job(title="定例\x00会\ud800\n第二部" + "長" * 500)).title == ("定例会第二部" + "長" * 500)[:200]


def test_two_files_of_the_same_name_are_both_kept(lab: Lab) -> None:
    accepted = lab.submit("sato", lab.received(SOUND, "a.wav"), lab.received(SOUND + b"2", "A.wav"))
    assert [file.name for file in lab.files(accepted.job_id)] == ["a.wav", "A (2).wav"]


def test_a_name_with_a_path_stays_a_name(lab: Lab) -> None:
    accepted = lab.submit("sato", lab.received(SOUND, "../../../etc/cron.d/x\x00.wav"))
    [file] = lab.files(accepted.job_id)
    assert file.name == "x.wav"
    assert file.key.startswith("inputs/")


def test_the_files_of_a_refused_job_are_not_kept(lab: Lab) -> None:
    refusals: list[tuple[type[IntakeError], list[Received], dict[str, Any]]] = [
        (ServiceUnknownError, [lab.received()], {"service": "other"}),
        (ServiceUnknownError, [lab.received()], {"service": "minutes\x00"}),
        (ServiceUnknownError, [lab.received()], {"service": "x" * 10_000}),
        (FileEmptyError, [lab.received(b"")], {}),
        (FileEmptyError, [lab.received(), lab.received(b"")], {}),
        (TooManyFilesError, [lab.received() for _ in range(4)], {}),
        (WrongServiceError, [lab.received(SOUND, "帳票.pdf")], {}),
        (WrongServiceError, [lab.received(SOUND, "録音")], {}),
        (TypeMismatchError, [lab.received("議事録。\n".encode() * 50, "録音.mp3")], {}),
        (TypeMismatchError, [lab.received(b"%PDF-1.7\n", "録音.mp3")], {}),
        (OptionsMalformedError, [lab.received()], {"options": {"a": {"b": 1}}}),
        (OptionsMalformedError, [lab.received()], {"options": {"a": None}}),
        (OptionsMalformedError, [lab.received()], {"options": {"a": float("nan")}}),
        (OptionsMalformedError, [lab.received()], {"options": {"a": "x" * 2001}}),
        (OptionsMalformedError, [lab.received()], {"options": {"k" * 61: 1}}),
        (OptionsMalformedError, [lab.received()], {"options": {str(number): 1 for number in range(31)}}),
    ]
    for error, files, asked in refusals:
        with pytest.raises(error) as refused:
            lab.submit("sato", *files, **asked)
        assert refused.value.sentence("ja") != refused.value.sentence("en")
        assert nothing_stands(lab), error


def test_a_job_without_a_file_is_refused(lab: Lab) -> None:
    from digilab.jobs.intake import Submission, submit

    with pytest.raises(FileMissingError):
        submit(lab.database, lab.store, lab.queue, lab.askers["sato"], Submission(SERVICE, []), max_files=3)
    assert nothing_stands(lab)


def test_a_closed_service_takes_nothing(lab: Lab) -> None:
    with lab.database.transaction() as session:
        service_of(session, SERVICE).open = False
    with pytest.raises(ServiceUnknownError):
        lab.submit()
    assert nothing_stands(lab)


def test_an_auditor_hands_in_nothing(lab: Lab) -> None:
    with pytest.raises(NotAllowedError):
        lab.submit("audit")
    assert nothing_stands(lab)


def test_text_in_options_that_a_database_might_refuse_is_kept_or_refused_but_never_breaks(lab: Lab) -> None:
    for value in ("\x00", "𠮷", "\u202e", "'; drop table jobs; --", "\\", "٣"):
        assert lab.look(lab.job(options={"note": value})).options["note"] == value


# --- failures in the middle -------------------------------------------------------------------------------


class FullStore(FolderStore):
    """A folder whose disk is full for every file after the first."""

    def keep(self, incoming: Any, key: str) -> Stored:
        if any(True for _ in self.keys("inputs/")):
            raise NoSpaceError
        return super().keep(incoming, key)


def test_a_disk_that_fills_up_between_two_files_leaves_nothing(lab: Lab, data_files: Path) -> None:
    lab.store = FullStore(data_files)
    with pytest.raises(NoSpaceError):
        lab.submit("sato", lab.received(), lab.received())
    assert nothing_stands(lab)


@pytest.mark.parametrize("table", ["jobs", "files", "parts", "history"])
def test_a_failure_while_any_row_is_written_leaves_nothing(lab: Lab, table: str) -> None:
    def break_down(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(f"INSERT INTO {table}"):
            raise RuntimeError(table)

    event.listen(lab.database.engine, "before_cursor_execute", break_down)
    try:
        with pytest.raises(RuntimeError, match=table):
            lab.submit()
    finally:
        event.remove(lab.database.engine, "before_cursor_execute", break_down)
    assert nothing_stands(lab)


class StubbornStore(FolderStore):
    """A folder that answers once and then not any more."""

    def keep(self, incoming: Any, key: str) -> Stored:
        if any(True for _ in self.keys("inputs/")):
            raise NoSpaceError
        return super().keep(incoming, key)

    def delete(self, key: str) -> None:  # noqa: ARG002 - the contract's signature
        raise StoreUnreachableError(reason="gone")


def test_a_store_that_cannot_even_remove_does_not_hide_what_went_wrong_first(lab: Lab, data_files: Path) -> None:
    lab.store = StubbornStore(data_files)
    with pytest.raises(NoSpaceError):
        lab.submit("sato", lab.received(), lab.received())
    assert lab.count(Job) == 0


class DeafDatabase(Database):
    """A database whose answer to a commit is lost on the way: the rows are there and nobody is told."""

    deaf = False

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with super().transaction() as session:
            yield session
        if self.deaf:
            raise DatabaseUnreachableError


def test_when_the_answer_to_the_commit_is_lost_the_files_stay_with_their_job(lab: Lab) -> None:
    deaf = DeafDatabase(lab.database.url)
    deaf.deaf = True
    lab.database, open_database = deaf, lab.database
    with pytest.raises(DatabaseUnreachableError):
        lab.submit(idempotency_key="k1")
    deaf.close()
    lab.database = open_database
    again = lab.submit(idempotency_key="k1")
    assert not again.fresh
    assert [file.key for file in lab.files(again.job_id)] == lab.kept("inputs/")


def test_a_job_is_accepted_while_redis_is_down(lab: Lab, own_redis: RedisServer) -> None:
    queue = RedisQueue(own_redis.url, "digilab")
    own_redis.kill()
    lab.queue = queue
    accepted = lab.submit()
    assert lab.look(accepted.job_id).status is JobState.RECEIVED
    with pytest.raises(QueueUnreachableError):
        queue.nudge()
    queue.close()


# --- the same request again --------------------------------------------------------------------------------


def test_the_same_key_with_the_same_content_gives_the_same_number(lab: Lab) -> None:
    first = lab.submit(idempotency_key="k1")
    second = lab.submit(idempotency_key="k1")
    assert (second.job_id, second.receipt, second.fresh) == (first.job_id, first.receipt, False)
    assert lab.count(Job) == 1
    assert len(lab.kept()) == 1


@pytest.mark.parametrize(
    "other", [{"title": "別"}, {"options": {"a": 1}}, {"content": b"other"}, {"service": "other"}], ids=str
)
def test_the_same_key_with_other_content_is_refused(lab: Lab, other: dict[str, Any]) -> None:
    with lab.database.transaction() as session:
        add_service(session, slug="other", kind=Kind.TRANSCRIPTION, name="ほか")
    first = lab.submit(idempotency_key="k1")
    files = [lab.received(SOUND + other["content"])] if "content" in other else []
    with pytest.raises(IdempotencyMismatchError) as refused:
        lab.submit("sato", *files, idempotency_key="k1", **{k: v for k, v in other.items() if k != "content"})
    assert refused.value.evidence["receipt"] == first.receipt
    assert lab.count(Job) == 1
    assert len(lab.kept()) == 1


def test_the_same_key_of_another_person_is_another_key(lab: Lab) -> None:
    assert lab.submit("sato", idempotency_key="k1").job_id != lab.submit("suzuki", idempotency_key="k1").job_id


def test_without_a_key_the_same_content_is_another_job(lab: Lab) -> None:
    assert lab.submit().job_id != lab.submit().job_id


def test_a_repeated_request_gets_its_number_although_the_menu_changed_meanwhile(lab: Lab) -> None:
    first = lab.submit(idempotency_key="k1")
    with lab.database.transaction() as session:
        service = service_of(session, SERVICE)
        service.options, service.open = {"language": "en"}, False
    assert lab.submit(idempotency_key="k1").receipt == first.receipt


def test_the_same_request_twice_at_once_is_one_job(lab: Lab) -> None:
    for attempt in range(5):
        together = threading.Barrier(2)
        files = [lab.received(), lab.received()]

        def hand_in(file: Received, key: str = f"k{attempt}", together: threading.Barrier = together) -> Any:
            together.wait(10)
            return lab.submit("sato", file, idempotency_key=key)

        with ThreadPoolExecutor(2) as pool:
            one, other = pool.map(hand_in, files)
        assert one.receipt == other.receipt
        assert sorted([one.fresh, other.fresh]) == [False, True]
    assert lab.count(Job) == lab.count(File) == 5
    assert len(lab.kept()) == 5


def test_the_same_request_twice_at_once_is_one_job_also_when_both_looked_before_either_wrote(lab: Lab) -> None:
    """Both have seen that the key is free, as two servers do: the database's own rule decides."""
    looked = threading.Barrier(2)

    class LooksFirst(FolderStore):
        def keep(self, incoming: Any, key: str) -> Stored:
            looked.wait(10)
            return super().keep(incoming, key)

    lab.store = LooksFirst(lab.store._kept.parent)  # type: ignore[attr-defined] # a folder of this test's own
    files = [lab.received(), lab.received()]
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda file: lab.submit("sato", file, idempotency_key="k"), files)
    assert one.receipt == other.receipt
    assert sorted([one.fresh, other.fresh]) == [False, True]
    assert lab.count(Job) == 1
    assert len(lab.kept()) == 1


def test_a_trial_and_its_priority_are_recorded(lab: Lab) -> None:
    job = lab.look(lab.job(test=True, priority=Priority.LOW))
    assert (job.test, job.priority) == (True, Priority.LOW)
    assert [part.priority for part in job.parts] == [Priority.LOW]


def test_only_the_lab_may_hand_in_something_urgent(lab: Lab) -> None:
    with pytest.raises(NotAllowedError):
        lab.submit("sato", priority=Priority.URGENT)
