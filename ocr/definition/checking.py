"""What a definition must keep to beyond its types."""

from collections.abc import Iterator

from ocr.definition.faults import FaultError, PersonalNumberError
from ocr.definition.form import Form, PersonalNumberField
from ocr.definition.source import Source


def check(form: Form, source: Source) -> Iterator[FaultError]:
    """Every fault of the form as a whole."""
    for page_at, page in enumerate(form.pages):
        for at, field in enumerate(page.fields):
            if isinstance(field, PersonalNumberField) and not form.personal_number:
                line = source.line(("pages", page_at, "fields", at, "type"))
                yield PersonalNumberError(file=source.file, line=line, field=field.name)
