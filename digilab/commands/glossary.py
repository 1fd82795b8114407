"""`digilab glossary …`: names, places and expressions that recordings are read with."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from digilab.commands.house import audited, house, words
from digilab.errors import GlossaryDayError
from digilab.glossary import sheet, use
from digilab.glossary.records import GlossaryTerm
from digilab.glossary.rules import TermKind
from digilab.timetable.days import day_of

glossary = typer.Typer(no_args_is_help=True, help="用語集: 録音の読み取りに使う人名・地名・条例名など / glossary")

Department = Annotated[str | None, typer.Option(help="部署コード。省くと全庁 / department; without: the whole house")]
Service = Annotated[str | None, typer.Option(help="業務メニュー。省くとすべて / service; without: all of them")]
Only = Annotated[str | None, typer.Option(help="この部署の用語だけ / of this department only")]
OnlyService = Annotated[str | None, typer.Option(help="この業務の用語だけ / of this service only")]
OfKind = Annotated[TermKind | None, typer.Option(help="この種類だけ / of this kind only")]
OnDay = Annotated[str | None, typer.Option(help="この日に有効なものだけ(2026-04-01)/ what counts on this day")]


@glossary.command("import")
def import_terms(
    file: Path,
    department: Department = None,
    service: Service = None,
    from_day: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="この日からの名簿の全員(年度替わり)。載っていない人は前日で終える / the whole list from this day on",
        ),
    ] = None,
    trial: Annotated[
        bool, typer.Option(help="取り込まずに、何が変わるかだけを示す / say only what would change")
    ] = False,
) -> None:
    """CSV(UTF-8かシフトJIS)から用語を取り込む。誤りが一行でもあれば、何も取り込まずにすべての行の誤りを示す。"""
    entries = sheet.read_entries(_content(file))
    day = _day(from_day)
    with house() as office:
        with office.database.transaction() as session:
            done = use.bring_in(session, entries, department=department, service=service, from_day=day)
            if trial:
                session.rollback()
            else:
                audited(session, "glossary-import", file.name, added=done.added, changed=done.changed, ended=done.ended)
        told = "glossary-trial" if trial else "glossary-imported"
        typer.echo(words(told, added=done.added, changed=done.changed, ended=done.ended, unchanged=done.unchanged))


@glossary.command("list")
def list_terms(department: Only = None, service: OnlyService = None, kind: OfKind = None, day: OnDay = None) -> None:
    """用語の一覧。"""
    with house() as office, office.database.reading() as session:
        for term in use.listed(session, department=department, service=service, kind=kind, day=_day(day)):
            typer.echo("\t".join(_line(term)))


@glossary.command("export")
def export(
    file: Annotated[Path, typer.Option("--output", "-o", help="新しく作るCSVファイル / a new CSV file")],
    department: Only = None,
    service: OnlyService = None,
    kind: OfKind = None,
    day: OnDay = None,
) -> None:
    """用語をCSVに書き出す。取り込み直すと同じ用語集になる。"""
    with house() as office, office.database.reading() as session:
        terms = use.listed(session, department=department, service=service, kind=kind, day=_day(day))
        content = use.exported(terms)
    with file.open("xb") as new:
        new.write(content)
    typer.echo(words("glossary-exported", count=len(terms), file=file))


@glossary.command("remove")
def remove(term: str, department: Only = None, service: OnlyService = None) -> None:
    """用語を消す。受け付け済みの依頼は、受け付けたときの用語のまま処理する。任期の終わった人は消さずに、有効終了を入れる。"""
    with house() as office, office.database.transaction() as session:
        use.alone(session)
        count = use.remove(session, use.named(session, term, department=department, service=service))
        audited(session, "glossary-remove", term, count=count)
    typer.echo(words("glossary-removed", term=term, count=count))


def _content(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(sheet.MOST_BYTES + 1)


def _day(written: str | None) -> date | None:
    if written is None:
        return None
    day = day_of(written)
    if day is None:
        raise GlossaryDayError(day=written[:30])
    return day


def _line(term: GlossaryTerm) -> list[str]:
    period = (
        f"{term.valid_from or ''}–{term.valid_to or ''}"
        if term.valid_from or term.valid_to
        else words("glossary-always")
    )
    return [
        term.text,
        term.reading,
        sheet.KINDS[TermKind(term.kind)][0],
        term.department.code if term.department else words("glossary-of-house"),
        term.service.slug if term.service else words("glossary-of-all"),
        period,
        str(term.weight),
    ]
