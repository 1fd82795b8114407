"""The rehearsal: from the sign-in to the last button, which is not pressed; every screen compared with the recorded one.

It types the first good row, because a confirmation page only comes of a real one, and leaves by the menu: nothing was submitted, so
nothing is left in the finance system.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from robots.changes import Difference, Outline, differences
from robots.comparing import same
from robots.errors import RecordUnreadableError, ScreenChangedError, WrongScreenError
from robots.reference import reference
from robots.robot import Rejection, Robot
from robots.screen import Screen
from robots.session import Seat

RUN = "REHEARSAL"
"""Stands in the reference instead of a job's number: such a reference is never sent."""


@dataclass
class Walk:
    """What was met on the way."""

    screens: dict[str, Outline] = field(default_factory=dict)
    """By heading, in the order of the way; of a screen that came twice, the first."""
    found: list[Difference] = field(default_factory=list)
    """What the way itself told."""

    def saw(self, screen: Screen) -> None:
        """A page came."""
        self.screens.setdefault(screen.heading, Outline.of(screen))


async def rehearse(
    robot: Robot, row: Mapping[str, str], seat: Seat, recorded: Sequence[Outline] | None
) -> list[Difference]:
    """All differences; without a record (None) only what the way itself tells.

    Raises SystemUnavailableError, SignInRefusedError or BrowserLostError when there was no way to walk.
    """
    walked = await walk(robot, row, seat)
    return compared(walked, recorded)


async def walk(robot: Robot, row: Mapping[str, str], seat: Seat) -> Walk:
    """Go there and look."""
    walked = Walk()
    desks = (seat.entry, seat.lookup)
    for desk in desks:
        desk.on_screen = walked.saw
    try:
        await seat.begin_trace(row)
        await _go(robot, row, seat, walked)
    except ScreenChangedError as error:
        walked.found.append(Difference(str(error.evidence["screen"]), "missing", str(error.evidence["missing"])))
    except WrongScreenError as error:
        walked.found.append(Difference(str(error.evidence["expected"]), "stopped", str(error.evidence["found"])))
    finally:
        for desk in desks:
            desk.on_screen = _unseen
    return walked


def compared(walked: Walk, recorded: Sequence[Outline] | None) -> list[Difference]:
    """What the way told, and what is different from the record on all screens that came; one thing is told once."""
    told = [
        difference
        for outline in recorded or ()
        if outline.heading in walked.screens
        for difference in differences(outline, walked.screens[outline.heading])
    ]
    said = {(each.screen, label) for each in told if each.holds for label in (each.label, each.to)}
    own = [each for each in walked.found if not all((each.screen, label) in said for label in each.label.split("、"))]
    return [*own, *told]


def recorded(name: str, file: Path | None = None) -> list[Outline] | None:
    """A robot's recorded screens: a house's own file, else the shipped ones, else None. Raises RecordUnreadableError."""
    try:
        text = file.read_text(encoding="utf-8") if file else _shipped(name)
        return None if text is None else [Outline.read(each) for each in json.loads(text)["screens"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordUnreadableError(file=str(file or name)) from error


def record(robot: Robot, walked: Walk) -> str:
    """The record of a walk, as `recorded` reads it."""
    screens = [outline.record() for outline in walked.screens.values()]
    content = {"robot": robot.name, "version": robot.version, "screens": screens}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


async def _go(robot: Robot, row: Mapping[str, str], seat: Seat, walked: Walk) -> None:
    await seat.forget()
    await seat.sign_in()
    menu = seat.entry.screen.address
    number = reference(RUN, 1)
    await robot.find(seat.lookup, number)
    try:
        refusal = await robot.enter(seat.entry, row, number)
        if refusal is not None:
            walked.found.append(_refused(seat.entry.screen, refusal))
            return
        shown = await robot.shown(seat.entry)
        heading = seat.entry.screen.heading
        for name, text in {**row, "reference": number}.items():
            if not same(shown.get(name, text), text):
                hidden = any(column.name == name and column.secret for column in robot.columns)
                told = ("＊", "＊") if hidden else (shown[name], text)
                walked.found.append(Difference(heading, "value", robot.labels[name], to=told[0], was=told[1]))
        if robot.button not in seat.entry.screen.buttons:
            walked.found.append(Difference(heading, "missing", robot.button))
    finally:
        # Away from the page that could submit.
        await seat.entry.stand_by(menu)


def _refused(screen: Screen, refusal: Rejection) -> Difference:
    return Difference(screen.heading, "refused", refusal.words)


def _shipped(name: str) -> str | None:
    file = files("robots.flows").joinpath(f"screens/{name}.json")
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _unseen(_: Screen) -> None:
    return
