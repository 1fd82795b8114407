"""python -m ocr check | read | identify | calibrate …: paper forms to values, without a job server."""

import argparse
import datetime
import importlib
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from ocr.commands.say import SOME_FAILED, STOPPED, WRONG_CALL, Say
from ocr.errors import OcrError


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 all done, 1 a form, page or file was refused or held, 2 wrong call, 130 stopped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file's name may hold bytes that are no character, and not every console has Japanese.
            stream.reconfigure(errors="backslashreplace")
    say = Say(_language(arguments))
    call = _parser(say).parse_args(arguments)
    try:
        command = importlib.import_module(f"ocr.commands.{call.command}")
        return int(command.run(call, say))
    except OcrError as error:
        say.trouble(f"{error.sentence(say.language)} [{error.code}]")
        return SOME_FAILED
    except OSError as error:
        say.trouble(say.word("run-no-access", name=str(error.filename or error)))
        return SOME_FAILED
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
    check.add_argument("--overlay", metavar="DIR", type=Path, help=word("run-boxes"))

    read = commands.add_parser("read", help=word("run-read-help"), description=word("run-read-help"))
    read.add_argument("form", metavar="FORM_DIR", type=Path, help=word("run-form-folder"))
    read.add_argument("scans", metavar="SCAN", nargs="+", type=Path, help=word("run-scans"))
    read.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help=word("run-out"))
    read.add_argument("--overlay", metavar="DIR", type=Path, help=word("run-overlay"))
    read.add_argument("--calibration", metavar="FILE", type=Path, help=word("run-calibration"))
    read.add_argument("--date", type=_date(say), help=word("run-date"))
    _add_engine(read, say)

    identify = commands.add_parser("identify", help=word("run-identify"), description=word("run-identify"))
    identify.add_argument("scans", metavar="SCAN", nargs="+", type=Path, help=word("run-scans"))
    identify.add_argument("--forms", metavar="DIR", type=Path, default="form_definitions", help=word("run-form-folder"))
    identify.add_argument("--json", action="store_true", help=word("run-json"))

    calibrate = commands.add_parser("calibrate", help=word("run-calibrate"), description=word("run-calibrate"))
    calibrate.add_argument("form", metavar="FORM_DIR", type=Path, help=word("run-form-folder"))
    calibrate.add_argument("labelled", metavar="LABELLED", nargs="+", type=Path, help=word("run-labelled"))
    calibrate.add_argument("-o", "--out", metavar="FILE", type=Path, required=True, help=word("run-calibration-out"))
    calibrate.add_argument("--date", type=_date(say), help=word("run-date"))
    _add_engine(calibrate, say)

    for command in commands.choices.values():
        command.add_argument("--language", choices=("ja", "en"), default="ja", help=word("run-language"))
    return parser


def _add_engine(command: argparse.ArgumentParser, say: Say) -> None:
    command.add_argument("--engine", choices=("rapidocr", "paddleocr"), default="rapidocr", help=say.word("run-engine"))
    command.add_argument("--model", metavar="PATH", type=Path, help=say.word("run-model"))
    command.add_argument("--threads", type=_threads(say), default=1, help=say.word("run-threads"))


def _threads(say: Say) -> Callable[[str], int]:
    def threads(text: str) -> int:
        if not (text.isascii() and text.isdigit() and int(text[:9]) > 0):
            raise argparse.ArgumentTypeError(say.word("run-bad-threads"))
        return int(text[:9])

    return threads


def _date(say: Say) -> Callable[[str], datetime.date]:
    def date(text: str) -> datetime.date:
        try:
            return datetime.date.fromisoformat(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(say.word("run-bad-date")) from error

    return date


if __name__ == "__main__":
    sys.exit(main())
