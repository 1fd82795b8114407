"""`digilab models key …`: the key to sign with, and the keys that are trusted."""

from pathlib import Path
from typing import Annotated

import typer

from digilab.commands.house import words
from digilab.commands.model_use import noting
from digilab.config import Settings
from digilab.models import keys as model_keys

keys = typer.Typer(no_args_is_help=True, help="モデルの署名の鍵 / keys that sign models")


@keys.command("new")
def new(
    owner: Annotated[str, typer.Argument(help="鍵の持ち主。部署の名前など / whose key it is")],
) -> None:
    """まとめる側: 署名の鍵を作り、渡す公開鍵の場所と指紋を示す。"""
    folder = Settings().model_keys
    key = model_keys.new_key(folder, owner)
    typer.echo(words("model-key-made", file=folder / model_keys.PUBLIC))
    typer.echo(words("model-key-shown", owner=key.owner, fingerprint=key.fingerprint))


@keys.command("list")
def list_keys() -> None:
    """署名の鍵と、信頼している鍵の一覧。"""
    folder = Settings().model_keys
    if model_keys.has_own(folder):
        _, own = model_keys.own_key(folder)
        typer.echo("\t".join([words("model-key-own"), own.fingerprint, own.owner]))
    for key in model_keys.trusted(folder):
        typer.echo("\t".join([words("model-key-trusted"), key.fingerprint, key.owner]))


@keys.command("trust")
def trust(
    file: Annotated[Path, typer.Argument(help="渡された公開鍵 signing.pub / the public key that was given")],
    fingerprint: Annotated[
        str, typer.Option(help="持ち主から電話などで聞いた指紋 / its fingerprint as its owner told it")
    ] = "",
) -> None:
    """取り込む側: 公開鍵を信頼する。持ち主から、鍵とは別の手段で聞いた指紋が要る。"""
    key = model_keys.read_key(file)
    told = fingerprint or typer.prompt(words("model-key-ask", owner=key.owner))
    settings = Settings()
    with noting(settings, "model-key-trust", key.fingerprint, owner=key.owner):
        model_keys.trust(settings.model_keys, key, told)
    typer.echo(words("model-key-is-trusted", owner=key.owner, fingerprint=key.fingerprint))


@keys.command("forget")
def forget(
    fingerprint: Annotated[str, typer.Argument(help="指紋(digilab models key list) / its fingerprint")],
) -> None:
    """公開鍵を信頼するのをやめる。取り込み済みのモデルは残り、「信頼していない鍵」と示す。"""
    settings = Settings()
    key = model_keys.trusted_key(settings.model_keys, fingerprint)
    with noting(settings, "model-key-forget", key.fingerprint, owner=key.owner):
        model_keys.forget(settings.model_keys, key)
    typer.echo(words("model-key-forgotten", owner=key.owner, fingerprint=key.fingerprint))
