"""`digilab doctor`: what an operator looks at first."""

import shutil
import subprocess
from collections.abc import Callable

import typer

from digilab.commands import doctor_machine, doctor_robots
from digilab.commands.house import words
from digilab.config import Settings
from digilab.database import migrate
from digilab.errors import DigilabError, ProgramMissingError, SchemaOldError
from digilab.models.folder import chosen_model
from digilab.models.verifying import checked
from digilab.office import Office, open_office


def examine() -> None:
    """プログラム、データベース、保存場所、Redis、モデル、計算する装置、空き容量、ロボットを調べる。"""
    settings = Settings()
    with open_office(settings) as office:
        checks: list[tuple[str, Callable[[], str]]] = [
            ("redis-server", lambda: _redis_server(settings)),
            ("database", lambda: _schema(office)),
            ("store", lambda: _store(office)),
            ("queue", lambda: _queue(office)),
            ("model", lambda: checked(chosen_model(settings.models_folder, settings.models.transcription)).name),
            ("device", lambda: doctor_machine.device(settings)),
            ("disk", lambda: _disk(settings)),
            *doctor_robots.checks(office),
        ]
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
    office.queue.ping()
    return "PONG"


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.data).free / 1024**3
    return words("disk-free", free=f"{free:.1f}")
