"""What a definition must keep to beyond its types."""

import datetime
from collections.abc import Iterator

from ocr.definition.faults import (
    AlphabetError,
    BlankTwiceError,
    BoundsError,
    DateBoundError,
    DateEraError,
    DateShapeError,
    FaultError,
    NoFieldsError,
    OptionTwiceError,
    PersonalNumberError,
)
from ocr.definition.form import (
    AmountField,
    ChoiceField,
    DateField,
    Form,
    PersonalNumberField,
    TableField,
    Written,
)
from ocr.definition.geometry import check_geometry
from ocr.definition.patterns import check_pattern, full_match
from ocr.definition.places import Placed, placed
from ocr.definition.references import check_references
from ocr.definition.source import Source
from ocr.values.alphabets import alphabet, ranges

MOST_CHARACTERS = 30_000
"""Of an alphabet: the recogniser knows fewer."""

__all__ = ["check", "full_match"]


def check(form: Form, source: Source) -> Iterator[FaultError]:
    """Every fault of the form as a whole."""
    yield from check_geometry(form, source)
    yield from check_references(form, source)
    blanks = [page.blank for page in form.pages]
    for at, blank in enumerate(blanks):
        if blank in blanks[:at]:
            yield source.fault(BlankTwiceError, ("pages", at, "blank"), found=blank)
    if not form.fields():
        yield source.fault(NoFieldsError, ("pages",))
    for each in placed(form):
        if isinstance(each.field, PersonalNumberField) and not form.personal_number:
            yield source.fault(PersonalNumberError, (*each.path, "type"))
        yield from _bounds(each, source)
        if isinstance(each.field, Written):
            wrong = list(_alphabet(each, source))
            yield from wrong or check_pattern(each, source)
        elif isinstance(each.field, DateField):
            yield from _date(each, each.field, source)
        elif isinstance(each.field, ChoiceField):
            values = [option.value for option in each.field.options]
            for at, value in enumerate(values):
                if value in values[:at]:
                    yield source.fault(OptionTwiceError, (*each.path, "options", at, "value"), found=value)


def _bounds(each: Placed, source: Source) -> Iterator[FaultError]:
    field = each.field
    bounds: list[tuple[str, int, int]] = []
    if isinstance(field, Written) and field.length is not None:
        bounds += [("length", *field.length), ("length", 0, field.length[0]), ("length", 1, field.length[1])]
    if isinstance(field, AmountField) and field.least is not None and field.most is not None:
        bounds.append(("most", field.least, field.most))
    if isinstance(field, TableField):
        bounds.append(("least_rows", field.least_rows, field.rows))
    for key, least, most in bounds:
        if least > most:
            yield source.fault(BoundsError, (*each.path, key), key=key, least=least, most=most)


def _alphabet(each: Placed, source: Source) -> Iterator[FaultError]:
    found = str(getattr(each.field, "alphabet", ""))
    try:
        wide = sum(last - first + 1 for first, last in ranges(found)) > MOST_CHARACTERS
        allowed = None if wide else alphabet(each.field)
    except ValueError:
        wide, allowed = False, frozenset()
    if wide or (allowed is not None and not allowed):
        yield source.fault(AlphabetError, (*each.path, "alphabet"), found=found)


def _date(each: Placed, field: DateField, source: Source) -> Iterator[FaultError]:
    if (field.box is None) == (field.parts is None):
        yield source.fault(DateShapeError, each.path)
    written = field.parts is not None and field.parts.era is not None
    eras = (field.era != "") + (field.era_from != "") + written
    if eras > 1 or (eras and field.calendar == "western"):
        yield source.fault(DateEraError, each.path)
    limits = []
    for key in ("earliest", "latest"):
        text = getattr(field, key)
        try:
            limits.append(datetime.date.fromisoformat(text) if text not in ("", "today") else None)
        except ValueError:
            yield source.fault(DateBoundError, (*each.path, key), key=key, found=text)
            return
    earliest, latest = limits
    if earliest and latest and earliest > latest:
        evidence = {"key": "latest", "least": earliest.isoformat(), "most": latest.isoformat()}
        yield source.fault(BoundsError, (*each.path, "latest"), **evidence)
