"""`digilab doctor`: what an operator looks at first."""

import fcntl
import shutil
import subprocess
from collections.abc import Callable
from typing import Annotated

import typer

from digilab.commands import doctor_machine, doctor_robots
from digilab.commands.house import KINDS, known, words
from digilab.config import Settings
from digilab.database import migrate
from digilab.errors import DigilabError, ProgramMissingError, QueueUnreachableError, SchemaOldError
from digilab.models.folder import chosen_model
from digilab.models.verifying import checked
from digilab.office import Office, open_office
from digilab.services.rules import Kind


def examine(
    capability: Annotated[
        str | None,
        typer.Option(
            callback=known,
            help="この種別のワーカーだけが動く機械として調べる。省くとすべて / as a machine of such workers alone: "
            + ", ".join(KINDS),
        ),
    ] = None,
) -> None:
    """プログラム、データベース、保存場所、Redis、モデル、計算する装置、空き容量、ロボットを調べる。"""
    settings = Settings()
    with open_office(settings) as office:
        checks: list[doctor_robots.Check] = [
            ("redis-server", lambda: _redis_server(settings)),
            ("database", lambda: _schema(office)),
            ("store", lambda: _store(office)),
            ("queue", lambda: _queue(office)),
            ("disk", lambda: _disk(settings)),
        ]
        if capability in (None, Kind.TRANSCRIPTION.value.name):
            checks += [("model", lambda: _model(settings)), ("device", lambda: doctor_machine.device(settings))]
        if capability in (None, Kind.ROBOT.value.name):
            checks += doctor_robots.checks(office)
        sound = [_told(name, check) for name, check in checks]
    if not all(sound):
        raise typer.Exit(1)


def _told(name: str, check: Callable[[], str]) -> bool:
    try:
        typer.echo(f"[OK] {name}: {check()}")
    except DigilabError as error:
        typer.echo(f"[NG] {name}: {error.sentence(Settings().language)}")
        return False
    return True


def _redis_server(settings: Settings) -> str:
    if settings.queue.url:
        return words("not-needed")
    program = shutil.which("redis-server")
    if program is None:
        raise ProgramMissingError(program="redis-server", package="redis-server")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return said.split(" sha")[0].strip()


def _schema(office: Office) -> str:
    current, newest = migrate.current(office.database) or "-", migrate.newest() or "-"
    if current != newest:
        raise SchemaOldError(current=current, newest=newest)
    return current


def _store(office: Office) -> str:
    return words("files-listed", count=sum(1 for _ in office.store.keys("outputs/")))


def _queue(office: Office) -> str:
    try:
        office.queue.ping()
    except QueueUnreachableError:
        # Our own Redis runs with the house: that it is away from a house at rest is no fault.
        if office.settings.queue.url or _is_up(office.settings):
            raise
        return words("doctor-not-up")
    return "PONG"


def _is_up(settings: Settings) -> bool:
    """Whether `digilab up` works in the data folder. Looks at its lock and makes none: whoever asks may be another user."""
    try:
        with (settings.data / "up.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _model(settings: Settings) -> str:
    return checked(chosen_model(settings.models_folder, settings.models.transcription)).name


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.data).free / 1024**3
    return words("disk-free", free=f"{free:.1f}")
