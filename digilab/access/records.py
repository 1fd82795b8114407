"""Departments, people, sign-ins, tokens and the audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from digilab.database.base import Record


class Department(Record):
    """A section of the city that hands in jobs."""

    __tablename__ = "departments"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    share: Mapped[float] = mapped_column(default=1.0)
    """Weight in fair share: a department with 2.0 may use twice as much before it has to wait."""


class Person(Record):
    """Somebody with an account."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    password_given_at: Mapped[datetime | None]
    """When somebody else set the password, who knows it: whoever signs in with it first chooses another. None once that is done."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    department: Mapped[Department] = relationship(lazy="joined")


class SignIn(Record):
    """A signed-in browser. Only a hash of its cookie is kept."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    cookie_hash: Mapped[str] = mapped_column(String(64), unique=True)
    form_token: Mapped[str] = mapped_column(String(64))
    """Must come back with every form of this sign-in (CSRF)."""
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    """When the password was last typed again for an act that wants it."""

    person: Mapped[Person] = relationship(lazy="joined")


class Token(Record):
    """A key for programs, acting as one person. Only its hash is kept."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="joined")


class FailedSignIn(Record):
    """Failed tries for one login from one address, for the throttle."""

    __tablename__ = "failed_sign_ins"
    __table_args__ = (UniqueConstraint("login", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(80))
    tries: Mapped[int]
    last_at: Mapped[datetime]


class Audit(Record):
    """Who did what to which thing, when, from where, and whether it was allowed. Rows are only ever added."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    login: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(200))
    result: Mapped[str] = mapped_column(String(20))
    detail: Mapped[dict[str, Any]]
