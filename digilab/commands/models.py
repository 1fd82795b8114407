"""`digilab models …`: what a lab does with models. `… key` is in `model_keys.py`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from digilab.commands import model_use
from digilab.commands.house import words
from digilab.commands.model_keys import keys as key_commands
from digilab.config import Settings
from digilab.errors import ModelDamagedError, ModelError
from digilab.models import bundle, folder, keys, place, signing, verifying
from digilab.models.folder import Model, Told
from digilab.models.pull import pull
from digilab.models.sorts import Sort

models = typer.Typer(no_args_is_help=True, help="音声認識などのモデル / models")
models.add_typer(key_commands, name="key")

_SORTS = {
    Sort.TRANSCRIPTION: "model-sort-transcription",
    Sort.SPEAKERS: "model-sort-speakers",
    Sort.FORMS: "model-sort-forms",
}

_DIFFERENCES = {"changed": "model-file-changed", "missing": "model-file-missing", "added": "model-file-added"}

Name = Annotated[str, typer.Argument(help="モデルの名前(digilab models list) / name of the model")]
Licence = Annotated[str, typer.Option(help="ライセンスの名称。例: MIT / the licence's name")]
Replace = Annotated[
    bool, typer.Option("--replace", help="同じ名前のモデルと入れ替える / in place of the one of this name")
]


@models.command("list")
def list_models() -> None:
    """取り込んだモデルの一覧。名前、種類、大きさ、ライセンス、出どころ、署名。"""
    settings = Settings()
    place.recover(settings.models_folder)
    trusted = keys.trusted(settings.model_keys)
    for model in folder.models(settings.models_folder):
        manifest = model.manifest
        source = f"{manifest.source}@{manifest.revision[:12]}" if manifest.revision else manifest.source
        told = [
            model.name,
            words(_SORTS[model.sort]),
            f"{model.size / 1e6:.1f} MB",
            manifest.licence or words("model-licence-unknown"),
            source or "-",
            _signature(model, trusted),
        ]
        typer.echo("\t".join(told))


@models.command("verify")
def verify(
    name: Annotated[str, typer.Argument(help="モデルの名前。省くとすべて / name; all when left out")] = "",
) -> None:
    """ファイルをチェックサムと比べ、違うものを挙げる。"""
    settings = Settings()
    trusted = keys.trusted(settings.model_keys)
    names = [name] if name else [model.name for model in folder.models(settings.models_folder)]
    sound = [_told(settings, folder.existing(settings.models_folder, each), trusted) for each in names]
    if not all(sound):
        raise typer.Exit(1)


def _told(settings: Settings, model: Model, trusted: tuple[keys.PublicKey, ...]) -> bool:
    """Say of one model how it stands; whether it is sound."""
    try:
        wrong = list(verifying.differing(model.folder))
    except ModelError as error:
        typer.echo(f"[{error.code}] {error.sentence(settings.language)}", err=True)
        return False
    for each in wrong:
        typer.echo(f"  {each.file}: {words(_DIFFERENCES[each.what])}")
    if wrong:
        damaged = ModelDamagedError(name=model.name, file=", ".join(each.file for each in wrong))
        typer.echo(f"[{damaged.code}] {damaged.sentence(settings.language)}", err=True)
    else:
        typer.echo(words("model-sound", name=model.name, count=len(model.manifest.files)))
    typer.echo(f"  {_signature(model, trusted)}")
    return not wrong


@models.command("import")
def import_model(
    source: Annotated[
        Path, typer.Argument(help="モデルのフォルダ、または「bundle」で作った一つのファイル / folder or bundle")
    ],
    name: Annotated[str, typer.Option(help="取り込む名前。省くと元の名前 / name to give it")] = "",
    licence: Licence = "",
    licence_file: Annotated[Path | None, typer.Option(help="ライセンスの全文のファイル / file of its text")] = None,
    origin: Annotated[str, typer.Option(help="入手したところ / where it was obtained")] = "",
    revision: Annotated[str, typer.Option(help="入手した版 / which revision of it")] = "",
    replace: Replace = False,
) -> None:
    """媒体などから取り込む。フォルダは署名のないモデルとして、まとめファイルは信頼した鍵の署名があるときだけ。"""
    settings = Settings()
    told = Told(origin, revision, licence, licence_file)
    if source.is_file() and told:
        raise typer.BadParameter(words("bundle-tells"))
    trusted = _ready(settings)
    if source.is_file():
        with _bar() as progress:
            model = bundle.unpack(settings.models_folder, source, trusted, name, replace=replace, progress=progress)
    else:
        model = folder.import_model(settings.models_folder, source, name, told, replace=replace)
    _imported(settings, model, trusted)


@models.command("pull")
def pull_model(
    name: Annotated[
        str, typer.Option(help="モデルの名前、またはハブでの名前 / its name, or its repository")
    ] = folder.DEFAULT_CPU,
    revision: Annotated[
        str, typer.Option(help="ハブでの版。省くと今の版 / revision; the present one when left out")
    ] = "",
    licence: Licence = "",
    replace: Replace = False,
) -> None:
    """ネットワークからモデルを取り込む(インターネットに出られる環境だけ)。版とライセンスも記録する。"""
    settings = Settings()
    trusted = _ready(settings)
    _imported(settings, pull(settings.models_folder, name, revision, licence, replace=replace), trusted)


@models.command("bundle")
def pack(
    name: Name,
    file: Annotated[Path, typer.Argument(help="作るファイル / file to write")],
) -> None:
    """閉じた網へ運ぶため、モデルを署名つきの一つのファイルにまとめる。"""
    settings = Settings()
    private, public = keys.own_key(settings.model_keys)
    with _bar() as progress:
        size = bundle.pack(settings.models_folder, name, file, private, public, progress)
    typer.echo(words("model-packed", name=name, file=file, size=f"{size / 1e6:.1f}"))
    typer.echo(words("model-key-shown", owner=public.owner, fingerprint=public.fingerprint))


@models.command("remove")
def remove(name: Name) -> None:
    """モデルを消す。設定や終わっていない依頼が使うもの、ワーカーが読み込んでいるものは消さない。"""
    settings = Settings()
    model = folder.existing(settings.models_folder, name)
    model_use.check_unused(settings, model)
    with model_use.noting(settings, "model-remove", name):
        folder.remove_model(settings.models_folder, name)
    typer.echo(words("model-removed", name=name))


def _ready(settings: Settings) -> tuple[keys.PublicKey, ...]:
    """The trusted keys, when what comes in can be noted; both are looked at before anything is copied."""
    model_use.check_notable(settings)
    return keys.trusted(settings.model_keys)


def _imported(settings: Settings, model: Model, trusted: tuple[keys.PublicKey, ...]) -> None:
    signed = signing.signer_in(model.folder, trusted)
    key = signed.fingerprint if signed else ""
    model_use.noted(settings, "model-import", model.name, source=model.source, key=key)
    typer.echo(words("model-imported", name=model.name, folder=model.folder))
    typer.echo(f"  {_signature(model, trusted)}")
    if not model.manifest.licence:
        typer.echo(f"  {words('model-licence-advice', name=model.name)}")


def _signature(model: Model, trusted: tuple[keys.PublicKey, ...]) -> str:
    if not signing.has_signature(model.folder):
        return words("model-unsigned")
    signed = signing.signer_in(model.folder, trusted)
    if signed is None:
        return words("model-signature-wrong")
    if signed.key is None:
        return words("model-signature-foreign", fingerprint=signed.fingerprint)
    return words("model-signed", owner=signed.key.owner, fingerprint=signed.fingerprint)


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Shows how far it is, where somebody looks."""
    if not sys.stderr.isatty():
        yield bundle.no_progress
        return
    with typer.progressbar(length=1, file=sys.stderr) as bar:

        def progress(done: int, size: int) -> None:
            bar.length = max(1, size)
            bar.update(max(0, done - bar.pos))

        yield progress
