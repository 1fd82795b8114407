"""Evidence of a row: pictures and traces in which nothing secret can be seen."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from robots.desk import Desk
from robots.errors import RunError
from robots.robot import Account, Robot
from robots.tab import Step

MASKED = "＊＊＊"


@dataclass(frozen=True)
class Secrets:
    """What no picture and no trace may show."""

    labels: tuple[str, ...]
    """Fields, cells and list columns beside or below these labels."""
    texts: tuple[str, ...]
    """Wherever they stand."""


def secrets(robot: Robot, values: Mapping[str, str], account: Account) -> Secrets:
    """Secret columns by their labels and by this row's values, and the account itself."""
    hidden = [column.name for column in robot.columns if column.secret]
    texts = {values.get(name, "") for name in hidden} | {account.login, account.password}
    return Secrets(
        labels=tuple(robot.labels[name] for name in hidden if name in robot.labels),
        # One or two signs stand everywhere: such a value is hidden by its label.
        texts=tuple(sorted((text for text in texts if len(text) > 2), key=len, reverse=True)),
    )


async def picture(desk: Desk, hidden: Secrets) -> bytes:
    """JPEG of the whole page, with flat boxes over all that is secret."""
    return await desk.picture(hidden.labels, hidden.texts)


async def trace(desk: Desk, steps: Sequence[Step], hidden: Secrets) -> bytes:
    """Zip of the steps (`steps.jsonl`), the page as it was read (`screen.json`) and its picture, if it can still be drawn."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        lines = [json.dumps(asdict(step), ensure_ascii=False) for step in steps]
        packed.writestr("steps.jsonl", _masked("\n".join(lines), hidden))
        if desk.has_screen:
            packed.writestr("screen.json", json.dumps(_shown(desk, hidden), ensure_ascii=False, indent=1))
        try:
            packed.writestr("picture.jpg", await picture(desk, hidden))
        except RunError as error:
            packed.writestr("picture.txt", _masked(str(error), hidden))
    return written.getvalue()


def _shown(desk: Desk, hidden: Secrets) -> object:
    """The page without its secrets, by label first and then by what they are."""
    screen = desk.screen

    def clean(label: str, text: str) -> str:
        return MASKED if label in hidden.labels and text else _masked(text, hidden)

    return {
        "heading": screen.heading,
        "address": _masked(screen.address, hidden),
        "status": screen.status,
        "message": _masked(screen.message, hidden),
        "fields": [
            {"label": each.label, "name": each.name, "value": clean(each.label, each.value)} for each in screen.fields
        ],
        "shown": {label: clean(label, text) for label, text in screen.shown},
        "list": [{label: clean(label, text) for label, text in line.items()} for line in screen.table()],
        "buttons": screen.buttons,
    }


def _masked(text: str, hidden: Secrets) -> str:
    for secret in hidden.texts:
        text = text.replace(secret, MASKED)
    return text
