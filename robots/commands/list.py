"""`python -m robots list`: which robots there are, and what the job server must know of each."""

import argparse
import json
from typing import Any

from robots.columns import Column
from robots.commands.say import DONE, Say
from robots.flows import names, robot_named
from robots.robot import Robot


def add_options(parser: argparse.ArgumentParser, say: Say) -> None:
    """One."""
    parser.add_argument("--json", action="store_true", help=say.word("list-json"))


def run(call: argparse.Namespace, say: Say) -> int:
    """Print them."""
    robots = [robot_named(name) for name in names()]
    if call.json:
        say.line(json.dumps([facts(robot) for robot in robots], ensure_ascii=False, indent=1))
        return DONE
    for robot in robots:
        columns, minutes = len(robot.columns), robot.minutes_per_row
        say("list-line", name=robot.name, title=robot.title, version=robot.version, columns=columns, minutes=minutes)
    return DONE


def facts(robot: Robot) -> dict[str, Any]:
    """Plain values."""
    return {
        "name": robot.name,
        "title": robot.title,
        "version": robot.version,
        "money": robot.money,
        "synchronous": robot.synchronous,
        "amount": robot.amount,
        "key": list(robot.key),
        "minutes_per_row": robot.minutes_per_row,
        "columns": [_column(column) for column in robot.columns],
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "heading": column.heading,
        "type": column.type.value,
        "required": column.required,
        "secret": column.secret,
        "note": column.note,
        "choices": dict(column.choices),
    }
