"""`python -m robots rehearse NAME rows.xlsx --url …`: walk the screens up to the last button, and compare them."""

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path

from robots.commands.account import account, add_account, place
from robots.commands.say import DONE, SOME_FAILED, Say
from robots.flows import robot_named
from robots.rehearsal import Walk, compared, record, recorded, walk
from robots.robot import Account, Robot
from robots.rows.check import check_files
from robots.session import Place, open_browser


def add_options(parser: argparse.ArgumentParser, say: Say) -> None:
    """Besides the robot's name and the files of rows."""
    add_account(parser, say)
    parser.add_argument("--screens", metavar="FILE", type=Path, help=say.word("rehearse-screens-help"))
    parser.add_argument("--record", metavar="FILE", type=Path, help=say.word("rehearse-record-help"))


def run(call: argparse.Namespace, say: Say) -> int:
    """0: as recorded (or recorded now), 1: something is different, or there was no way."""
    robot = robot_named(call.robot)
    before = None if call.record else recorded(robot.name, call.screens)
    rows = check_files(robot, [(file, file.name) for file in call.rows]).rows
    if not rows:
        say.trouble(say.word("rehearse-no-rows"))
        return SOME_FAILED
    walked = asyncio.run(_walk(robot, rows[0].values, place(call), account(call, say), call.browser))
    found = compared(walked, before)
    for difference in found:
        say.line(difference.sentence(say.language))
    if any(difference.holds for difference in found):
        say.trouble(say.word("rehearse-held"))
        return SOME_FAILED
    if call.record:
        call.record.write_text(record(robot, walked), encoding="utf-8")
        say("rehearse-recorded", screens=len(walked.screens), file=str(call.record))
    elif before is None:
        say("rehearse-no-record")
    elif not found:
        say("rehearse-same", screens=len(walked.screens))
    return DONE


async def _walk(robot: Robot, row: Mapping[str, str], where: Place, who: Account, program: Path | None) -> Walk:
    async with open_browser(program) as browser, browser.seat(robot, where, who) as seat:
        return await walk(robot, row, seat)
