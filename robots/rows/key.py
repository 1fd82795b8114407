"""Two hashes of a row: which business case it is, and what exactly is to be keyed."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping

from robots.columns import ColumnType
from robots.robot import Robot


def business_key(robot: Robot, values: Mapping[str, str]) -> str:
    """SHA-256 (hex) over the columns that make a row one and the same business case.

    Text counts here without width, case and blanks, and with 塚 for its compatibility twin: a row that differs in nothing else is stopped
    rather than keyed twice. What is keyed stays as it was written.
    """
    folding = {column.name for column in robot.columns if column.type is ColumnType.TEXT}
    fields = {name: _folded(values.get(name, "")) if name in folding else values.get(name, "") for name in robot.key}
    return _digest({"robot": robot.name, "fields": fields})


def payload_hash(values: Mapping[str, str]) -> str:
    """SHA-256 (hex) over all canonical values."""
    return _digest(dict(values))


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _digest(content: Mapping[str, object]) -> str:
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
