"""`digilab …`: the command line. Every act on people, services or jobs is in the audit trail as `cli:<user>`."""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from digilab import up as supervisor
from digilab.commands import audit, database, demo, doctor, forms, glossary, jobs, models, people, robots, services
from digilab.commands.house import KindName, words
from digilab.config import Settings
from digilab.errors import DigilabError, FileUnusableError, SettingsMalformedError
from digilab.first_start import FirstAccount
from digilab.language import Language
from digilab.models.folder import import_model
from digilab.models.folder import models as models_in
from digilab.services.rules import Kind

app = typer.Typer(no_args_is_help=True, add_completion=False, help="デジラボ: 市の共同処理サーバー")
app.add_typer(people.departments, name="department")
app.add_typer(people.users, name="user")
app.add_typer(people.tokens, name="token")
app.add_typer(audit.audit, name="audit")
app.add_typer(services.services, name="services")
app.add_typer(jobs.jobs, name="jobs")
app.add_typer(forms.forms, name="forms")
app.add_typer(glossary.glossary, name="glossary")
app.add_typer(robots.robots, name="robots")
app.add_typer(models.models, name="models")
app.add_typer(database.database, name="db")
app.command("submit")(jobs.hand_in)
app.command("hours")(jobs.net_hours)
app.command("demo")(demo.show)
app.command("doctor")(doctor.examine)


@app.command()
def up(
    spare_model: Annotated[
        Path | None,
        typer.Option(help="モデルがまだ一つもないとき取り込むフォルダ / model folder to import when there is none"),
    ] = None,
) -> None:
    """一台の機械ですべてを起動し、止まったものを起動し直す。Ctrl-C で止める。"""
    settings = Settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s up %(message)s")
    if spare_model is not None and not models_in(settings.models_folder):
        import_model(settings.models_folder, spare_model)
        typer.echo(words("spare-model", name=spare_model.name))

    def announce(account: FirstAccount | None) -> None:
        typer.echo(words("address", address=f"http://{settings.web.host}:{settings.web.port}/"))
        if account is not None:
            typer.echo(words("new-password", login=account.login, password=account.password))

    supervisor.run(settings, announce)


@app.command()
def web() -> None:
    """画面とAPIだけを起動する。"""
    _become("digilab.web")


@app.command()
def clock() -> None:
    """時計(配分、期限切れの引き継ぎ、片付け)だけを起動する。"""
    _become("workers.clock")


@app.command()
def worker(capability: KindName = Kind.TRANSCRIPTION.value.name) -> None:
    """処理係を一つだけ起動する。"""
    _become("workers.worker", capability)


def _become(module: str, *arguments: str) -> None:
    """This process goes on as another module of the distribution; so the command line needs no role's packages."""
    Settings()  # what is wrong with them is told here, in words
    command = [sys.executable, "-P", "-m", module, *arguments]
    os.execve(sys.executable, command, {**supervisor.memory_settings(*arguments), **os.environ})  # noqa: S606 - our own interpreter


def main() -> None:
    """Entry point: an error that has a sentence is told in it, without a traceback."""
    try:
        app()
    except DigilabError as error:
        _refuse(error)
    except ValidationError as error:
        names = {"DIGILAB_" + "__".join(map(str, each["loc"])).upper() for each in error.errors()}
        _refuse(SettingsMalformedError(names=", ".join(sorted(names))))
    except OSError as error:
        if error.filename is None:
            raise
        _refuse(FileUnusableError(file=str(error.filename), reason=error.strerror or ""))


def _refuse(error: DigilabError) -> None:
    typer.echo(f"[{error.code}] {error.sentence(_language())}", err=True)
    sys.exit(1)


def _language() -> Language:
    try:
        return Settings().language
    except ValidationError:
        return "ja"
