"""The glossary's terms as the lab's page and the API act on them: asked for, brought in as a file, taken away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Path, Query
from sqlalchemy.orm import Session
from starlette.requests import ClientDisconnect, Request

from digilab.access.audit import record
from digilab.errors import (
    FileTooLargeError,
    GlossaryDayError,
    GlossaryFileMissingError,
    GlossaryKindUnknownError,
    NotAllowedError,
    NotFoundError,
    RequestMalformedError,
    TooManyFilesError,
    UploadCutError,
)
from digilab.glossary import sheet, use
from digilab.glossary.records import GlossaryTerm
from digilab.glossary.rules import TermKind
from digilab.glossary.use import Imported
from digilab.jobs.names import display_name
from digilab.office import Office
from digilab.timetable.days import day_of
from digilab.web.guard import Visit
from digilab.web.multipart import Field, FileBegins, FileBytes, FormReader
from digilab.web.wording import size_text

FIELDS = 20
BODY_BYTES = sheet.MOST_BYTES + 64 * 1024
FIGURES = ("added", "changed", "ended", "unchanged")

TermId = Annotated[int, Path(ge=1, le=2**62)]
Code = Annotated[str, Query(max_length=60)]


@dataclass(frozen=True)
class Sent:
    """A form with at most one file."""

    fields: Mapping[str, str]
    name: str = ""
    content: bytes | None = None


@dataclass(frozen=True)
class Filter:
    """Which terms are asked for, as it was typed. Empty: all."""

    department: Code = ""
    service: Code = ""
    kind: Code = ""
    day: Code = ""

    @property
    def query(self) -> str:
        """For an address."""
        return urlencode({name: value for name, value in vars(self).items() if value})


Asked = Annotated[Filter, Depends()]
"""The filter of an address, the same for page, file and API."""


def bring_in(office: Office, visit: Visit, sent: Sent) -> Imported:
    """Raises NotAllowedError, GlossaryError."""
    if not visit.asker.runs_lab:
        raise NotAllowedError
    if sent.content is None or not sent.name:
        raise GlossaryFileMissingError
    entries = sheet.read_entries(sent.content)
    fields = {name: sent.fields.get(name, "").strip() for name in ("department", "service", "from")}
    with office.database.transaction() as session:
        done = use.bring_in(
            session,
            entries,
            department=fields["department"],
            service=fields["service"],
            from_day=_day(fields["from"]),
        )
        figures = {name: getattr(done, name) for name in FIGURES}
        record(session, visit.asker, "glossary-import", display_name(sent.name), **figures)
    return done


def remove(office: Office, visit: Visit, term_id: int) -> None:
    """What it was stays in the audit trail. Raises NotAllowedError, NotFoundError."""
    if not visit.asker.runs_lab:
        raise NotAllowedError
    with office.database.transaction() as session:
        use.alone(session)
        term = session.get(GlossaryTerm, term_id)
        if term is None:
            raise NotFoundError
        record(
            session,
            visit.asker,
            "glossary-remove",
            term.text,
            id=term.id,
            reading=term.reading,
            kind=term.kind,
            department=term.department.code if term.department else "",
            service=term.service.slug if term.service else "",
            begins=term.valid_from.isoformat() if term.valid_from else "",
            ends=term.valid_to.isoformat() if term.valid_to else "",
            weight=term.weight,
        )
        use.remove(session, [term])


def listed(session: Session, chosen: Filter) -> list[GlossaryTerm]:
    """Raises GlossaryDayError, and NotFoundError's kinds for what there is not. `*` is only those of the whole house, of every service."""
    kind = next((each for each in TermKind if each.value == chosen.kind), None)
    if chosen.kind and kind is None:
        raise GlossaryKindUnknownError(kind=chosen.kind)
    named = {
        name: "" if value == "*" else value
        for name, value in (("department", chosen.department), ("service", chosen.service))
        if value
    }
    return use.listed(session, kind=kind, day=_day(chosen.day), **named)


async def received(request: Request) -> Sent:
    """A small form. Raises RequestMalformedError, FileTooLargeError, TooManyFilesError, UploadCutError."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):  # a form without its file
        try:
            pairs = parse_qsl((await request.body()).decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS)
        except ValueError as error:
            raise RequestMalformedError(where="form") from error
        return Sent(dict(pairs))
    reader = FormReader(kind)
    fields: dict[str, str] = {}
    name, content, named = "", bytearray(), False
    try:
        async for chunk in request.stream():
            for event in reader.feed(chunk):
                match event:
                    case Field(field, value):
                        fields.setdefault(field, value)
                    case FileBegins(_, file):
                        named = bool(file)  # a file chooser that was left empty sends a part without a name
                        if named and name:
                            raise TooManyFilesError(most=1)
                        name = name or file
                    case FileBytes(block) if named:
                        content += block
                if len(content) > sheet.MOST_BYTES:
                    raise FileTooLargeError(name=display_name(name), limit=size_text(sheet.MOST_BYTES))
    except ClientDisconnect as error:
        raise UploadCutError from error
    if not reader.ended:
        raise UploadCutError
    return Sent(fields, name, bytes(content))


def _day(typed: str) -> date | None:
    if not typed:
        return None
    day = day_of(typed)
    if day is None:
        raise GlossaryDayError(day="".join(sign for sign in typed if sign.isprintable())[:30])
    return day
