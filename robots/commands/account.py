"""Where to sign in and as whom: the same words for every command that opens the finance system."""

import argparse
import getpass
import os
import sys
from pathlib import Path

from robots.commands.say import Say
from robots.robot import Account
from robots.session import Place

PASSWORD = "ROBOT_PASSWORD"  # noqa: S105 - the name of a variable
"""A password never stands on a command line, where every user of the machine can read it."""


def add_account(parser: argparse.ArgumentParser, say: Say) -> None:
    """The options."""
    parser.add_argument("--url", required=True, help=say.word("rehearse-url-help"))
    parser.add_argument("--login", required=True, help=say.word("rehearse-login-help"))
    parser.add_argument("--timeout", metavar="S", type=float, default=30.0, help=say.word("rehearse-timeout-help"))
    parser.add_argument("--browser", metavar="FILE", type=Path, help=say.word("rehearse-browser-help"))


def account(call: argparse.Namespace, say: Say) -> Account:
    """The login, and the password from the environment or the keyboard."""
    # Taken out of it: the browser is a child of this process and would inherit it.
    password = os.environ.pop(PASSWORD, None)
    if password is None:
        # What a pipe brings needs no hiding.
        ask = getpass.getpass if sys.stdin.isatty() else _piped
        password = ask(say.word("rehearse-password", login=call.login))
    return Account(call.login, password)


def place(call: argparse.Namespace) -> Place:
    """The finance system."""
    return Place(call.url, call.timeout)


def _piped(_: str) -> str:
    return sys.stdin.readline().rstrip("\r\n")
