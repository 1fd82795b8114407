"""Evidence of a row: pictures and traces in which nothing secret can be seen."""

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import quote, quote_plus

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
        texts=tuple(
            sorted({each for text in texts if len(text) > 2 for each in _spellings(text)}, key=len, reverse=True)
        ),
    )


async def picture(desk: Desk, hidden: Secrets) -> bytes:
    """JPEG of the whole page, with flat boxes over all that is secret."""
    return await desk.picture(hidden.labels, hidden.texts)


async def trace(desk: Desk, steps: Sequence[Step], hidden: Secrets) -> bytes:
    """Zip of the steps (`steps.jsonl`), the page as it was read (`screen.json`) and its picture, if it can still be drawn."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        written_steps = (
            {**asdict(step), "what": masked(step.what, hidden), "heading": masked(step.heading, hidden)}
            for step in steps
        )
        packed.writestr("steps.jsonl", "\n".join(json.dumps(step, ensure_ascii=False) for step in written_steps))
        if desk.has_screen:
            packed.writestr("screen.json", json.dumps(_shown(desk, hidden), ensure_ascii=False, indent=1))
        try:
            packed.writestr("picture.jpg", await picture(desk, hidden))
        except RunError as error:
            packed.writestr("picture.txt", masked(str(error), hidden))
    return written.getvalue()


def _shown(desk: Desk, hidden: Secrets) -> object:
    """The page without its secrets, by label first and then by what they are."""
    screen = desk.screen

    def clean(label: str, text: str) -> str:
        return MASKED if label in hidden.labels and text else masked(text, hidden)

    return {
        "heading": screen.heading,
        "address": masked(screen.address, hidden),
        "status": screen.status,
        "message": masked(screen.message, hidden),
        "fields": [
            {"label": each.label, "name": each.name, "value": clean(each.label, each.value)} for each in screen.fields
        ],
        "shown": {label: clean(label, text) for label, text in screen.shown},
        "list": [{label: clean(label, text) for label, text in line.items()} for line in screen.table()],
        "buttons": screen.buttons,
    }


def masked(text: str, hidden: Secrets) -> str:
    """Without the secrets, also as they stand in an address."""
    for secret in hidden.texts:
        text = text.replace(secret, MASKED)
    if "%" in text:
        for secret in hidden.texts:
            for written in _in_an_address(secret):
                text = re.sub(re.escape(written), MASKED, text, flags=re.IGNORECASE)
    return text


def _spellings(text: str) -> set[str]:
    """As systems write it: half and full width, blanks of either kind and number."""
    narrow = unicodedata.normalize("NFKC", text)
    wide = narrow.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    return {text, narrow, wide, *(each.replace(" ", "\u3000") for each in (narrow, wide)), " ".join(text.split())}


def _in_an_address(text: str) -> Iterator[str]:
    for encoding in ("utf-8", "cp932", "euc_jp"):
        yield quote(text, safe="", encoding=encoding, errors="replace")
        yield quote_plus(text, safe="", encoding=encoding, errors="replace")
