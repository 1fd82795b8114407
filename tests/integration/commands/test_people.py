"""`digilab department|user|token …` where a person moves, comes back, or what is typed does not fit."""

import re

import pytest
from sqlalchemy import func, select

from digilab.access import people, signing
from digilab.access.records import Audit, SignIn
from digilab.database.session import Database
from integration.test_command_line import Command, actions


@pytest.fixture
def staffed(house: Command) -> Command:
    """A house with two departments and one person."""
    house("department", "add", "010", "総務課")
    house("department", "add", "020", "税務課")
    house("user", "add", "sato", "佐藤", "010")
    return house


def signed_in(record: Database, login: str = "sato") -> None:
    """A new password and a sign-in with it."""
    with record.transaction() as session:
        people.set_password(session, people.person_with(session, login), "a long password")
    with record.transaction() as session:
        assert signing.sign_in(session, login, "a long password", "") is not None


def sign_ins(record: Database) -> int:
    with record.reading() as session:
        return session.scalars(select(func.count()).select_from(SignIn)).one()


def test_a_person_moves_to_another_department_and_role_and_signs_in_anew(staffed: Command, record: Database) -> None:
    signed_in(record)
    assert staffed("user", "set", "sato", "--name", "佐藤 花子").code == 0
    assert sign_ins(record) == 1, "a new name is no new right"
    assert "sato\t佐藤 花子\t税務課\tstaff" in staffed("user", "set", "sato", "--department", "020").out
    assert sign_ins(record) == 0
    signed_in(record)
    assert staffed("user", "set", "sato", "--role", "head").code == 0
    assert sign_ins(record) == 0
    assert "sato\t佐藤 花子\t税務課\thead\t" in staffed("user", "list").out
    with record.reading() as session:
        told = session.scalars(select(Audit).where(Audit.action == "user-set").order_by(Audit.id)).all()
        assert [(line.subject, line.detail) for line in told] == [
            ("sato", {"name": "佐藤 → 佐藤 花子"}),
            ("sato", {"department": "010 → 020"}),
            ("sato", {"role": "staff → head"}),
        ]


def test_a_password_that_a_command_made_is_one_to_be_changed(staffed: Command, record: Database) -> None:
    """Whoever typed the command knows it; whose it is may approve payments."""
    with record.transaction() as session:
        person = people.person_with(session, "sato")
        assert person.password_given_at is not None
        person.password_given_at = None
    assert staffed("user", "password", "sato").code == 0
    with record.reading() as session:
        assert people.person_with(session, "sato").password_given_at is not None


def test_what_is_set_already_ends_no_sign_in(staffed: Command, record: Database) -> None:
    signed_in(record)
    assert staffed("user", "set", "sato", "--department", "010", "--role", "staff").code == 0
    assert sign_ins(record) == 1


def test_a_person_who_was_closed_out_is_let_in_again(staffed: Command, record: Database) -> None:
    signed_in(record)
    staffed("user", "disable", "sato")
    with record.transaction() as session:
        assert signing.sign_in(session, "sato", "a long password", "") is None
    assert staffed("user", "enable", "sato").code == 0
    assert "停止" not in staffed("user", "list").out
    signed_in(record)
    assert actions(record)[-1] == ("cli", "user-enable")


LONG = "長" * 201


@pytest.mark.parametrize(
    "arguments",
    [
        ["user", "set", "sato"],
        ["user", "set", "nobody", "--role", "head"],
        ["user", "set", "sato", "--department", "999"],
        ["user", "set", "sato", "--role", "mayor"],
        ["user", "set", "sato", "--name", LONG],
        ["user", "enable", "nobody"],
        ["user", "enable", "\udcff"],
        ["user", "add", "ito", LONG, "010"],
        ["user", "add", "ito", "伊藤\x1b[2J", "010"],
        ["department", "add", "0" * 41, "総務課"],
        ["department", "add", "030", LONG],
        ["department", "add", "030", " "],
        ["department", "add", "030", "a\nb"],
        ["token", "add", "sato", LONG],
        ["token", "revoke", "1" + "0" * 20],
        ["token", "revoke", "0"],
        ["audit", "list", "--login", "\udcff"],
        ["audit", "list", "--count", "1" + "0" * 20],
    ],
    ids=lambda arguments: re.sub(r"[^a-z-]+", "-", " ".join(arguments)),
)
def test_what_fits_no_column_or_names_nobody_is_refused_in_words_and_changes_nothing(
    staffed: Command, record: Database, arguments: list[str]
) -> None:
    before = actions(record)
    ended = staffed(*arguments)
    assert ended.code in (1, 2)
    assert ended.err.strip()
    assert actions(record) == before
