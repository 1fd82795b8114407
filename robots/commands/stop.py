"""`python -m robots stop --ledger FILE`: every run on this ledger ends within seconds, and none begins."""

import argparse
from pathlib import Path

from robots.commands.say import DONE, Say
from robots.ledger.file import stop


def add_options(parser: argparse.ArgumentParser, say: Say) -> None:
    """Which ledger, and why."""
    parser.add_argument("--ledger", metavar="FILE", type=Path, required=True, help=say.word("run.ledger-help"))
    parser.add_argument("--reason", metavar="TEXT", default="", help=say.word("run.reason-help"))


def run(call: argparse.Namespace, say: Say) -> int:
    """Press it."""
    stop(call.ledger, call.reason)
    say("run.stopped")
    return DONE
