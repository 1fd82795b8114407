"""The menu as it stands at first start, and how entries are added."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.errors import ServiceKindError, ServiceUnknownError
from digilab.services.records import Service
from digilab.services.rules import Kind


def add_service(
    session: Session,
    *,
    slug: str,
    kind: Kind | None = None,
    name: str,
    description: str | None = None,
    options: dict[str, Any] | None = None,
) -> Service:
    """An entry of the menu; one with the same slug is changed instead and keeps the description and options that are not given.

    A new one without a kind takes recordings. Raises ServiceKindError for another kind than an entry has: its jobs, baselines and
    options are those of its kind.
    """
    service = session.scalars(select(Service).where(Service.slug == slug)).one_or_none()
    if service is None:
        kind = kind or Kind.TRANSCRIPTION
        service = Service(slug=slug, kind=kind.value.name, open=True, description="", options={})
        session.add(service)
    elif kind is not None and service.kind != kind.value.name:
        raise ServiceKindError(service=slug, kind=service.kind, other=kind.value.name)
    service.name = name
    service.description = service.description if description is None else description
    service.options = service.options if options is None else options
    session.flush()
    return service


def open_services(session: Session) -> list[Service]:
    """What can be handed in now."""
    return list(session.scalars(select(Service).where(Service.open.is_(True)).order_by(Service.id)))


def service_of(session: Session, slug: str) -> Service:
    """The entry with this slug, open or closed. Raises ServiceUnknownError."""
    service = session.scalars(select(Service).where(Service.slug == slug)).one_or_none()
    if service is None:
        raise ServiceUnknownError(service=slug[:60])
    return service
