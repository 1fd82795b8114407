"""`digilab department|user|token …`."""

from typing import Annotated

import typer
from sqlalchemy import select

from digilab.access import people
from digilab.access.records import Department, Person, Token
from digilab.access.rules import Role
from digilab.commands.house import audited, house, words

departments = typer.Typer(no_args_is_help=True, help="所属 / departments")
users = typer.Typer(no_args_is_help=True, help="利用者 / people with an account")
tokens = typer.Typer(no_args_is_help=True, help="APIの鍵 / API tokens")


@departments.command("add")
def add_department(
    code: str,
    name: str,
    share: Annotated[
        float | None, typer.Option(help="公平配分の重み(初めは1) / weight in fair share (1 at first)")
    ] = None,
) -> None:
    """所属を加える。同じコードがあれば名前を改める。"""
    with house() as office, office.database.transaction() as session:
        people.add_department(session, code, name, share)
        audited(session, "department-add", code, name=name)


@departments.command("list")
def list_departments() -> None:
    """所属の一覧。"""
    with house() as office, office.database.reading() as session:
        for department in session.scalars(select(Department).order_by(Department.code)):
            typer.echo(f"{department.code}\t{department.name}")


@users.command("add")
def add_user(login: str, name: str, department: str, role: Role = Role.STAFF) -> None:
    """利用者を加える。最初のパスワードは一度だけ表示する。"""
    password = people.new_password()
    with house() as office, office.database.transaction() as session:
        people.add_person(session, login=login, name=name, department_code=department, role=role, password=password)
        audited(session, "user-add", login, role=role)
    typer.echo(words("new-password", login=login, password=password))


@users.command("password")
def new_password(login: str) -> None:
    """新しいパスワードを作り、一度だけ表示する。サインイン中の画面は終わる。"""
    password = people.new_password()
    with house() as office, office.database.transaction() as session:
        people.set_password(session, people.person_with(session, login), password)
        audited(session, "user-password", login)
    typer.echo(words("new-password", login=login, password=password))


@users.command("disable")
def disable_user(login: str) -> None:
    """利用者を止める。サインインもAPIの鍵も、すぐに使えなくなる。"""
    with house() as office, office.database.transaction() as session:
        people.disable(session, people.person_with(session, login))
        audited(session, "user-disable", login)


@users.command("list")
def list_users() -> None:
    """利用者の一覧。"""
    with house() as office, office.database.reading() as session:
        for person in session.scalars(select(Person).order_by(Person.login)):
            state = words("disabled") if person.disabled_at else ""
            typer.echo(f"{person.login}\t{person.name}\t{person.department.name}\t{person.role}\t{state}")


@tokens.command("add")
def add_token(login: str, name: str) -> None:
    """この利用者として働くAPIの鍵を作り、一度だけ表示する。"""
    with house() as office, office.database.transaction() as session:
        secret = people.add_token(session, people.person_with(session, login), name)
        audited(session, "token-add", login, name=name)
    typer.echo(secret)


@tokens.command("list")
def list_tokens() -> None:
    """APIの鍵の一覧(鍵そのものは表示できない)。"""
    with house() as office, office.database.reading() as session:
        for token in session.scalars(select(Token).order_by(Token.id)):
            state = words("disabled") if token.revoked_at else ""
            typer.echo(f"{token.id}\t{token.person.login}\t{token.name}\t{state}")


@tokens.command("revoke")
def revoke_token(number: int) -> None:
    """APIの鍵を使えなくする。"""
    with house() as office, office.database.transaction() as session:
        people.revoke_token(session, number)
        audited(session, "token-revoke", str(number))
