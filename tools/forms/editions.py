"""Older editions of the forms: the same sheet with a block that stands elsewhere."""

from typing import Any

from ocr.definition.form import Form

REVISION = "2024-04"
BLOCKS = {
    "bank-transfer-request": (137.0, 260.0, 0),
    "school-aid-application": (106.0, 260.0, 0),
    "travel-expense-claim": (60.0, 149.0, 1),
}
"""By form: from where to where the first page has moved, and how many rows the table had fewer."""


def older(form: Form, down: float = 8.0) -> Form:
    """The edition before: a block of the first page lies `down` mm lower than today."""
    top, bottom, fewer = BLOCKS[form.id]
    plain = form.model_dump(mode="json", exclude_unset=True)
    plain["revision"] = REVISION
    for field in plain["pages"][0]["fields"]:
        _move(field, top, bottom, down)
        if fewer and field["type"] == "table":
            field["rows"] -= fewer
    return Form.model_validate(plain)


def _move(data: Any, top: float, bottom: float, down: float) -> None:
    """Every box within the block, wherever it stands in the field."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if isinstance(value, list) and len(value) == 4 and all(isinstance(number, float) for number in value):
            if top <= value[1] < bottom:
                data[key] = [value[0], value[1] + down, value[2], value[3]]
        elif isinstance(value, dict | list):
            _move(value, top, bottom, down)
