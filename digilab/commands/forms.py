"""`digilab forms …`: form definitions and their revisions."""

from pathlib import Path
from typing import Annotated

import typer

from digilab.commands.house import house, keyboard, words
from digilab.errors import FormError, PersonalNumberRefusedError
from digilab.forms import publish
from digilab.forms.check import Checked, checked
from digilab.forms.records import FormRevision
from digilab.forms.rules import RevisionState
from digilab.office import Office

forms = typer.Typer(no_args_is_help=True, help="帳票定義 / form definitions")

Department = Annotated[
    str | None, typer.Option(help="この部署だけが使う帳票。省くと全庁 / a department's own form; without: everybody's")
]
Revision = Annotated[str | None, typer.Option(help="版 / revision")]


@forms.command("import")
def import_forms(folders: list[Path], department: Department = None) -> None:
    """帳票定義のフォルダを検査し、新しい版として公開する。公開した版は変わらない。"""
    sound = True
    with house() as office, checked(folders, office.settings.language) as found:
        for form in found:
            try:
                if isinstance(form, FormError):
                    raise form
                published = _published(office, form, department)
                told = "form-published" if published.fresh else "form-unchanged"
                typer.echo(words(told, name=published.name, revision=published.revision, title=published.title))
            except (FormError, PersonalNumberRefusedError) as error:
                sound = False
                typer.echo(f"[{error.code}] {error.sentence(office.settings.language)}", err=True)
    if not sound:
        raise typer.Exit(1)


@forms.command("list")
def list_forms() -> None:
    """帳票と版の一覧。"""
    with house() as office, office.database.reading() as session:
        for each in publish.listed(session):
            typer.echo("\t".join(_line(each)))


@forms.command("export")
def export(
    name: str,
    folder: Annotated[Path, typer.Option("--output", "-o", help="新しく作るフォルダ / a new folder")],
    revision: Revision = None,
    department: Department = None,
) -> None:
    """版のファイルを取り出す。取り込み直すと同じ版になる。版を省くと最新の版。"""
    with house() as office, office.database.reading() as session:
        taken = publish.export(session, office.store, name, folder, department=department, revision=revision)
    typer.echo(words("form-exported", name=name, revision=taken, folder=folder))


@forms.command("retire")
def retire(name: str, revision: Revision = None, department: Department = None) -> None:
    """新しい依頼に使うのをやめる。受け付けた依頼は、その版のまま最後まで処理する。"""
    with house() as office, office.database.transaction() as session:
        count = publish.retire(session, name, department=department, revision=revision, login=keyboard())
    typer.echo(words("form-retired", name=name, count=count))


def _published(office: Office, form: Checked, department: str | None) -> publish.Published:
    return publish.publish(
        office.database,
        office.store,
        form,
        department=department,
        login=keyboard(),
        personal_numbers=office.settings.forms.personal_number_allowed,
    )


def _line(revision: FormRevision) -> list[str]:
    owner = revision.definition.department
    state = "form-state-published" if revision.state == RevisionState.PUBLISHED else "form-state-retired"
    return [
        revision.definition.name,
        revision.revision,
        words(state),
        owner.code if owner is not None else words("form-of-house"),
        revision.title,
        revision.digest[:12],
    ]
