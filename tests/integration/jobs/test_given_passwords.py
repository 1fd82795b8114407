"""A password that somebody else has set is due for a change; one that its owner has chosen is not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digilab.access import people, signing
from digilab.access.records import Person
from digilab.access.rules import LONGEST_PASSWORD
from digilab.access.signing import SignedIn
from digilab.errors import NotSignedInError, PasswordTooLongError
from integration.jobs.lab import PASSWORD, Lab

GIVEN = "given by the lab 1"
NEW = "staple battery horse"
HOME = "192.0.2.1"


def opened(lab: Lab, password: str) -> SignedIn | None:
    """A new sign-in, as the next request sees it."""
    with lab.database.transaction() as session:
        new = signing.sign_in(session, "sato", password, HOME)
    if new is None:
        return None
    with lab.database.reading() as session:
        return signing.signed_in(session, new.cookie, HOME, idle=timedelta(hours=1), absolute=timedelta(hours=1))


def given(lab: Lab) -> None:
    with lab.database.transaction() as session:
        people.set_password(session, people.person_with(session, "sato"), GIVEN)


def changed(lab: Lab, at: SignedIn, password: str = NEW) -> None:
    with lab.database.transaction() as session:
        people.change_password(session, replace(lab.askers["sato"], address=HOME), password, at.form_token)


def test_a_given_password_is_due_until_its_owner_has_changed_it(lab: Lab) -> None:
    own = opened(lab, PASSWORD)
    assert own is not None
    assert not own.password_due
    given(lab)
    at = opened(lab, GIVEN)
    assert at is not None
    assert at.password_due
    changed(lab, at)
    assert opened(lab, GIVEN) is None
    mine = opened(lab, NEW)
    assert mine is not None
    assert not mine.password_due


def test_what_an_operator_sets_meanwhile_is_not_undone(lab: Lab) -> None:
    at = opened(lab, PASSWORD)
    assert at is not None
    given(lab)
    with pytest.raises(NotSignedInError):
        changed(lab, at)
    with lab.database.reading() as session:
        assert session.get_one(Person, lab.askers["sato"].person_id).password_given_at is not None
    assert opened(lab, NEW) is None


def test_a_password_that_the_door_would_cut_is_not_taken(lab: Lab) -> None:
    at = opened(lab, PASSWORD)
    assert at is not None
    with pytest.raises(PasswordTooLongError):
        changed(lab, at, "長" * (LONGEST_PASSWORD + 1))
    changed(lab, at, "長" * LONGEST_PASSWORD)
    assert opened(lab, "長" * LONGEST_PASSWORD) is not None
