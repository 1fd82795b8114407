"""`digilab db …`."""

import typer

from digilab.commands.house import house, words
from digilab.config import Settings
from digilab.database import migrate
from digilab.database.session import Database
from digilab.first_start import bring_forms, bring_robots, prepare

database = typer.Typer(no_args_is_help=True, help="データベース / database")


@database.command("upgrade")
def upgrade() -> None:
    """表を最新の形にする。空のときは最初の利用者と業務メニューを作り、付属の帳票定義とロボットを取り込む。"""
    with house() as office:
        account = prepare(office.database)
        bring_forms(office)
        bring_robots(office)
    if account is not None:
        typer.echo(words("new-password", login=account.login, password=account.password))


@database.command("check")
def check() -> None:
    """表の版を表示する。古いときは終了コード1。"""
    opened = Database(Settings().database_url)
    current, newest = migrate.current(opened), migrate.newest()
    opened.close()
    typer.echo(f"{current or '-'} / {newest}")
    if current != newest:
        raise typer.Exit(1)
