"""`digilab robots schedule …`: when robots run, and on which days the city is open."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from digilab.commands.house import house, keyboard, words
from digilab.errors import DayUnknownError
from digilab.jobs.rules import receipt
from digilab.language import Language, text
from digilab.timetable import city, folders, use
from digilab.timetable.days import MOST_BYTES, day_of, read_days
from digilab.timetable.records import DueRun, Schedule
from digilab.timetable.rules import JST
from digilab.timetable.sentences import WEEKDAYS, read, sentence
from digilab.timetable.use import Missed, Plan

schedules = typer.Typer(no_args_is_help=True, help="ロボットの予定と市のカレンダー / schedules and the city's calendar")

Rule = Annotated[str, typer.Option(help="「毎月第3営業日 09:00」「cron 0 9 * * 1-5」など / when it runs")]
Folder = Annotated[
    str | None,
    typer.Option(help="ファイルを取り込むフォルダ(設定のフォルダからの相対パス)/ folder below the settings' one"),
]
Pattern = Annotated[str, typer.Option(help="ファイル名の型。名前順で最後のものを使う / the last by name is taken")]
Rehearse = Annotated[bool, typer.Option(help="実行の前に画面を通し稽古で確かめる / walk through the screens first")]
Begins = Annotated[datetime | None, typer.Option(help="この日時(日本時間)より前は実行しない / nothing is due before")]


@schedules.command("add")
def add(
    slug: str,
    service: str,
    login: Annotated[str, typer.Argument(help="責任者の利用者ID。依頼はこの名前で出る / who answers for it")],
    rule: Rule,
    folder: Folder = None,
    pattern: Pattern = "*.xlsx",
    title: str = "",
    missed: Annotated[
        Missed, typer.Option(help="動いていない間に過ぎた回: skip 見送る、once 最後の1回だけ行う")
    ] = Missed.SKIP,
    rehearse: Rehearse = True,
    begins: Begins = None,
) -> None:
    """予定を加える。--folder を省くと、部署が「予定の時刻に」で出した最も新しい依頼を実行する。"""
    source = use.UPLOAD if folder is None else folders.source(folder, pattern)
    begins_at = None if begins is None else begins.replace(tzinfo=JST)
    with house() as office, office.database.transaction() as session:
        plan = Plan(slug, service, login, read(rule), source, title, missed, rehearse, begins_at)
        schedule = use.create(session, keyboard(), plan, sources=office.settings.robots.sources)
        first = use.upcoming(session, schedule, 1)
        typer.echo(
            words("schedule-added", title=schedule.title, rule=sentence(use.rule_of(schedule)), first=_moment(first[0]))
        )


@schedules.command("list")
def list_schedules() -> None:
    """予定の一覧。止まっているものは、その理由も示す。"""
    with house() as office, office.database.reading() as session:
        for schedule in use.schedules(session):
            upcoming = use.upcoming(session, schedule, 1)
            typer.echo(
                "\t".join(
                    (
                        schedule.slug,
                        schedule.title,
                        sentence(use.rule_of(schedule)),
                        schedule.service.slug,
                        schedule.person.login,
                        _state(schedule),
                        _moment(upcoming[0]) if upcoming else "-",
                    )
                )
            )
            _tell_stop(schedule, office.settings.language)


@schedules.command("show")
def show(slug: str, runs: Annotated[int, typer.Option(help="示す実行の数 / how many runs")] = 10) -> None:
    """一つの予定と、これまでの実行。"""
    with house() as office, office.database.reading() as session:
        schedule = use.schedule_named(session, slug)
        source = schedule.source
        typer.echo(f"{schedule.slug}\t{schedule.title}\t{_state(schedule)}")
        typer.echo(sentence(use.rule_of(schedule)))
        typer.echo(f"{schedule.service.slug}\t{schedule.department.name}\t{schedule.person.login}")
        from_folder = source["kind"] == folders.KIND
        typer.echo(
            words("schedule-folder", path=source["path"], pattern=source["pattern"])
            if from_folder
            else words("schedule-upload", department=schedule.department.name)
        )
        typer.echo(words(f"schedule-missed-{schedule.missed}"))
        typer.echo(words("schedule-rehearse" if schedule.rehearse else "schedule-no-rehearse"))
        _tell_stop(schedule, office.settings.language)
        for run in use.runs(session, schedule, runs):
            typer.echo("\t".join(_run(run, office.settings.language)))


@schedules.command("next")
def following(slug: str, count: Annotated[int, typer.Option(help="示す数 / how many")] = 30) -> None:
    """これからの実行日時(日本時間)。"""
    with house() as office, office.database.reading() as session:
        upcoming = use.upcoming(session, use.schedule_named(session, slug), count)
        for due in upcoming:
            typer.echo(_moment(due))
        if not upcoming:
            typer.echo(text(office.settings.language, "timetable.no-more"))


@schedules.command("enable")
def enable(slug: str) -> None:
    """止めた予定、自動で止まった予定を、今から再開する。止まっていた間の回は実行しない。"""
    with house() as office, office.database.transaction() as session:
        use.enable(session, keyboard(), use.schedule_named(session, slug))


@schedules.command("disable")
def disable(slug: str) -> None:
    """予定を止める。もう始まった依頼は続く。"""
    with house() as office, office.database.transaction() as session:
        use.disable(session, keyboard(), use.schedule_named(session, slug))


@schedules.command("remove")
def remove(slug: str) -> None:
    """予定を、これまでの実行の記録とともに削除する。依頼は残る。"""
    with house() as office, office.database.transaction() as session:
        use.remove(session, keyboard(), use.schedule_named(session, slug))


# --- the city's calendar -----------------------------------------------------------------------------------


@schedules.command("import-days")
def import_days(files: list[Path]) -> None:
    """市の閉庁日・開庁日をCSV(日付,名称[,開庁])から取り込む。一つでも誤りがあれば何も変えない。"""
    contents = []
    for file in files:
        with file.open("rb") as opened:
            contents.append((file.name, opened.read(MOST_BYTES + 1)))
    days = read_days(contents)
    with house() as office, office.database.transaction() as session:
        new, changed = use.import_days(session, keyboard(), days)
    typer.echo(words("days-imported", count=len(days), new=new, changed=changed))


@schedules.command("days")
def list_days(
    year: Annotated[int | None, typer.Option(help="この年だけ / this year only")] = None,
    remove: Annotated[
        str | None, typer.Option(help="この日の登録を取り消す / forget what was entered for this day")
    ] = None,
) -> None:
    """市が登録した閉庁日・開庁日の一覧。"""
    if remove is not None:
        _remove_day(remove)
        return
    with house() as office, office.database.reading() as session:
        for each in city.own_days(session):
            if year in (None, each.day.year):
                told = words("day-open") if each.open else words("day-closed")
                typer.echo(f"{each.day} ({WEEKDAYS[each.day.weekday()]})\t{each.name}\t{told}")


def _remove_day(written: str) -> None:
    day = day_of(written)
    if day is None:
        raise DayUnknownError(day=written[:20])
    with house() as office, office.database.transaction() as session:
        use.remove_day(session, keyboard(), day)


def _state(schedule: Schedule) -> str:
    if schedule.stopped is not None:
        return words("schedule-state-stopped")
    return words("schedule-state-on" if schedule.enabled else "schedule-state-off")


def _tell_stop(schedule: Schedule, language: Language) -> None:
    if schedule.stopped is not None:
        typer.echo(f"  {schedule.stopped['sentences'][language]}")


def _run(run: DueRun, language: Language) -> list[str]:
    told = [_moment(run.due_at), text(language, f"timetable.states.{run.state}")]
    told.append("-" if run.job_id is None else receipt(run.job_id))
    return [*told, run.detail.get("file", ""), run.detail.get("sentences", {}).get(language, "")]


def _moment(moment: datetime) -> str:
    there = moment.astimezone(JST)
    return f"{there:%Y-%m-%d} ({WEEKDAYS[there.weekday()]}) {there:%H:%M:%S}"
