"""People who move, get another role, leave and come back, on SQLite and on PostgreSQL."""

import pytest
from sqlalchemy import func, select

from digilab.access import people, signing
from digilab.access.records import SignIn, Token
from digilab.access.rules import Role
from digilab.database.session import Database
from digilab.errors import DepartmentUnknownError, NotSignedInError

PASSWORD = "a long password"


@pytest.fixture
def staffed(database: Database) -> Database:
    """Two departments, and one person who is signed in."""
    with database.transaction() as session:
        for code, name in (("010", "総務課"), ("020", "税務課")):
            people.add_department(session, code, name)
        people.add_person(session, login="sato", name="佐藤", department_code="010", role=Role.STAFF, password=PASSWORD)
        assert signing.sign_in(session, "sato", PASSWORD, "") is not None
    return database


def sign_ins(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(select(func.count()).select_from(SignIn)).one()


@pytest.mark.parametrize(
    ("asked", "changed", "left"),
    [
        ({"department_code": "020"}, {"department": "010 → 020"}, 0),
        ({"role": Role.HEAD}, {"role": "staff → head"}, 0),
        ({"name": "佐藤 花子"}, {"name": "佐藤 → 佐藤 花子"}, 1),
        ({"department_code": "010", "role": Role.STAFF, "name": "佐藤"}, {}, 1),
        ({"department_code": "020", "name": "鈴木"}, {"department": "010 → 020", "name": "佐藤 → 鈴木"}, 0),
    ],
)
def test_what_changes_is_told_and_where_rights_change_sign_ins_end(
    staffed: Database, asked: dict[str, str], changed: dict[str, str], left: int
) -> None:
    with staffed.transaction() as session:
        assert people.change(session, people.person_with(session, "sato"), **asked) == changed
    assert sign_ins(staffed) == left
    with staffed.reading() as session:
        person = people.person_with(session, "sato")
        now = {"department": person.department.code, "role": person.role, "name": person.name}
        assert {name: now[name] for name in changed} == {name: told.split(" → ")[1] for name, told in changed.items()}


def test_nobody_moves_to_a_department_that_is_not_there(staffed: Database) -> None:
    with pytest.raises(DepartmentUnknownError), staffed.transaction() as session:
        people.change(session, people.person_with(session, "sato"), department_code="999", role=Role.HEAD)
    assert sign_ins(staffed) == 1
    with staffed.reading() as session:
        assert people.person_with(session, "sato").role == Role.STAFF


def test_whoever_is_let_in_again_has_the_password_and_the_tokens_of_before_but_no_sign_in(staffed: Database) -> None:
    with staffed.transaction() as session:
        person = people.person_with(session, "sato")
        kept, ended = people.add_token(session, person, "文書管理"), people.add_token(session, person, "古い鍵")
        session.flush()
        people.revoke_token(session, session.scalars(select(Token.id).where(Token.name == "古い鍵")).one())
        people.disable(session, person)
    with staffed.transaction() as session:
        assert signing.sign_in(session, "sato", PASSWORD, "") is None
        with pytest.raises(NotSignedInError):
            people.asker_of_token(session, kept, "")
        people.enable(session, people.person_with(session, "sato"))
    assert sign_ins(staffed) == 0
    with staffed.transaction() as session:
        assert people.asker_of_token(session, kept, "").login == "sato"
        with pytest.raises(NotSignedInError):
            people.asker_of_token(session, ended, "")
        assert signing.sign_in(session, "sato", PASSWORD, "") is not None
