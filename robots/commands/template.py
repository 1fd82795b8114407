"""`python -m robots template NAME -o FILE`: the workbook that a department fills in."""

import argparse
from pathlib import Path

from robots.commands.say import DONE, WRONG_CALL, Say
from robots.flows import robot_named
from robots.rows.template import write_template


def add_options(parser: argparse.ArgumentParser, say: Say) -> None:
    """Besides the robot's name."""
    parser.add_argument("-o", "--out", metavar="FILE", type=Path, required=True, help=say.word("template-out-help"))


def run(call: argparse.Namespace, say: Say) -> int:
    """0 when it is written, 2 for a file that is no .xlsx."""
    robot = robot_named(call.robot)
    if call.out.suffix.lower() != ".xlsx":
        say.trouble(say.word("template-no-workbook", name=call.out.name))
        return WRONG_CALL
    call.out.parent.mkdir(parents=True, exist_ok=True)
    write_template(robot, call.out, say.language)
    say("template-written", path=str(call.out), title=robot.title, version=robot.version)
    return DONE
