"""`digilab services …`: the menu and its baselines."""

from datetime import datetime

import typer
from sqlalchemy import select

from digilab.commands.house import MaybeKindName, acting_as, audited, house, words
from digilab.errors import BaselineUnknownError
from digilab.hours import use as hours
from digilab.hours.records import Baseline
from digilab.jobs.lifecycle import book_waiting
from digilab.services.menu import add_service, service_of
from digilab.services.records import Service
from digilab.services.rules import Kind

services = typer.Typer(no_args_is_help=True, help="業務メニューと基準時間 / the menu and its baselines")


@services.command("list")
def list_services() -> None:
    """業務メニューと、承認済みの基準時間の一覧。"""
    with house() as office, office.database.reading() as session:
        for service in session.scalars(select(Service).order_by(Service.id)):
            typer.echo(f"{service.slug}\t{service.name}\t{service.kind}")
            for baseline in session.scalars(
                select(Baseline).where(Baseline.service_id == service.id).order_by(Baseline.id)
            ):
                state = words("approved", by=baseline.approved_by) if baseline.approved_at else words("not-approved")
                typer.echo(
                    f"  [{baseline.id}] {baseline.minutes_per_unit:g} / {baseline.unit}\t{baseline.valid_from}\t"
                    f"{baseline.owner}\t{state}\t{baseline.evidence}"
                )


@services.command("add")
def add(slug: str, name: str, kind: MaybeKindName = None, description: str | None = None) -> None:
    """業務メニューを加える。同じ名前があれば改める(種別は変えられない)。"""
    with house() as office, office.database.transaction() as session:
        chosen = None if kind is None else Kind.named(kind)
        add_service(session, slug=slug, kind=chosen, name=name, description=description)
        audited(session, "service-add", slug)


@services.command("close")
def close(slug: str) -> None:
    """受付を止める。受け付けた依頼は最後まで処理する。"""
    with house() as office, office.database.transaction() as session:
        service_of(session, slug).open = False
        audited(session, "service-close", slug)


@services.command("open")
def reopen(slug: str) -> None:
    """受付を再開する。"""
    with house() as office, office.database.transaction() as session:
        service_of(session, slug).open = True
        audited(session, "service-open", slug)


@services.command("baseline")
def propose(slug: str, minutes: float, owner: str, evidence: str, valid_from: datetime | None = None) -> None:
    """基準時間(1単位あたりの手作業の分)を提案する。承認されるまで計上には使わない。"""
    with house() as office, office.database.transaction() as session:
        service = service_of(session, slug)
        day = (valid_from or datetime.now(hours.JST)).date()
        baseline = hours.propose(
            session, service, minutes_per_unit=minutes, valid_from=day, owner=owner, evidence=evidence
        )
        audited(session, "baseline-propose", slug, baseline=baseline.id, minutes=minutes)
    typer.echo(words("baseline-proposed", number=baseline.id))


@services.command("approve")
def approve(number: int, login: str) -> None:
    """基準時間を承認する。承認を待っていた依頼の削減時間も計上する。"""
    with house() as office, office.database.transaction() as session:
        baseline = session.get(Baseline, number)
        if baseline is None:
            raise BaselineUnknownError(number=number)
        hours.approve(session, baseline, acting_as(session, login))
        session.flush()
        booked = book_waiting(session, baseline.service_id)
        audited(session, "baseline-approve", str(number), by=login)
    typer.echo(words("baseline-approved", number=number, booked=booked))
