"""`digilab department|user|token …`."""

from typing import Annotated

import typer
from sqlalchemy import select

from digilab.access import people
from digilab.access.records import Department, Person, Token
from digilab.access.rules import LONGEST_LOGIN, Role
from digilab.commands.house import audited, fits, house, words

departments = typer.Typer(no_args_is_help=True, help="所属 / departments")
users = typer.Typer(no_args_is_help=True, help="利用者 / people with an account")
tokens = typer.Typer(no_args_is_help=True, help="APIの鍵 / API tokens")

# As long as the columns; SQLite takes more, PostgreSQL refuses it without a word for people.
Code = Annotated[str, typer.Argument(callback=fits(40))]
Name = Annotated[str, typer.Argument(callback=fits(200))]
Login = Annotated[str, typer.Argument(callback=fits(LONGEST_LOGIN))]


@departments.command("add")
def add_department(
    code: Code,
    name: Name,
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
def add_user(login: Login, name: Name, department: Code, role: Role = Role.STAFF) -> None:
    """利用者を加える。最初のパスワードは一度だけ表示する。"""
    password = people.new_password()
    with house() as office, office.database.transaction() as session:
        people.add_person(
            session, login=login, name=name, department_code=department, role=role, password=password, given=True
        )
        audited(session, "user-add", login, role=role)
    typer.echo(words("new-password", login=login, password=password))


@users.command("password")
def new_password(login: Login) -> None:
    """新しいパスワードを作り、一度だけ表示する。サインイン中の画面は終わる。"""
    password = people.new_password()
    with house() as office, office.database.transaction() as session:
        people.set_password(session, people.person_with(session, login), password)
        audited(session, "user-password", login)
    typer.echo(words("new-password", login=login, password=password))


@users.command("disable")
def disable_user(login: Login) -> None:
    """利用者を止める。サインインもAPIの鍵も、すぐに使えなくなる。"""
    with house() as office, office.database.transaction() as session:
        people.disable(session, people.person_with(session, login))
        audited(session, "user-disable", login)


@users.command("enable")
def enable_user(login: Login) -> None:
    """止めた利用者を、もとのパスワードのまま使えるように戻す。失効させていないAPIの鍵も、また使える。"""
    with house() as office, office.database.transaction() as session:
        people.enable(session, people.person_with(session, login))
        audited(session, "user-enable", login)


@users.command("set")
def set_user(
    login: Login,
    department: Annotated[
        str | None, typer.Option(callback=fits(40), help="移る先の所属のコード / code of the new department")
    ] = None,
    role: Annotated[Role | None, typer.Option(help="新しい役割 / the new role")] = None,
    name: Annotated[str | None, typer.Option(callback=fits(200), help="新しい氏名 / the new name")] = None,
) -> None:
    """利用者の所属・役割・氏名を改める(異動など)。所属か役割が変わると、サインイン中の画面は終わる。"""
    if department is None and role is None and name is None:
        raise typer.BadParameter("--department / --role / --name")
    with house() as office, office.database.transaction() as session:
        person = people.person_with(session, login)
        changed = people.change(session, person, department_code=department, role=role, name=name)
        audited(session, "user-set", login, **changed)
        typer.echo(f"{person.login}\t{person.name}\t{person.department.name}\t{person.role}")


@users.command("list")
def list_users() -> None:
    """利用者の一覧。"""
    with house() as office, office.database.reading() as session:
        for person in session.scalars(select(Person).order_by(Person.login)):
            state = words("disabled") if person.disabled_at else ""
            typer.echo(f"{person.login}\t{person.name}\t{person.department.name}\t{person.role}\t{state}")


@tokens.command("add")
def add_token(login: Login, name: Name) -> None:
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
def revoke_token(number: Annotated[int, typer.Argument(min=1, max=2**63 - 1)]) -> None:
    """APIの鍵を使えなくする。"""
    with house() as office, office.database.transaction() as session:
        people.revoke_token(session, number)
        audited(session, "token-revoke", str(number))
