"""Prints docs/reference/command-line.md: every command with what it takes, straight from the command line itself.

`make pages` writes it; a house test compares the two.
"""

import sys
from collections.abc import Iterator

import click
import typer.main

from digilab.cli import app

HEAD = """# コマンド

`digilab` は `.venv/bin/digilab` にあります。`digilab --help` と `digilab jobs --help` のように、どの命令でも説明が出ます。
設定は環境変数で与えます([設定](settings.md))。利用者・依頼・基準時間を変える命令は、監査の記録に `cli:OS の利用者名` として残ります。
うまくいかないときは `[コード] 文` を出し、終了コード 1 で終わります([エラーの一覧](errors.md))。

(Every command with its arguments and options. This page is made from the command line by `make pages`.)

| 命令 | すること |
|---|---|
"""


def leaves(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its full name."""
    children: dict[str, click.Command] | None = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in sorted(children.items()):
        yield from leaves(child, f"{path} {name}")


def takes(command: click.Command) -> str:
    """Arguments and options as they are typed."""
    words = []
    for parameter in command.params:
        if parameter.name == "help":
            continue
        if parameter.param_type_name == "argument":
            word = (parameter.name or "").upper() + ("…" if parameter.nargs == -1 else "")
            words.append(word if parameter.required else f"[{word}]")
        else:
            flag = max(parameter.opts, key=len)
            words.append(f"[{flag}]" if getattr(parameter, "is_flag", False) else f"[{flag} …]")
    return " ".join(words)


def page() -> str:
    """The whole page."""
    rows = []
    for name, command in leaves(typer.main.get_command(app), "digilab"):
        usage = f"{name} {takes(command)}".strip()
        rows.append(f"| `{usage}` | {' '.join((command.help or '').split())} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(page())
