"""`digilab audit …`: what the audit trail says. Who looked at it, and for what, is a line of it, too."""

import csv
import json
import os
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from digilab.access.audit import Wanted, last, newest, pages
from digilab.access.records import Audit
from digilab.commands.house import audited, fits, house, words
from digilab.targets.rules import JST

audit = typer.Typer(no_args_is_help=True, help="監査の記録 / the audit trail")

# What a spreadsheet would take for a formula, in the wide signs of a Japanese keyboard, too.
_FORMULA = re.compile("'*[=+\\-@\\t\\r＝＋－＠−]")

_DAY = ["%Y-%m-%d"]


def _counted(day: datetime | None) -> datetime | None:
    """A day that can be reckoned with in any zone."""
    if day is not None and not 1900 <= day.year <= 9000:
        raise typer.BadParameter("1900-01-01 – 9000-12-31")
    return day


From = Annotated[
    datetime | None, typer.Option("--from", formats=_DAY, callback=_counted, help="この日から / from this day on")
]
To = Annotated[
    datetime | None,
    typer.Option("--to", formats=_DAY, callback=_counted, help="この日まで / up to and including this day"),
]
Login = Annotated[
    str | None,
    typer.Option(callback=fits(80), help="この利用者IDだけ(コマンドは cli:OSの利用者名) / of this login only"),
]
Action = Annotated[str | None, typer.Option(callback=fits(60), help="この操作だけ。例: user-add / of this action only")]


@audit.command("list")
def show(
    since: From = None,
    until: To = None,
    login: Login = None,
    action: Action = None,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="新しいほうから何件か / how many of the newest")] = 50,
) -> None:
    """監査の記録を、新しいものを下にして示す。日時、利用者、操作、対象、結果、接続元、詳細。見たことも記録する。"""
    wanted = _wanted(since, until, login, action)
    with house() as office, office.database.transaction() as session:
        lines = newest(session, wanted, count)
        audited(session, "audit-list", "audit", lines=len(lines), **_asked(since, until, login, action))
    for line in lines:
        at = line.at.astimezone(JST).strftime("%Y-%m-%d %H:%M:%S")
        typer.echo("\t".join([at, line.login, line.action, line.subject, line.result, line.address, _detail(line)]))


@audit.command("export")
def export(
    file: Annotated[Path, typer.Option("--output", "-o", help="新しく作るCSVファイル / a new CSV file")],
    since: From = None,
    until: To = None,
    login: Login = None,
    action: Action = None,
) -> None:
    """監査の記録を、古いものからCSV(UTF-8)に書き出す。書き出したことも記録する。"""
    wanted = _wanted(since, until, login, action)
    # Its owner's alone: it says who did what to whose files.
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8-sig", newline="") as writing, house() as office:
            with office.database.transaction() as session:
                upto = last(session)
                audited(session, "audit-export", file.name, **_asked(since, until, login, action))
            with office.database.reading() as session:
                count = _written(writing, pages(session, wanted, upto))
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    typer.echo(words("audit-exported", count=count, file=file))


def _wanted(since: datetime | None, until: datetime | None, login: str | None, action: str | None) -> Wanted:
    """Days are those of the office's wall clock."""
    return Wanted(
        since=since and since.replace(tzinfo=JST),
        before=until and until.replace(tzinfo=JST) + timedelta(days=1),
        login=login,
        action=action,
    )


def _asked(since: datetime | None, until: datetime | None, login: str | None, action: str | None) -> dict[str, str]:
    asked = {"since": since and f"{since:%Y-%m-%d}", "until": until and f"{until:%Y-%m-%d}"}
    return {name: value for name, value in (asked | {"whose": login, "only": action}).items() if value}


def _written(writing: Any, found: Iterable[Iterable[Audit]]) -> int:
    table, count = csv.writer(writing), 0
    table.writerow(words("audit-columns").split(","))
    for page in found:
        for line in page:
            at = line.at.astimezone(JST).isoformat(timespec="milliseconds")
            told = (line.login, line.address, line.action, line.subject, line.result, _detail(line))
            table.writerow([line.id, at, *(f"'{cell}" if _FORMULA.match(cell) else cell for cell in told)])
            count += 1
    return count


def _detail(line: Audit) -> str:
    """One line that no terminal acts on."""
    told = json.dumps(line.detail, ensure_ascii=False) if line.detail else ""
    return "".join(sign if sign.isprintable() else "?" for sign in told)
