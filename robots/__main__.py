"""python -m robots list | template | check | rehearse | run …: rows into a finance system, without a job server."""

import argparse
import importlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from robots.commands.say import SOME_FAILED, STOPPED, WRONG_CALL, Say
from robots.errors import RobotError

WITH_ROWS = ("check", "rehearse", "run")
WITH_ROBOT = ("template", *WITH_ROWS)
COMMANDS = ("list", *WITH_ROBOT, "stop", "resume")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 all done, 1 something is left for people, 2 wrong call, 3 ended early and may be called again, 130 stopped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file's name may hold bytes that are no character, and not every console has Japanese.
            stream.reconfigure(errors="backslashreplace")
    say = Say(_language(arguments))
    call = _parser(say).parse_args(arguments)
    try:
        command = importlib.import_module(f"robots.commands.{call.command}")
        return int(command.run(call, say))
    except RobotError as error:
        say.trouble(f"{error.sentence(say.language)} [{error.code}]")
        return SOME_FAILED
    except OSError as error:
        say.trouble(say.word("commands.no-access", name=str(error.filename or error)))
        return SOME_FAILED
    except KeyboardInterrupt:
        say.trouble(say.word("commands.stopped"))
        return STOPPED


def _language(arguments: Sequence[str] | None) -> str:
    """The language is wanted before the parser is: its help is in it."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--language", choices=("ja", "en"), default="ja")
    try:
        return str(parser.parse_known_args(arguments)[0].language)
    except argparse.ArgumentError:
        return "ja"


def _parser(say: Say) -> argparse.ArgumentParser:
    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            self.print_usage(sys.stderr)
            say.trouble(say.word("commands.wrong-call", reason=message))
            sys.exit(WRONG_CALL)

    parser = Parser(prog="python -m robots", description=say.word("commands.help"))
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    for name in COMMANDS:
        words = say.word(f"commands.help-{name}")
        command = commands.add_parser(name, help=words, description=words)
        if name in WITH_ROBOT:
            command.add_argument("robot", metavar="NAME", help=say.word("commands.robot"))
        if name in WITH_ROWS:
            command.add_argument("rows", metavar="ROWS", nargs="+", type=Path, help=say.word("commands.rows"))
        importlib.import_module(f"robots.commands.{name}").add_options(command, say)
        command.add_argument("--language", choices=("ja", "en"), default="ja", help=say.word("commands.language"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
