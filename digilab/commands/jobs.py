"""`digilab submit|jobs|hours|pause|resume …`."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from digilab.commands.house import KindName, acting_as, audited, house, keyboard, words
from digilab.config import Settings
from digilab.errors import FileMissingError, NotAllowedError
from digilab.hours import use as hours
from digilab.jobs import backlog, history, intake, lifecycle, sight
from digilab.jobs.intake import Received, Submission, submit
from digilab.jobs.records import Job
from digilab.language import text
from digilab.ledger import control
from digilab.office import Office
from digilab.services.rules import Kind
from digilab.targets.use import reason_given

jobs = typer.Typer(no_args_is_help=True, help="依頼 / jobs")

BLOCK = 1024 * 1024


def _pairs(given: Sequence[str]) -> Sequence[str]:
    if not all("=" in each for each in given):
        raise typer.BadParameter("名前=値 / name=value")
    return given


Options = Annotated[
    list[str], typer.Option(callback=_pairs, help="業務の設定を 名前=値 で。何個でも / an option of the service")
]
Count = Annotated[int, typer.Option(min=1, max=10_000, help="新しいほうから何件か / how many of the newest")]
As = Annotated[str, typer.Option("--as", help="この利用者として / in this person's name")]


def hand_in(
    files: list[Path],
    service: str = "minutes",
    title: str = "",
    login: As = "admin",
    trial: bool = False,
    option: Options = [],  # noqa: B006 - typer reads it and changes nothing
) -> None:
    """ファイルを提出する(画面からの提出と同じ受付を通る)。"""
    with house() as office, ExitStack() as received:
        with office.database.reading() as session:
            asker = acting_as(session, login)
        submission = Submission(
            service,
            [received.enter_context(_received(office, path)) for path in files],
            options=dict(each.split("=", 1) for each in option),
            title=title,
            test=trial,
        )
        accepted = submit(
            office.database,
            office.store,
            office.queue,
            asker,
            submission,
            max_files=office.settings.web.max_files,
            personal_numbers=office.settings.forms.personal_number_allowed,
        )
    typer.echo(words("accepted", receipt=accepted.receipt))


@jobs.command("list")
def list_jobs(count: Count = 20, login: As = "admin") -> None:
    """新しい順の一覧。"""
    with house() as office, office.database.reading() as session:
        for job in sight.recent(session, acting_as(session, login), count):
            typer.echo("\t".join((job.receipt, _state(job), job.department.name, job.title)))


@jobs.command("show")
def show(receipt: str, login: As = "admin") -> None:
    """一件の状態、履歴、ファイル。"""
    language = Settings().language
    with house() as office, office.database.reading() as session:
        job = sight.job_of(session, acting_as(session, login), receipt)
        typer.echo("\t".join((job.receipt, _state(job), job.department.name, job.title)))
        if job.failure:
            typer.echo(f"[{job.failure['code']}] {job.failure['sentences'][language]}")
        for told in history.of_job(session, job.id, language):
            typer.echo(f"{told.at.astimezone(hours.JST):%Y-%m-%d %H:%M:%S}  {told.sentence}")
        for file in job.files:
            typer.echo(f"{file.role}\t{file.name}\t{file.size}\t{file.sha256}")


@jobs.command("cancel")
def cancel(receipt: str, login: As = "admin") -> None:
    """取り消す。"""
    with house() as office, office.database.transaction() as session:
        job = _job_to_act_on(session, login, receipt)
        lifecycle.cancel(session, job.id, keyboard())
        audited(session, "job-cancel", job.receipt)
    typer.echo(f"{job.receipt}\t{_state(job)}")


@jobs.command("retry")
def retry(receipt: str, login: As = "admin") -> None:
    """もう一度処理する。"""
    with house() as office:
        with office.database.transaction() as session:
            job = _job_to_act_on(session, login, receipt)
            lifecycle.retry(session, job.id, keyboard())
            audited(session, "job-retry", job.receipt)
        intake.wake(office.queue)
    typer.echo(f"{job.receipt}\t{_state(job)}")


@jobs.command("pause")
def pause(reason: str, kind: KindName = Kind.TRANSCRIPTION.value.name) -> None:
    """待ち行列を止める。処理中のものは最後まで進む。robot は緊急停止で、動いているロボットも止まる。"""
    with house() as office, office.database.transaction() as session:
        if kind == control.CAPABILITY:
            control.stop_all(session, keyboard(), reason)
            return
        told = reason_given(reason)
        backlog.pause(session, kind, keyboard(), told)
        audited(session, "backlog-pause", kind, reason=told)


@jobs.command("resume")
def resume(kind: KindName = Kind.TRANSCRIPTION.value.name) -> None:
    """待ち行列を再開する。robot は緊急停止を解く。"""
    with house() as office:
        with office.database.transaction() as session:
            if kind == control.CAPABILITY:
                control.resume_all(session, keyboard())
            else:
                backlog.resume(session, kind)
                audited(session, "backlog-resume", kind)
        intake.wake(office.queue)


def net_hours() -> None:
    """計上した削減時間の合計。"""
    with house() as office, office.database.reading() as session:
        typer.echo(words("net-hours", hours=f"{hours.net_minutes(session) / 60:.2f}"))


@contextmanager
def _received(office: Office, path: Path) -> Iterator[Received]:
    """A local file, read into the store's incoming place."""
    if not path.is_file():
        raise FileMissingError
    with office.store.receive() as incoming, path.open("rb") as source:
        while block := source.read(BLOCK):
            incoming.write(block)
        yield Received(path.name, incoming)


def _job_to_act_on(session: Session, login: str, receipt: str) -> Job:
    """The job, when this person may act on it. Raises NotFoundError, NotAllowedError."""
    asker = acting_as(session, login)
    job = sight.job_of(session, asker, receipt)
    if not asker.may_act_on(job.department_id):
        raise NotAllowedError
    return job


def _state(job: Job) -> str:
    return text(Settings().language, f"states.{job.state}")
