"""`python -m robots resume --ledger FILE`: lifts what `stop` has pressed."""

import argparse
from pathlib import Path

from robots.commands.say import DONE, Say
from robots.ledger.file import resume


def add_options(parser: argparse.ArgumentParser, say: Say) -> None:
    """Which ledger."""
    parser.add_argument("--ledger", metavar="FILE", type=Path, required=True, help=say.word("run.ledger-help"))


def run(call: argparse.Namespace, say: Say) -> int:
    """Lift it."""
    resume(call.ledger)
    say("run.resumed")
    return DONE
