"""python -m ocr check | read | identify …: paper forms to values, without a job server."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ocr.commands.say import STOPPED, WRONG_CALL, Say


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 all done, 1 a form, page or file was refused or held, 2 wrong call, 130 stopped."""
    say = Say(_language(arguments))
    call = _parser(say).parse_args(arguments)
    try:
        command = importlib.import_module(f"ocr.commands.{call.command}")
        return int(command.run(call, say))
    except KeyboardInterrupt:
        say.trouble(say.word("run-stopped"))
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
    word = say.word

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            self.print_usage(sys.stderr)
            say.trouble(word("run-wrong-call", reason=message))
            sys.exit(WRONG_CALL)

    parser = Parser(prog="python -m ocr", description=word("run-help"))
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)

    check = commands.add_parser("check", help=word("run-check"), description=word("run-check"))
    check.add_argument("forms", metavar="FORM_DIR", nargs="+", type=Path, help=word("run-form-folders"))
    check.add_argument("--json", action="store_true", help=word("run-json"))

    for command in commands.choices.values():
        command.add_argument("--language", choices=("ja", "en"), default="ja", help=word("run-language"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
