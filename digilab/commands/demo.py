"""`digilab demo RECORDING --forms SCANS --rows SPREADSHEET`: jobs from end to end, in a house of their own that is taken down again.

Everything goes through the doors that a city uses: HTTP in, HTTP out.
"""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated

import typer
from sqlalchemy import select

from digilab.access import people
from digilab.access.rules import Role
from digilab.commands.demo_forms import show_forms
from digilab.commands.demo_robots import Head, free_port, furnish, practice_system, show_robots
from digilab.commands.door import Door
from digilab.commands.following import expect_state, fetched, followed, speakers_told_apart, tell_results
from digilab.commands.house import words
from digilab.config import Settings, WebSettings
from digilab.database.session import Database
from digilab.errors import DemoFolderError
from digilab.first_start import LAB, LOGIN, SERVICE
from digilab.hours import use as hours
from digilab.hours.records import Baseline
from digilab.jobs.speakers import AUTO, OFF
from digilab.models.folder import import_model
from digilab.up import House, lock_folder
from digilab.web.wording import percent_text

FIRST_LINES = 8
LOG = "server.log"
OWN = {"data", "practice", "results", LOG}
"""What a demonstration makes in its folder; the log is made first."""


def show(
    recording: Path,
    model: Annotated[Path, typer.Option(help="モデルのフォルダ / model folder")] = Path("models/demo"),
    speakers: Annotated[
        Path | None, typer.Option(help="発言者を分けるモデルのフォルダ / folder of a model that tells speakers apart")
    ] = None,
    forms: Annotated[
        Path | None, typer.Option(help="紙帳票のスキャン(隣に truth.json) / scanned forms, truth.json beside them")
    ] = None,
    rows: Annotated[
        Path | None, typer.Option(help="支出命令の一覧(Excel・CSV) / a spreadsheet of payment orders")
    ] = None,
    folder: Annotated[Path, typer.Option(help="作業と結果のフォルダ / where everything goes")] = Path(".demo"),
) -> None:
    """録音・紙帳票・一覧表を、本物の受付から成果物まで通して見せる。"""
    _cleared(folder)
    typer.echo(words("demo-starting"))
    with ExitStack() as opened:
        log = opened.enter_context((folder / LOG).open("ab"))
        url = None if rows is None else opened.enter_context(practice_system(folder / "practice", log))
        models = [model] if speakers is None else [model, speakers]
        staffed = opened.enter_context(_house(folder, models, url, log))
        _minutes(staffed.door, recording, folder / "results", OFF if speakers is None else AUTO)
        if forms is not None:
            show_forms(staffed.door, staffed.second.door, forms, folder / "results")
        if rows is not None:
            show_robots(staffed.door, staffed.second, staffed.robot, rows, folder / "results")


@dataclass(frozen=True)
class Staffed:
    """The house's doors: for its first account, and for a second person, who keys some values again and approves rows."""

    door: Door
    second: Head
    robot: str
    """The menu's entry for the robot; empty without one."""


def _minutes(door: Door, recording: Path, results: Path, speakers: str) -> None:
    """The recording handed in, its minutes fetched. `speakers`: the option of that name."""
    megabytes = f"{recording.stat().st_size / 1e6:.1f}"
    typer.echo(words("demo-submitting", name=recording.name, megabytes=megabytes))
    began = time.monotonic()
    today = datetime.now(hours.JST).date().isoformat()
    options = json.dumps({"meeting_date": today, "speakers": speakers})
    accepted = door.hand_in(SERVICE, recording, title=recording.stem, options=options)
    typer.echo(words("accepted", receipt=accepted["receipt"]))
    job = followed(door, accepted["receipt"])
    took = time.monotonic() - began
    expect_state(job, "done")
    if speakers != OFF:
        job = speakers_told_apart(door, accepted["receipt"])
    written = fetched(door, job, results)
    draft = next(path for path in written if path.suffix == ".txt").read_text(encoding="utf-8-sig")
    typer.echo("\n" + words("demo-first-lines"))
    for line in draft.splitlines()[:FIRST_LINES]:
        typer.echo(f"  {line}")
    for certificate in job["certificates"]:
        figures = {"gaps": certificate["gap_count"], "removed": certificate["removed_count"]}
        lengths = {name: f"{certificate[name] / 60:.1f}" for name in ("speech_seconds", "covered_seconds")}
        typer.echo("\n" + words("demo-certificate", share=percent_text(certificate["coverage"]), **lengths, **figures))
    tell_results(job, written)
    typer.echo(words("demo-took", seconds=f"{took:.0f}"))


def _cleared(folder: Path) -> None:
    """Remove what an earlier demonstration left there, and nothing else. Raises DemoFolderError, AlreadyUpError."""
    present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if present - OWN or (present and LOG not in present):
        raise DemoFolderError(folder=str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    with lock_folder(folder / "data") if "data" in present else nullcontext():
        for name in sorted(present - {LOG}):
            shutil.rmtree(folder / name)
    (folder / LOG).write_bytes(b"")


@contextmanager
def _house(folder: Path, models: list[Path], practice: str | None, log: IO[bytes]) -> Iterator[Staffed]:
    """A running house in an empty data folder. `practice`: where the finance system is."""
    settings = Settings(data=folder / "data", web=WebSettings(port=free_port()))
    for model in models:
        import_model(settings.models_folder, model)
    house = House(settings)
    house.prepare()
    staffed = _furnished(settings, practice)
    watcher = threading.Thread(target=house.watch, args=(lambda line: typer.echo(line, err=True),))
    try:
        house.start(log)
        watcher.start()
        _wait_for(staffed.door)
        yield staffed
    finally:
        house.end()
        if watcher.is_alive():
            watcher.join()
        house.stop()


def _furnished(settings: Settings, practice: str | None) -> Staffed:
    """Two people, the robot's target, and the first baselines approved, so that the hours of this demonstration can be booked."""
    database = Database(settings.database_url)
    password = people.new_password()
    try:
        with database.transaction() as session:
            first = people.person_with(session, LOGIN)
            for baseline in session.scalars(select(Baseline)):
                hours.approve(session, baseline, people.asker(first))
            second = people.add_person(
                session,
                login="second",
                name=words("demo-second"),
                department_code=LAB,
                role=Role.HEAD,
                password=password,
            )
            robot = "" if practice is None else furnish(session, settings, practice)
            doors = [
                Door(settings.web.host, settings.web.port, people.add_token(session, each, "demo"))
                for each in (first, second)
            ]
            return Staffed(doors[0], Head(doors[1], password), robot)
    finally:
        database.close()


def _wait_for(door: Door) -> None:
    """Until the web door answers. Raises OSError when it never does."""
    deadline = time.monotonic() + 60
    while True:
        try:
            door.get("/api/v1/services")
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
