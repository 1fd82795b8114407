"""The command line as the docs show it is the command line that there is."""

import re
import shlex
from collections.abc import Iterator

import click
import pytest
import typer.main

from digilab.cli import app
from house.tree import ROOT, files, shown

ROOT_COMMAND = typer.main.get_command(app)
PAGES = [ROOT / "README.md", *files("docs", ending=".md")]


def commands(command: click.Command = ROOT_COMMAND, path: str = "digilab") -> Iterator[str]:
    """Every command by its full name."""
    children = getattr(command, "commands", None)
    if children is None:
        yield path
        return
    for name, child in sorted(children.items()):
        yield from commands(child, f"{path} {name}")


def shell_lines() -> Iterator[tuple[str, str]]:
    """Page and command, from every block of shell lines in the docs."""
    for page in PAGES:
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if "digilab" in words[:2]:
                    yield shown(page), shlex.join(words[words.index("digilab") :])


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_is_in_the_reference(name: str) -> None:
    reference = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| `{re.escape(name)}[ `]", reference, re.MULTILINE), name


@pytest.mark.parametrize(("page", "line"), sorted(set(shell_lines())))
def test_a_command_shown_in_the_docs_can_be_typed(page: str, line: str) -> None:
    command, words = ROOT_COMMAND, shlex.split(line)[1:]
    while hasattr(command, "commands"):
        assert words, f"{page}: {line}"
        assert words[0] in command.commands, f"{page}: {line}"
        command = command.commands[words.pop(0)]
    try:
        command.make_context(line, words)
    except click.exceptions.UsageError as error:
        pytest.fail(f"{page}: {line}: {error.format_message()}")


def test_commands_named_in_the_text_exist() -> None:
    known = set(commands())
    named = [
        (shown(page), name)
        for page in PAGES
        for name in re.findall(r"`(digilab(?: [a-z][a-z-]*)+)", page.read_text(encoding="utf-8"))
    ]

    def exists(name: str) -> bool:
        """A command, a group of commands, or a command with its first words."""
        return any(f"{command} ".startswith(f"{name} ") or f"{name} ".startswith(f"{command} ") for command in known)

    lost = [f"{page}: {name}" for page, name in named if not exists(name)]
    assert lost == []
