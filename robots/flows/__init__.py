"""The flows, one file each: `flows/<name>.py` holds `robot`, and the robot's name is the file's. A name that begins with `_` is none."""

from importlib import import_module
from pkgutil import iter_modules

from robots.errors import RobotUnknownError
from robots.robot import Robot


def names() -> tuple[str, ...]:
    """Names of all robots, in order."""
    return tuple(sorted(found.name for found in iter_modules(__path__) if not found.name.startswith("_")))


def robot_named(name: str) -> Robot:
    """The robot of this name. Raises RobotUnknownError."""
    if name not in names():
        raise RobotUnknownError(robot=name, known="、".join(names()))
    robot: Robot = import_module(f"{__name__}.{name}").robot
    return robot
