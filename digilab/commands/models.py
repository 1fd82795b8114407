"""`digilab models …`."""

from pathlib import Path

import typer

from digilab.commands.house import words
from digilab.config import Settings
from digilab.models import folder
from digilab.models.pull import pull
from digilab.models.verifying import verify as compare

models = typer.Typer(no_args_is_help=True, help="音声認識モデル / speech models")


@models.command("list")
def list_models() -> None:
    """取り込んだモデルの一覧。"""
    for model in folder.models(Settings().models_folder):
        typer.echo(f"{model.name}\t{model.size / 1e6:.1f} MB\t{model.source}")


@models.command("verify")
def verify(name: str) -> None:
    """チェックサムを確かめる。"""
    count = compare(Settings().models_folder, name)
    typer.echo(words("model-sound", name=name, count=count))


@models.command("import")
def import_model(source: Path, name: str = "") -> None:
    """媒体などのフォルダからモデルを取り込む。"""
    model = folder.import_model(Settings().models_folder, source, name)
    typer.echo(words("model-imported", name=model.name, folder=model.folder))


@models.command("pull")
def pull_model(name: str = folder.DEFAULT_CPU) -> None:
    """ネットワークからモデルを取り込む(インターネットに出られる環境だけ)。"""
    model = pull(Settings().models_folder, name)
    typer.echo(words("model-imported", name=model.name, folder=model.folder))
