"""`digilab robots …`: target systems, their credentials, stop and hold. `… schedule` is in `schedules.py`."""

import hashlib
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.commands.house import audited, house, keyboard, words
from digilab.commands.schedules import schedules
from digilab.database.session import now
from digilab.errors import StoredFileDamagedError
from digilab.first_start import refresh_robots
from digilab.jobs.intake import wake
from digilab.ledger import control
from digilab.office import Office
from digilab.services.records import Service
from digilab.store.contract import Store
from digilab.targets import screens as accepted
from digilab.targets import use as targets
from digilab.targets.records import Target
from digilab.targets.rules import JST
from digilab.timetable.city import calendar_of
from digilab.vault import use as vault

robots = typer.Typer(no_args_is_help=True, help="ロボットと対象システム / robots and the systems they key into")
credentials = typer.Typer(no_args_is_help=True, help="ロボットの利用者IDとパスワード / robots' credentials")
robots.add_typer(credentials, name="credential")
robots.add_typer(schedules, name="schedule")

Name = Annotated[str, typer.Argument(help="ロボットの名前(digilab robots list) / name of the robot")]
Reason = Annotated[str, typer.Option(help="理由。操作の記録に残ります / reason, kept in the audit trail")]


@robots.command("list")
def list_robots() -> None:
    """ロボット、対象システムの設定、保留や停止の一覧。"""
    with house() as office, office.database.reading() as session:
        if (stop := control.stopped(session)) is not None:
            since = f"{stop.since.astimezone(JST):%Y-%m-%d %H:%M}"
            typer.echo(words("robots-stopped", login=stop.login, since=since, reason=stop.reason))
        for target in targets.targets(session):
            for line in _lines(office, session, target):
                typer.echo(line)


@robots.command("set")
def set_up(
    name: Name,
    url: Annotated[str | None, typer.Option(help="対象システムのURL。空にすると未設定に戻す / its address")] = None,
    contexts: Annotated[
        int | None, typer.Option(help="同時に使うサインインの数の上限 / at most so many sign-ins at once")
    ] = None,
    settle_seconds: Annotated[
        float | None,
        typer.Option(help="送ったものが届いたか届かないかが、必ず決まるまでの秒数 / settle time in seconds"),
    ] = None,
    most_rows: Annotated[int | None, typer.Option(help="1件の依頼の行数の上限 / most rows of one job")] = None,
    most_yen: Annotated[int | None, typer.Option(help="1件の依頼の合計金額の上限(円) / most yen of one job")] = None,
    window: Annotated[
        list[str] | None,
        typer.Option(
            help="稼働時間「mon-fri 08:30-22:00」。何度でも指定でき、前の設定と入れ替わる / service hours, may be repeated"
        ),
    ] = None,
    always: Annotated[bool, typer.Option("--always", help="稼働時間の制限をなくす / no service hours")] = False,
) -> None:
    """対象システムを設定する。指定したものだけを変える。はじめてURLを設定すると、業務メニューの受付を始める。"""
    if window and always:
        raise typer.BadParameter("--window / --always")
    with house() as office:
        with office.database.transaction() as session:
            first = control.set_up(
                session,
                name,
                keyboard(),
                url=url,
                contexts=contexts,
                settle_seconds=settle_seconds,
                most_rows=most_rows,
                most_yen=most_yen,
                windows=[] if always else window or None,
            )
            target = targets.target_named(session, name)
            opened = _opened(session, name) if first else []
            lines = _lines(office, session, target)
        wake(office.queue)
    for line in lines:
        typer.echo(line)
    for slug in opened:
        typer.echo(words("robot-service-opened", service=slug))


@robots.command("hold")
def hold(name: Name, reason: Reason) -> None:
    """一つのロボットを保留にする。解除するまで、このロボットは何も登録しない。"""
    with house() as office, office.database.transaction() as session:
        targets.hold_by_hand(session, targets.target_named(session, name, lock=True), reason, keyboard())
    typer.echo(words("robot-held-now", robot=name))


@robots.command("lift")
def lift(name: Name, reason: Reason) -> None:
    """保留を解除する。理由には、何を確かめたかを書く。"""
    with house() as office:
        with office.database.transaction() as session:
            control.lift(session, targets.target_named(session, name, lock=True), keyboard(), reason)
        wake(office.queue)
    typer.echo(words("robot-lifted", robot=name))


@robots.command("stop")
def stop(reason: Reason) -> None:
    """すべてのロボットを緊急停止する。動いているロボットも、次の登録の前に5秒以内で止まる。"""
    with house() as office, office.database.transaction() as session:
        control.stop_all(session, keyboard(), reason)
    typer.echo(words("robots-stopped-now", database=office.database.engine.url.render_as_string()))


@robots.command("resume")
def resume(
    reason: Annotated[str, typer.Option(help="何を確かめたか / what was seen to before")] = "",
) -> None:
    """緊急停止を解く。保留中のロボットは、保留のまま。"""
    with house() as office:
        with office.database.transaction() as session:
            control.resume_all(session, keyboard(), reason)
        wake(office.queue)
    typer.echo(words("robots-resumed"))


@robots.command("screens")
def screens(
    name: Name,
    reason: Reason,
    file: Annotated[
        Path | None, typer.Argument(help="python -m robots rehearse … --record で作ったファイル / a rehearsal's record")
    ] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="部品に付いている画面に戻す / back to the shipped ones")
    ] = False,
) -> None:
    """通し稽古で比べる画面を、人が確かめた記録に替える。保留は解除しない。"""
    if (file is None) is not shipped:
        raise typer.BadParameter("FILE / --shipped")
    with house() as office, office.database.transaction() as session:
        target = targets.target_named(session, name, lock=True)
        if file is None:
            accepted.forget(session, target, keyboard(), reason)
            told = words("robot-screens-shipped", robot=name)
        else:
            with file.open("rb") as record:
                content = record.read(accepted.MOST_BYTES + 1)
            count = accepted.accept(session, target, content, keyboard(), reason)
            told = words("robot-screens", robot=name, count=count)
    typer.echo(told)


@robots.command("template")
def template(
    name: Name, file: Annotated[Path, typer.Option("--output", "-o", help="新しく作るファイル / a new file")]
) -> None:
    """記入用の様式(Excel)を取り出す。"""
    with house() as office:
        with office.database.reading() as session:
            target = targets.target_named(session, name)
            kept = dict(target.template)
        _copied(office.store, str(kept["key"]), str(kept["sha256"]), file)
        with office.database.transaction() as session:
            audited(session, "robot-template", name)
    typer.echo(words("robot-template", robot=name, file=file))


@robots.command("refresh")
def refresh() -> None:
    """部品のロボットを調べ直し、新しいものと版が変わったものを取り込む。設定は変えない。"""
    with house() as office:
        changed = refresh_robots(office, keyboard())
    typer.echo(words("robots-refreshed", names=", ".join(changed) or "-"))


@credentials.command("set")
def set_credential(
    name: Name,
    login: Annotated[str, typer.Option(help="対象システムの利用者ID / login of the finance system")],
    department: Annotated[str | None, typer.Option(help="利用者IDを持つ課のコード / the section that owns it")] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="パスワードの期限 / the day on which the password runs out"),
    ] = None,
) -> None:
    """利用者IDとパスワードを登録する。パスワードは画面で尋ねる(または標準入力の1行目)。"""
    with house() as office:
        # Before anybody types a password: whether there is such a robot.
        with office.database.reading() as session:
            targets.target_named(session, name)
        password = _password()
        with office.database.transaction() as session:
            vault.put(
                session,
                office.settings,
                targets.target_named(session, name),
                login,
                password,
                by=keyboard(),
                department=department,
                expires_on=expires.date() if expires is not None else None,
            )
    typer.echo(words("credential-set", robot=name, file=office.settings.vault_key))


@credentials.command("show")
def show_credentials() -> None:
    """どのロボットに登録があるかの一覧(利用者IDとパスワードは表示しない)。"""
    with house() as office, office.database.reading() as session:
        for target in targets.targets(session):
            typer.echo(f"{target.robot}\t{_credential_words(session, target)}")


@credentials.command("remove")
def remove_credential(name: Name) -> None:
    """利用者IDとパスワードを消す。"""
    with house() as office, office.database.transaction() as session:
        vault.remove(session, targets.target_named(session, name), keyboard())
    typer.echo(words("credential-removed", robot=name))


@credentials.command("rotate-key")
def rotate_key() -> None:
    """鍵を新しくし、すべての登録を新しい鍵で封じ直す。"""
    with house() as office:
        count = vault.rotate(office.database, office.settings, keyboard())
    typer.echo(words("credential-rotated", count=count, file=office.settings.vault_key))


def _password() -> str:
    """Typed twice and not shown, or the first line of what is piped in: never an argument, which every user of the machine can see."""
    if sys.stdin.isatty():
        typed: str = typer.prompt(words("credential-password"), hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def _opened(session: Session, robot: str) -> list[str]:
    """Slugs of the robot's entries of the menu, which take jobs from now on."""
    found = [
        service
        for service in session.scalars(select(Service).where(Service.kind == control.CAPABILITY).order_by(Service.id))
        if service.options.get("robot") == robot and not service.open
    ]
    for service in found:
        service.open = True
        audited(session, "service-open", service.slug)
    return [service.slug for service in found]


def _lines(office: Office, session: Session, target: Target) -> list[str]:
    money = words("robot-money" if target.money else "robot-no-money")
    lines = ["\t".join((target.robot, target.title, target.version, money, target.url or words("robot-no-url")))]
    hours = targets.window_words(target.windows) or words("robot-always")
    calendar = calendar_of(session)
    opens = targets.open_now(target, now(session), lambda day: not calendar.is_open(day))
    lines.append(
        "  "
        + words(
            "robot-limits",
            contexts=target.contexts,
            settle=f"{target.settle_seconds:g}",
            rows=f"{target.most_rows:,}",
            yen=f"{target.most_yen:,}",
        )
    )
    closed = "" if opens is None else words("robot-opens", at=f"{opens.astimezone(JST):%Y-%m-%d %H:%M}")
    lines.append(f"  {words('robot-hours', hours=hours)}{closed}")
    lines.append(f"  {_credential_words(session, target)}")
    if target.screens is not None:
        at = f"{datetime.fromisoformat(target.screens['at']).astimezone(JST):%Y-%m-%d %H:%M}"
        told = words("robot-screens-of", at=at, by=target.screens["by"], version=target.screens["version"])
        lines.append(f"  {told}")
    if target.held is not None:
        since = f"{datetime.fromisoformat(target.held['at']).astimezone(JST):%Y-%m-%d %H:%M}"
        reason = targets.held_words(target, office.settings.language)
        lines.append(f"  {words('robot-held', since=since, reason=reason)}")
    return lines


def _credential_words(session: Session, target: Target) -> str:
    found = vault.shown(session, target)
    if found is None:
        return words("credential-none")
    told = words("credential-of", by=found.set_by, department=found.department or "-", sealed_with=found.key_id)
    left = vault.days_left(found.expires_on, now(session).astimezone(JST).date())
    if found.expires_on is not None:
        told += words("credential-expires", day=found.expires_on)
    if left is not None:
        told += words("credential-expired") if left < 0 else words("credential-expires-soon", days=left)
    return told


def _copied(store: Store, key: str, sha256: str, file: Path) -> None:
    """The stored file as a new one; nothing is left of one that came damaged."""
    with file.open("xb") as out:
        try:
            with store.open(key) as blocks:
                out.writelines(blocks)
            out.flush()
            with file.open("rb") as written:
                if hashlib.file_digest(written, "sha256").hexdigest() != sha256:
                    raise StoredFileDamagedError(name=file.name)
        except BaseException:
            file.unlink()
            raise
