"""What every command needs: the open house, who is at the keyboard, and words in the chosen language."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from digilab.access import people
from digilab.access.audit import record
from digilab.access.rules import Asker
from digilab.config import Settings
from digilab.language import text
from digilab.office import Office, open_office
from digilab.services.rules import Kind

KINDS = tuple(kind.value.name for kind in Kind)


def known(name: str | None) -> str | None:
    """For an option that takes a kind of work, or nothing."""
    if name is not None and name not in KINDS:
        raise typer.BadParameter(", ".join(KINDS))
    return name


KindName = Annotated[str, typer.Option(callback=known, help="種別 / kind of work: " + ", ".join(KINDS))]
MaybeKindName = Annotated[str | None, typer.Option(callback=known, help="種別 / kind of work: " + ", ".join(KINDS))]
"""Options that take only kinds of work that there are; the second also none."""


def fits(most: int) -> Callable[[str | None], str | None]:
    """For an argument that goes into a column: so many characters at most, on one line, and not nothing."""

    def check(given: str | None) -> str | None:
        if given is not None and (len(given) > most or not given.isprintable() or not given.strip()):
            raise typer.BadParameter(words("argument-unfit", most=most))
        return given

    return check


@contextmanager
def house() -> Iterator[Office]:
    """The house that the environment names."""
    with open_office(Settings()) as office:
        yield office


def words(key: str, **values: object) -> str:
    """A text of the command line, `commands.<key>`, in the language of the settings."""
    return text(Settings().language, f"commands.{key}", **values)


def keyboard() -> str:
    """Who is at the keyboard, for audit trail and history."""
    return f"cli:{getpass.getuser()}"


def audited(session: Session, action: str, subject: str, **detail: str | int | float) -> None:
    """A line in the audit trail."""
    record(session, None, action, subject, "ok", login=keyboard(), address="", **detail)


def acting_as(session: Session, login: str) -> Asker:
    """The person in whose name a command acts. Raises NotFoundError."""
    return people.asker(people.person_with(session, login), "cli")
