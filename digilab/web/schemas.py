"""What the API answers: the shapes that its description (OpenAPI) shows."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import Field

from digilab.services.records import Service
from digilab.services.rules import Kind
from digilab.web import minutes_schemas, row_schemas
from digilab.web.shapes import Shape
from digilab.web.snapshot import Snapshot
from digilab.web.views import JobView, Row


class Problem(Shape):
    """Why something was refused."""

    code: str = Field(examples=["file-empty"])
    sentence: str = Field(
        description="For people, in the language of Accept-Language (Japanese unless English is asked for)."
    )
    inquiry: str | None = Field(None, description="Number under which the log tells more.")


class Refusal(Shape):
    """Body of every error."""

    error: Problem


class Links(Shape):
    """Where to go on."""

    self: str
    events: str
    page: str


class Receipt(Shape):
    """A job was accepted: its bytes are durable and its record is committed."""

    receipt: str = Field(examples=["DL-000123-0"])
    state: str
    links: Links


class Progress(Shape):
    """How far a job is."""

    done: float = Field(description="In the kind's own steps: seconds of recording, sheets, rows.")
    total: float | None = Field(description="None until it is known.")
    share: float = Field(ge=0, le=1)
    text: str = Field(examples=["録音 42分/120分"])
    remaining: str = Field(examples=["残り約12分"])


class JobEntry(Shape):
    """A job in a list."""

    receipt: str
    title: str
    service: str
    department: str
    state: str
    state_text: str
    ended: bool
    progress: Progress
    place: str = Field(
        description="Place in the queue while it waits.", examples=["前に3件、約40分後に始まる見込みです"]
    )
    created_at: datetime
    links: Links


class JobList(Shape):
    """One page of jobs."""

    jobs: list[JobEntry]
    next: int | None = Field(description="Give it as `before` for the next page; None at the end.")


class FileEntry(Shape):
    """A file of a job."""

    name: str
    role: str = Field(description="`input` or `output`.")
    size: int = Field(description="Bytes.")
    sha256: str
    content_type: str
    href: str


class HistoryLine(Shape):
    """One sentence of the history."""

    at: datetime
    event: str
    sentence: str


class JobHours(Shape):
    """What was booked: minutes_per_unit × volume − human_minutes = net_minutes."""

    unit: str
    minutes_per_unit: float
    volume: float
    manual_minutes: float
    human_minutes: float
    net_minutes: float
    booked_at: datetime


class JobDetail(JobEntry):
    """One job, all of it."""

    kind: str
    person: str
    priority: str
    test: bool
    started_at: datetime | None
    ended_at: datetime | None
    failure: Problem | None
    files: list[FileEntry]
    history: list[HistoryLine]
    hours: JobHours | None = Field(description="None until booked.")
    human_minutes: float
    rows: row_schemas.RowsSummary | None = Field(description="Of a robot's job: its rows, counted.")
    reconciled: row_schemas.Reconciled | None = Field(description="Of a robot's job, once it was reconciled.")
    certificates: list[minutes_schemas.Certificate] = Field(
        description="Of a job of recordings: one each, once the minutes are there."
    )
    speakers: minutes_schemas.SpeakersState | None = Field(
        description="Of a job of recordings, once the minutes are there."
    )


class Minutes(Shape):
    """Minutes that people worked on a job."""

    minutes: float = Field(description="0 to 100,000; added to what was reported before.")


class ServiceEntry(Shape):
    """An entry of the menu."""

    slug: str
    kind: str
    name: str
    description: str
    unit: str
    accepts: list[str] = Field(description="Endings of file names.")
    options: dict[str, Any] = Field(description="Defaults that a job's own options are laid over.")
    choices: dict[str, list[str]] = Field(
        description="Options that take these values only; the first counts where none is given."
    )


class Hours(Shape):
    """Net hours booked so far."""

    department: str
    net_minutes: float
    net_hours: float
    house_net_minutes: float | None = Field(description="Of all departments; None for who sees only the own.")
    house_net_hours: float | None


def links(base: str, receipt: str) -> Links:
    """Addresses of a job."""
    return Links(self=f"{base}/jobs/{receipt}", events=f"{base}/jobs/{receipt}/events", page=f"/jobs/{receipt}")


def in_list(base: str, row: Row) -> JobEntry:
    """For a list."""
    return JobEntry(**_entry(base, row))


def detail(base: str, view: JobView) -> JobDetail:
    """All of it."""
    receipt = view.row.now.receipt
    return JobDetail(
        **_entry(base, view.row),
        kind=view.kind,
        person=view.person,
        priority=view.priority,
        test=view.test,
        started_at=view.started_at,
        ended_at=view.ended_at,
        failure=view.failure and Problem(code=view.failure.code, sentence=view.failure.sentence, inquiry=None),
        files=[
            FileEntry(
                name=file.name,
                role=file.role,
                size=file.size,
                sha256=file.sha256,
                content_type=file.content_type,
                href=f"{base}/jobs/{receipt}/files/{quote(file.name, safe='')}?role={file.role}",
            )
            for file in [*view.outputs, *view.inputs]
        ],
        history=[HistoryLine(at=told.at, event=told.event, sentence=told.sentence) for told in view.history],
        hours=view.hours and JobHours(**vars(view.hours)),
        human_minutes=view.human_minutes,
        rows=view.robot and row_schemas.summary(view.robot.rows.counts),
        certificates=[minutes_schemas.certificate(each) for each in view.minutes.certificates] if view.minutes else [],
        speakers=view.minutes
        and view.minutes.speakers
        and minutes_schemas.SpeakersState(**vars(view.minutes.speakers)),
        reconciled=view.robot and view.robot.reconciled and row_schemas.Reconciled(**vars(view.robot.reconciled)),
    )


def service(entry: Service) -> ServiceEntry:
    """An entry of the menu."""
    trade = Kind.named(entry.kind).value
    return ServiceEntry(
        slug=entry.slug,
        kind=entry.kind,
        name=entry.name,
        description=entry.description,
        unit=trade.unit.value,
        accepts=sorted(trade.accepts),
        options=entry.options,
        choices={option: list(known) for option, known in trade.choices},
    )


def _entry(base: str, row: Row) -> dict[str, Any]:
    now: Snapshot = row.now
    return {
        "receipt": now.receipt,
        "title": row.title,
        "service": row.service,
        "department": row.department,
        "state": now.state,
        "state_text": now.state_text,
        "ended": now.ended,
        "progress": Progress(done=now.done, total=now.total, share=now.share, text=now.text, remaining=now.remaining),
        "place": now.place,
        "created_at": row.created_at,
        "links": links(base, now.receipt),
    }
