"""Where to sign in and as whom: the same words for every command that opens the finance system."""

import argparse
import errno
import getpass
import hashlib
import math
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from robots.commands.say import Say
from robots.errors import AccountBusyError
from robots.robot import Account
from robots.sending import origin
from robots.session import Place

PASSWORD = "ROBOT_PASSWORD"  # noqa: S105 - the name of a variable
"""A password never stands on a command line, where every user of the machine can read it."""


def add_account(parser: argparse.ArgumentParser, say: Say) -> None:
    """The options."""

    def address(text: str) -> str:
        try:
            sound = urlsplit(text).scheme in ("http", "https") and urlsplit(text).hostname and origin(text)
        except ValueError:
            sound = ""
        if not sound:
            raise argparse.ArgumentTypeError(say.word("rehearse-url-wrong"))
        return text

    parser.add_argument("--url", type=address, required=True, help=say.word("rehearse-url-help"))
    parser.add_argument("--login", required=True, help=say.word("rehearse-login-help"))
    parser.add_argument(
        "--timeout", metavar="S", type=seconds(say), default=30.0, help=say.word("rehearse-timeout-help")
    )
    parser.add_argument("--browser", metavar="FILE", type=Path, help=say.word("rehearse-browser-help"))


def seconds(say: Say) -> Callable[[str], float]:
    """Reads a time: a number above 0, which "nan" and "inf" are not."""

    def read(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = 0.0
        if not (math.isfinite(found) and found > 0):
            raise argparse.ArgumentTypeError(say.word("seconds-wrong"))
        return found

    return read


def account(call: argparse.Namespace, say: Say) -> Account:
    """The login, and the password from the environment or the keyboard."""
    # Taken out of it: the browser is a child of this process and would inherit it.
    password = os.environ.pop(PASSWORD, None)
    if password is None:
        # What a pipe brings needs no hiding.
        ask = getpass.getpass if sys.stdin.isatty() else _piped
        password = ask(say.word("rehearse-password", login=call.login))
    return Account(call.login, password)


@contextmanager
def alone(call: argparse.Namespace) -> Iterator[None]:
    """Nobody else on this machine keys with this account meanwhile: another ledger would not know what stands in ours.

    Raises AccountBusyError. The name is the kernel's: it is free again the moment this process is gone, however it went.
    """
    name = hashlib.sha256(f"{origin(call.url)} {call.login}".encode()).hexdigest()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as held:
        try:
            held.bind(f"\0digilab-robots-{name}")
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise AccountBusyError(login=call.login) from error
        yield


def place(call: argparse.Namespace) -> Place:
    """The finance system."""
    return Place(call.url, call.timeout)


def _piped(_: str) -> str:
    return sys.stdin.readline().rstrip("\r\n")
