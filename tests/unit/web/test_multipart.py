"""The form reader, fed in pieces of every size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digilab.errors import DigilabError, FieldTooLongError, RequestMalformedError, TooManyFieldsError
from digilab.web.multipart import Event, Field, FileBegins, FileBytes, FileEnds, FormReader

BOUNDARY = "----boundary"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


def part(disposition: str, content: bytes) -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"


def field(name: str, content: str) -> bytes:
    return part(f'form-data; name="{name}"', content.encode())


END = f"--{BOUNDARY}--\r\n".encode()


def read(body: bytes, size: int = 1 << 20) -> tuple[list[Event], bool]:
    """All events with a file's bytes joined, and whether the form was whole."""
    reader = FormReader(KIND)
    events: list[Event] = []
    content = b""
    for start in range(0, len(body), size):
        for event in reader.feed(body[start : start + size]):
            match event:
                case FileBytes(block):
                    content += bytes(block)
                case FileEnds():
                    events += [FileBytes(memoryview(content)), event]
                    content = b""
                case _:
                    events.append(event)
    return events, reader.ended


@given(content=st.binary(max_size=400), size=st.integers(1, 64))
def test_a_files_bytes_come_out_as_they_went_in_however_they_are_cut(content: bytes, size: int) -> None:
    body = field("service", "minutes") + part('form-data; name="file"; filename="会議.wav"', content) + END
    events, ended = read(body, size)
    assert ended
    assert events == [
        Field("service", "minutes"),
        FileBegins("file", "会議.wav"),
        FileBytes(memoryview(content)),
        FileEnds(),
    ]


@given(body=st.binary(max_size=300), size=st.integers(1, 50))
def test_whatever_comes_is_read_or_refused_in_words(body: bytes, size: int) -> None:
    outcome: object
    try:
        outcome = read(f"--{BOUNDARY}\r\n".encode() + body, size)[1]
    except DigilabError as error:
        outcome = error.sentence("ja")
    assert isinstance(outcome, bool | str)


def test_a_boundary_inside_a_file_that_is_none_stays_content() -> None:
    content = f"\r\n--{BOUNDARY[:-1]}x\r\n--{BOUNDARY[:-1]}".encode()
    events, _ = read(part('form-data; name="file"; filename="a.wav"', content) + END, 3)
    assert events[1] == FileBytes(memoryview(content))


def test_a_form_that_is_not_whole_is_not_ended() -> None:
    assert read(field("service", "minutes"))[1] is False


def test_a_name_in_an_old_windows_encoding_keeps_its_bytes() -> None:
    body = b"--" + BOUNDARY.encode() + b'\r\nContent-Disposition: form-data; name="file"; filename="'
    events, _ = read(body + "会議.wav".encode("cp932") + b'"\r\n\r\nx\r\n' + END)
    assert events[0] == FileBegins("file", "会議.wav".encode("cp932").decode("latin-1"))


@pytest.mark.parametrize(
    "kind", ["", "application/json", "multipart/form-data", f"multipart/form-data; boundary={'x' * 300}"]
)
def test_another_content_type_is_refused(kind: str) -> None:
    with pytest.raises(RequestMalformedError):
        FormReader(kind)


@pytest.mark.parametrize("disposition", ["", "attachment; name=x", "form-data"])
def test_a_part_without_a_name_is_refused(disposition: str) -> None:
    with pytest.raises(RequestMalformedError):
        read(part(disposition, b"x") + END)


def test_a_nul_in_a_field_is_refused() -> None:
    with pytest.raises(RequestMalformedError):
        read(field("title", "a\0b") + END)


def test_many_fields_long_fields_and_long_headers_are_refused() -> None:
    with pytest.raises(TooManyFieldsError):
        read(b"".join(field(f"f{number}", "x") for number in range(101)) + END)
    with pytest.raises(FieldTooLongError):
        read(field("title", "x" * 300_000) + END)
    with pytest.raises(FieldTooLongError):
        read(part(f'form-data; name="{"x" * 300}"', b"") + END)
    with pytest.raises(RequestMalformedError):
        read(part(f'form-data; name="x"; y="{"y" * 9000}"', b"") + END)
