"""pydantic's findings in our words: code, line and field."""

import difflib
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from ocr.definition.faults import (
    FaultError,
    KeyMissingError,
    KeyMisspeltError,
    KeyUnknownError,
    MalformedError,
    NotAllowedError,
    OutOfRangeError,
    TypeUnknownError,
    ValueRefusedError,
    WrongCountError,
    WrongKindError,
)
from ocr.definition.form import Form
from ocr.definition.source import Source

_WANTED = {
    "float_parsing": "number",
    "float_type": "number",
    "finite_number": "number",
    "int_parsing": "whole-number",
    "int_type": "whole-number",
    "int_from_float": "whole-number",
    "bool_parsing": "yes-or-no",
    "bool_type": "yes-or-no",
    "string_type": "text",
    "tuple_type": "list",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
}


def faults(error: ValidationError, source: Source) -> Iterator[FaultError]:
    """One fault for each finding."""
    for each in error.errors(include_url=False):
        # A list whose members are all wrong is also "too short" to pydantic, which counts the right ones only.
        if each["type"] != "too_short" or not each["input"]:
            yield _fault(each, source)


def _fault(found: Any, source: Source) -> FaultError:
    kind, context = found["type"], found.get("ctx", {})
    path = source.steps(found["loc"])
    key = next((step for step in reversed(found["loc"]) if isinstance(step, str)), "")
    place: dict[str, Any] = {
        "file": source.file,
        "line": source.line(path),
        "field": source.field(path),
        "key": key,
        "found": _short(found["input"]),
    }
    if kind == "missing" and isinstance(found["loc"][-1], int):
        return WrongCountError(**{**place, "count": len(found["input"])})
    if kind == "missing":
        return KeyMissingError(**place)
    if kind == "extra_forbidden":
        known = _known(found["loc"][:-1])
        nearest = difflib.get_close_matches(key, known, 1, 0.7)
        if nearest:
            return KeyMisspeltError(**place, nearest=nearest[0])
        return KeyUnknownError(**place, allowed=", ".join(known))
    if kind == "union_tag_not_found":
        return KeyMissingError(**{**place, "key": context["discriminator"].strip("'")})
    if kind == "union_tag_invalid":
        tag = context["discriminator"].strip("'")
        place |= {"key": tag, "found": context["tag"], "line": source.line((*path, tag))}
        return TypeUnknownError(**place, allowed=context["expected_tags"].replace("'", ""))
    if kind in ("literal_error", "enum"):
        return NotAllowedError(**place, allowed=context["expected"].replace("'", "").replace(" or ", ", "))
    if kind == "string_pattern_mismatch":
        return MalformedError(**place)
    if kind in _WANTED:
        return WrongKindError(**place, wanted=_WANTED[kind])
    if kind in ("too_short", "too_long"):
        return WrongCountError(**place, count=context["actual_length"])
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        return OutOfRangeError(**place, limit=next(iter(context.values())))
    return ValueRefusedError(**place, reason=found["msg"])


def _known(path: tuple[str | int, ...]) -> list[str]:
    """Keys that the model at `path` has."""
    models: list[type[BaseModel]] = [Form]
    for step in path:
        if isinstance(step, int):
            continue
        tagged = [each for each in models if step in _tags(each)]
        inner = [each for model in models if step in model.model_fields for each in _models(model.model_fields[step])]
        models = tagged or inner
    return [name for model in models for name in model.model_fields]


def _tags(model: type[BaseModel]) -> tuple[str, ...]:
    field = model.model_fields.get("type") or model.model_fields.get("rule")
    return get_args(field.annotation) if field else ()


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every model that an annotation speaks of."""
    if isinstance(annotation, FieldInfo):
        annotation = annotation.annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models(each)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
