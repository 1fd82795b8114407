"""Departments, people, tokens: made by an administrator, at first start, or on the command line."""

import secrets
from hashlib import sha256

from argon2 import PasswordHasher
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from digilab.access.records import Department, Person, SignIn, Token
from digilab.access.rules import LONGEST_LOGIN, LONGEST_PASSWORD, PASSWORD_LENGTH, Asker, Role, kept
from digilab.database.session import now
from digilab.errors import (
    DepartmentUnknownError,
    LoginMalformedError,
    LoginTakenError,
    NotSignedInError,
    PasswordTooLongError,
    PasswordTooShortError,
    PersonUnknownError,
    ShareMalformedError,
    TokenUnknownError,
)

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id with what OWASP's password storage cheat sheet asks at least: several people may sign in at once on a small machine."""
MOST_SHARE = 1000.0


def hashed(secret: str) -> str:
    """What is kept of a random secret (cookie, token). 256 random bits need no slow hash."""
    return sha256(secret.encode()).hexdigest()


def add_department(session: Session, code: str, name: str, share: float | None = None) -> Department:
    """A department; one with the same code is renamed instead and keeps its share unless one is given.

    Raises ShareMalformedError unless 0 < share ≤ 1,000.
    """
    if share is not None and not 0 < share <= MOST_SHARE:
        raise ShareMalformedError(share=str(share))
    department = session.scalars(select(Department).where(Department.code == code)).one_or_none()
    if department is None:
        department = Department(code=code, share=1.0)
        session.add(department)
    department.name = name
    department.share = department.share if share is None else share
    session.flush()
    return department


def add_person(
    session: Session,
    *,
    login: str,
    name: str,
    department_code: str,
    role: Role,
    password: str,
    given: bool = False,
) -> Person:
    """An account. A password that is `given`, so that others know it, is the first thing that its owner changes.

    Raises LoginMalformedError, LoginTakenError, PasswordTooShortError, PasswordTooLongError, DepartmentUnknownError.
    """
    if not login or kept(login).strip() != login:
        raise LoginMalformedError(most=LONGEST_LOGIN)
    if session.scalars(select(Person.id).where(Person.login == login)).first() is not None:
        raise LoginTakenError(login=login)
    department = session.scalars(select(Department).where(Department.code == department_code)).one_or_none()
    if department is None:
        raise DepartmentUnknownError(department=kept(department_code))
    person = Person(
        login=login,
        name=name,
        department_id=department.id,
        role=role,
        password_hash=_password_hash(password),
        password_given_at=now(session) if given else None,
        created_at=now(session),
    )
    session.add(person)
    session.flush()
    return person


def person_with(session: Session, login: str) -> Person:
    """The account with this login. Raises PersonUnknownError."""
    person = session.scalars(select(Person).where(Person.login == login)).one_or_none()
    if person is None:
        raise PersonUnknownError(login=kept(login))
    return person


def set_password(session: Session, person: Person, password: str) -> None:
    """A new password by somebody else's hand: every sign-in of this person ends, and at the next one another password is chosen.

    Raises PasswordTooShortError, PasswordTooLongError.
    """
    person.password_hash, person.password_given_at = _password_hash(password), now(session)
    _end_sign_ins(session, person)


def change_password(session: Session, asker: Asker, password: str, form_token: str) -> None:
    """A new password by its owner's hand: of the sign-ins only the one with this form token goes on.

    Raises PasswordTooShortError, PasswordTooLongError, NotSignedInError when that sign-in has ended meanwhile, as it does when an operator
    sets a password.
    """
    # The person first, as `set_password` does: who of the two was later is seen by the sign-in that is gone.
    session.execute(select(Person.id).where(Person.id == asker.person_id).with_for_update(key_share=True))
    person = session.get_one(Person, asker.person_id)
    mine = select(SignIn).where(SignIn.person_id == person.id, SignIn.form_token == form_token)
    if session.scalars(mine).one_or_none() is None:
        raise NotSignedInError
    person.password_hash, person.password_given_at = _password_hash(password), None
    session.execute(delete(SignIn).where(SignIn.person_id == person.id, SignIn.form_token != form_token))


def check_password(password: str) -> None:
    """Raises PasswordTooShortError, PasswordTooLongError."""
    if len(password) < PASSWORD_LENGTH:
        raise PasswordTooShortError(least=PASSWORD_LENGTH)
    if len(password) > LONGEST_PASSWORD:
        raise PasswordTooLongError(most=LONGEST_PASSWORD)


def disable(session: Session, person: Person) -> None:
    """Close an account at once: sign-ins end and tokens are refused."""
    person.disabled_at = now(session)
    _end_sign_ins(session, person)


def anybody(session: Session) -> bool:
    """Whether there is any account yet."""
    return session.execute(select(func.count()).select_from(Person)).scalar_one() > 0


def new_password() -> str:
    """A random password of 20 signs that are hard to confuse."""
    return "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(20))


def add_token(session: Session, person: Person, name: str) -> str:
    """An API token acting as this person; it is returned once and only its hash is kept."""
    secret = f"dl_{secrets.token_urlsafe(32)}"
    session.add(Token(token_hash=hashed(secret), name=name, person_id=person.id, created_at=now(session)))
    return secret


def revoke_token(session: Session, token_id: int) -> None:
    """A token ends. Raises TokenUnknownError."""
    revoked = session.execute(
        update(Token)
        .where(Token.id == token_id, Token.revoked_at.is_(None))
        .values(revoked_at=now(session))
        .returning(Token.id)
    ).scalar_one_or_none()
    if revoked is None:
        raise TokenUnknownError(number=token_id)


def asker_of_token(session: Session, secret: str, address: str) -> Asker:
    """Who a token acts as. Raises NotSignedInError for an unknown, revoked or disabled one."""
    token = session.scalars(select(Token).where(Token.token_hash == hashed(secret))).one_or_none()
    if token is None or token.revoked_at is not None or token.person.disabled_at is not None:
        raise NotSignedInError
    return asker(token.person, address)


def asker(person: Person, address: str = "") -> Asker:
    """The person as the one who asks."""
    return Asker(
        person_id=person.id,
        login=person.login,
        name=person.name,
        department_id=person.department_id,
        department=person.department.name,
        role=Role(person.role),
        address=address,
    )


def _password_hash(password: str) -> str:
    check_password(password)
    return HASHER.hash(password)


def _end_sign_ins(session: Session, person: Person) -> None:
    for sign_in in session.scalars(select(SignIn).where(SignIn.person_id == person.id)):
        session.delete(sign_in)


def enable(session: Session, person: Person) -> None:
    """Open a closed account again, with the password and the tokens that it had."""
    person.disabled_at = None
    _end_sign_ins(session, person)


def change(
    session: Session,
    person: Person,
    *,
    department_code: str | None = None,
    role: Role | None = None,
    name: str | None = None,
) -> dict[str, str]:
    """Move a person, or give them another role or name; what changed, before and after. Where rights change sign-ins end.

    Raises DepartmentUnknownError.
    """
    department = person.department
    if department_code is not None:
        found = session.scalars(select(Department).where(Department.code == department_code)).one_or_none()
        if found is None:
            raise DepartmentUnknownError(department=kept(department_code))
        department = found
    before = {"department": person.department.code, "role": str(person.role), "name": person.name}
    person.department, person.role, person.name = department, role or person.role, name or person.name
    after = {"department": department.code, "role": str(person.role), "name": person.name}
    changed = {each: f"{before[each]} → {after[each]}" for each in before if before[each] != after[each]}
    if changed.keys() & {"department", "role"}:
        _end_sign_ins(session, person)
    return changed
