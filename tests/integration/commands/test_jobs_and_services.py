"""The backlog and the menu from the keyboard, where a slip would do harm."""

import pytest
from sqlalchemy import select

from digilab.database.session import Database
from digilab.jobs.records import Pause
from digilab.services.records import Service
from integration.test_command_line import Command, actions


def services(record: Database) -> dict[str, tuple[str, str]]:
    """Slug → kind and name."""
    with record.reading() as session:
        return {each.slug: (each.kind, each.name) for each in session.scalars(select(Service))}


def pauses(record: Database) -> dict[str, str]:
    with record.reading() as session:
        return {each.capability: each.reason for each in session.scalars(select(Pause))}


def test_an_entry_of_the_menu_that_is_renamed_keeps_its_kind(house: Command, record: Database) -> None:
    before = services(record)["paper-form"]
    assert before[0] == "form"
    assert house("services", "add", "paper-form", "申請書のデータ化").code == 0
    assert services(record)["paper-form"] == ("form", "申請書のデータ化")
    assert house("services", "add", "talks", "講演").code == 0
    assert services(record)["talks"] == ("transcription", "講演")


def test_an_entry_of_the_menu_does_not_become_one_of_another_kind(house: Command, record: Database) -> None:
    before = services(record)
    refused = house("services", "add", "paper-form", "会議", "--kind", "transcription")
    assert (refused.code, services(record)) == (1, before)
    assert refused.err.startswith("[service-kind]")
    assert "form" in refused.err
    assert house("services", "add", "paper-form", "申請書", "--kind", "form").code == 0


def test_a_house_starts_whatever_kind_of_entry_has_the_name_of_paper_forms(house: Command, record: Database) -> None:
    with record.transaction() as session:
        entry = session.scalars(select(Service).where(Service.slug == "paper-form")).one()
        entry.kind = "transcription"
    assert house("db", "upgrade").code == 0
    assert services(record)["paper-form"][0] == "transcription"


@pytest.mark.parametrize("count", ["0", "-1", str(2**70)])
def test_a_list_of_so_many_jobs_is_refused_before_the_record_is_asked(house: Command, count: str) -> None:
    assert house("jobs", "list", "--count", count).code == 2


def test_holding_the_robots_backlog_is_their_emergency_stop(house: Command, record: Database) -> None:
    assert house("jobs", "pause", "画面が変わった", "--kind", "robot").code == 0
    assert "画面が変わった" in house("robots", "list").out
    assert pauses(record) == {"robot": "画面が変わった"}
    assert house("jobs", "resume", "--kind", "robot").code == 0
    assert pauses(record) == {}
    assert [action for _, action in actions(record) if action.startswith(("robots", "backlog"))] == [
        "robots-stop",
        "robots-resume",
    ]


@pytest.mark.parametrize("reason", ["", "保" * 401])
@pytest.mark.parametrize("kind", ["transcription", "form", "robot"])
def test_a_backlog_is_held_for_a_reason_that_can_be_kept(
    house: Command, record: Database, kind: str, reason: str
) -> None:
    refused = house("jobs", "pause", reason, "--kind", kind)
    assert refused.code == 1
    assert refused.err.startswith("[reason-missing]")
    assert pauses(record) == {}
