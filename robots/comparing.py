"""Whether what a screen shows is what the row says (R1, R2). Pure: no page, no ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from robots.errors import ScreenChangedError, sentence
from robots.robot import Robot

REFERENCE = "reference"


@dataclass(frozen=True)
class Differing:
    """One field that shows something else than the row says."""

    column: str
    """Name of the column, or `reference`."""
    ours: str
    theirs: str

    @property
    def cut(self) -> bool:
        """Whether the field was too short for the value."""
        return self.theirs != "" and self.ours.startswith(self.theirs)


def differing(
    robot: Robot, values: Mapping[str, str], reference: str, shown: Mapping[str, str], *, screen: str = ""
) -> list[Differing]:
    """Every field that is shown and differs. Raises ScreenChangedError when reference or amount is not shown at all: equal must
    never mean that nothing was compared."""
    for column in (REFERENCE, robot.amount):
        if column not in shown:
            raise ScreenChangedError(screen=screen, missing=heading(robot, column))
    ours = {column.name: values.get(column.name, "") for column in robot.columns} | {REFERENCE: reference}
    return [
        Differing(column, expected, shown[column])
        for column, expected in ours.items()
        if column in shown and not same(shown[column], expected)
    ]


def same(shown: str, ours: str) -> bool:
    """Whether a page shows this text. Where it shows one blank there may be a wide one or several: pages make one of them."""
    return shown == ours or shown.split() == ours.split()


def heading(robot: Robot, column: str, language: str = "ja") -> str:
    """As the workbook calls it."""
    if column == REFERENCE:
        return sentence("columns.reference", language, {})
    return next(each.heading for each in robot.columns if each.name == column)


def told(robot: Robot, found: Sequence[Differing], language: str = "ja") -> str:
    """In words, for a clerk: column, what the row says, what the screen shows. Secret values are left out."""
    secret = {column.name for column in robot.columns if column.secret}
    lines = []
    for each in found:
        name = heading(robot, each.column, language)
        code = "comparing.secret" if each.column in secret else "comparing.cut" if each.cut else "comparing.changed"
        lines.append(sentence(code, language, {"column": name, "ours": each.ours, "theirs": each.theirs}))
    return "\n".join(lines)
