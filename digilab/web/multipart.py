"""multipart/form-data as a stream of events. Pure: bytes in, events out; no file is written and nothing is kept but short fields."""

from dataclasses import dataclass
from typing import TypeAlias

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from digilab.errors import FieldTooLongError, RequestMalformedError, TooManyFieldsError

FIELDS = 100
"""Fields that are no file, in one form."""
FIELD_BYTES = 256 * 1024
"""One field; the API's options are the largest."""
NAME_BYTES = 200
FILE_NAME_BYTES = 4096
HEADER_BYTES = 8192
HEADERS = 16


@dataclass(frozen=True)
class Field:
    """A field that is no file, whole."""

    name: str
    value: str


@dataclass(frozen=True)
class FileBegins:
    """A file part; its bytes follow."""

    field: str
    name: str
    """As its sender wrote it. Empty where a form's file chooser was left empty."""


@dataclass(frozen=True)
class FileBytes:
    """Some bytes of the file that began last: a window on what was fed, to be used before long."""

    block: memoryview


@dataclass(frozen=True)
class FileEnds:
    """The file that began last is whole."""


Event: TypeAlias = Field | FileBegins | FileBytes | FileEnds


class FormReader:
    """Feed it the body as it comes. `ended` is True once the closing boundary was seen."""

    def __init__(self, content_type: str) -> None:
        """Raises RequestMalformedError for another content type or a bad boundary."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise RequestMalformedError(where="Content-Type")
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begins,
                    "on_header_field": self._header_name,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_ends,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": self._data,
                    "on_part_end": self._part_ends,
                    "on_end": self._end,
                },
                max_header_count=HEADERS,
                max_header_size=HEADER_BYTES,
            )
        except FormParserError as error:
            raise RequestMalformedError(where="boundary") from error
        self.ended = False
        self._events: list[Event] = []
        self._fields = 0
        self._name, self._value = bytearray(), bytearray()
        self._disposition = b""
        self._field: str | None = None
        self._content = bytearray()

    def feed(self, chunk: bytes) -> list[Event]:
        """What came to light. Raises RequestMalformedError, TooManyFieldsError, FieldTooLongError."""
        self._events = []
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise RequestMalformedError(where="multipart") from error
        return self._events

    def _part_begins(self) -> None:
        self._disposition, self._field, self._content = b"", None, bytearray()
        self._name, self._value = bytearray(), bytearray()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def _headers_end(self) -> None:
        kind, options = parse_options_header(self._disposition)
        if kind != b"form-data" or b"name" not in options:
            raise RequestMalformedError(where="Content-Disposition")
        name = _text(options[b"name"], NAME_BYTES)
        if b"filename" in options:
            self._events.append(FileBegins(name, _text(options[b"filename"], FILE_NAME_BYTES)))
            return
        self._fields += 1
        if self._fields > FIELDS:
            raise TooManyFieldsError(most=FIELDS)
        self._field = name

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self._events.append(FileBytes(memoryview(data)[start:end]))
            return
        self._content += data[start:end]
        if len(self._content) > FIELD_BYTES:
            raise FieldTooLongError(field=self._field, most=FIELD_BYTES)

    def _part_ends(self) -> None:
        if self._field is None:
            self._events.append(FileEnds())
            return
        if b"\0" in self._content:  # PostgreSQL keeps no NUL, and nobody types one
            raise RequestMalformedError(where=self._field[:40])
        self._events.append(Field(self._field, self._content.decode("utf-8", "replace")))

    def _end(self) -> None:
        self.ended = True


def _text(raw: bytes, longest: int) -> str:
    """A name from a header: UTF-8 as browsers send it, else byte by byte, so that `display_name` can recover cp932."""
    if len(raw) > longest:
        raise FieldTooLongError(field=raw[:40].decode("utf-8", "replace"), most=longest)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
