"""Signing in with a password, and the signed-in state kept by a cookie (OWASP ASVS 5.0, 7.2 and 7.3)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2.exceptions import VerificationError
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from digilab.access.people import HASHER, asker, hashed
from digilab.access.records import FailedSignIn, Person, SignIn
from digilab.access.rules import Asker, kept
from digilab.database.session import now
from digilab.errors import NotSignedInError

FREE_TRIES = 5
"""So many failures pass; after that each costs a wait that doubles, up to LONGEST_WAIT. Per login and address, so that
nobody can lock a colleague out from elsewhere."""
LONGEST_WAIT = timedelta(minutes=15)
CONFIRMED_FOR = timedelta(minutes=5)
"""So long a password that was typed again counts for further acts of the same sign-in, where those let it."""


@dataclass(frozen=True)
class SignedIn:
    """A live sign-in."""

    asker: Asker
    form_token: str
    unseen: timedelta
    """Since when it was last seen; who asks again within seconds need not be written down each time."""
    confirmed: bool = False
    """Whether the password was typed again lately."""
    password_due: bool = False
    """Whether another password has to be chosen first."""


@dataclass(frozen=True)
class Opened:
    """A new sign-in: the cookie's value is known only now."""

    cookie: str
    asker: Asker


def wait_before_next_try(session: Session, login: str, address: str) -> float:
    """Seconds that this login from this address has to wait; 0 when it may try."""
    failed = session.scalars(select(FailedSignIn).where(*_same_tries(login, address))).one_or_none()
    if failed is None or failed.tries <= FREE_TRIES:
        return 0.0
    doublings = min(failed.tries - FREE_TRIES, 20)  # more would not fit into a time span
    until = failed.last_at + min(LONGEST_WAIT, timedelta(seconds=2**doublings))
    return max(0.0, (until - now(session)).total_seconds())


def sign_in(session: Session, login: str, password: str, address: str) -> Opened | None:
    """A new sign-in, or None when login and password do not fit (the failure is counted; commit it)."""
    person = session.scalars(select(Person).where(Person.login == kept(login))).one_or_none()
    usable = person is not None and person.disabled_at is None
    if not _fits(person.password_hash if person is not None and usable else _nobody(), password) or not usable:
        _count_failure(session, login, address)
        return None
    assert person is not None  # noqa: S101 - `usable` says so; for the type checker
    session.execute(delete(FailedSignIn).where(*_same_tries(login, address)))
    if HASHER.check_needs_rehash(person.password_hash):
        person.password_hash = HASHER.hash(password)
    cookie = secrets.token_urlsafe(32)
    moment = now(session)
    session.add(
        SignIn(
            cookie_hash=hashed(cookie),
            form_token=secrets.token_urlsafe(32),
            person_id=person.id,
            created_at=moment,
            seen_at=moment,
        )
    )
    return Opened(cookie, asker(person, address))


def confirmed(session: Session, asker: Asker, password: str) -> bool:
    """Whether somebody who is signed in, or whose token it is, also knows the password now (S10). A failure is counted; commit it."""
    person = session.get(Person, asker.person_id)
    usable = person is not None and person.disabled_at is None
    if not _fits(person.password_hash if person is not None and usable else _nobody(), password) or not usable:
        _count_failure(session, asker.login, asker.address)
        return False
    session.execute(delete(FailedSignIn).where(*_same_tries(asker.login, asker.address)))
    return True


def password_due(session: Session, asker: Asker) -> bool:
    """Whether the asker's password is one that somebody else has set."""
    return (
        session.scalars(select(Person.password_given_at).where(Person.id == asker.person_id)).one_or_none() is not None
    )


def remember_confirmed(session: Session, asker: Asker, form_token: str) -> None:
    """The password was typed again at this sign-in."""
    mine = update(SignIn).where(SignIn.form_token == form_token, SignIn.person_id == asker.person_id)
    session.execute(mine.values(confirmed_at=now(session)))


def signed_in(session: Session, cookie: str, address: str, *, idle: timedelta, absolute: timedelta) -> SignedIn:
    """Who the cookie stands for. Raises NotSignedInError when unknown, run out, or the account is closed."""
    found = session.scalars(select(SignIn).where(SignIn.cookie_hash == hashed(cookie))).one_or_none()
    moment = now(session)
    if found is None or found.person.disabled_at is not None or _over(found, moment, idle, absolute):
        raise NotSignedInError
    confirmed = found.confirmed_at is not None and timedelta() <= moment - found.confirmed_at < CONFIRMED_FOR
    due = found.person.password_given_at is not None
    return SignedIn(asker(found.person, address), found.form_token, moment - found.seen_at, confirmed, due)


def touch(session: Session, cookie: str) -> None:
    """Remember that the sign-in was used."""
    found = session.scalars(select(SignIn).where(SignIn.cookie_hash == hashed(cookie))).one_or_none()
    if found is not None:
        found.seen_at = now(session)


def sign_out(session: Session, cookie: str) -> None:
    """End this sign-in."""
    session.execute(delete(SignIn).where(SignIn.cookie_hash == hashed(cookie)))


def sweep(session: Session, *, idle: timedelta, absolute: timedelta) -> None:
    """Forget sign-ins that have run out and old failures."""
    moment = now(session)
    session.execute(delete(SignIn).where((SignIn.seen_at < moment - idle) | (SignIn.created_at < moment - absolute)))
    session.execute(delete(FailedSignIn).where(FailedSignIn.last_at < moment - timedelta(days=1)))


def _over(found: SignIn, moment: datetime, idle: timedelta, absolute: timedelta) -> bool:
    return moment - found.seen_at > idle or moment - found.created_at > absolute


@cache
def _nobody() -> str:
    """Hash of a password that nobody has, to spend the same time on."""
    return HASHER.hash(secrets.token_urlsafe(16))


def _fits(password_hash: str, password: str) -> bool:
    """Takes as long for an unknown login as for a known one."""
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, UnicodeEncodeError):
        return False


def _same_tries(login: str, address: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return FailedSignIn.login == kept(login), FailedSignIn.address == kept(address)


def _count_failure(session: Session, login: str, address: str) -> None:
    """One statement, so that of many tries at once every one counts."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    moment = now(session)
    counted = dialect.insert(FailedSignIn).values(login=kept(login), address=kept(address), tries=1, last_at=moment)
    session.execute(
        counted.on_conflict_do_update(
            index_elements=[FailedSignIn.login, FailedSignIn.address],
            set_={"tries": FailedSignIn.tries + 1, "last_at": moment},
        )
    )
