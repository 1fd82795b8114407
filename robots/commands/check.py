"""`python -m robots check NAME FILE …`: what a robot would key, what it refuses and why. Nothing is keyed."""

import argparse
import json
import sys
from pathlib import Path

from robots.commands.say import DONE, SOME_FAILED, Say
from robots.flows import robot_named
from robots.robot import Robot
from robots.rows.check import check_files
from robots.rows.plain import finding_to_json, refused_to_json, row_to_json
from robots.rows.records import Checked
from robots.rows.refused import write_refused


def add_options(parser: argparse.ArgumentParser, say: Say) -> None:
    """Besides the robot's name and the files of rows."""
    parser.add_argument("--json", action="store_true", help=say.word("check-json-help"))
    parser.add_argument("--refused", metavar="FILE", type=Path, help=say.word("check-refused-help"))


def run(call: argparse.Namespace, say: Say) -> int:
    """0 when every row may be keyed, 1 when rows are refused; what is wrong with a file as a whole is raised."""
    robot = robot_named(call.robot)
    checked = check_files(robot, [(path, path.name) for path in call.rows])
    if call.refused and checked.refused:
        write_refused(robot, checked.refused, call.refused, say.language)
    if call.json:
        json.dump(_facts(checked), sys.stdout, ensure_ascii=False)
        print()
    else:
        _tell(robot, checked, say)
        if call.refused and checked.refused:
            say("check-refused-written", path=str(call.refused))
    return SOME_FAILED if checked.refused else DONE


def _facts(checked: Checked) -> dict[str, object]:
    return {
        "rows": [row_to_json(row) for row in checked.rows],
        "refused": [refused_to_json(row) for row in checked.refused],
        "notices": [finding_to_json(finding) for finding in checked.notices],
    }


def _tell(robot: Robot, checked: Checked, say: Say) -> None:
    for notice in checked.notices:
        say.line(notice.sentence(say.language))
    for row in checked.refused:
        for finding in row.findings:
            say.line(finding.sentence(say.language))
    yen = sum(int(row.values[robot.amount]) for row in checked.rows if row.values[robot.amount])
    say("check-done", rows=len(checked.rows), yen=f"{yen:,}", refused=len(checked.refused))
