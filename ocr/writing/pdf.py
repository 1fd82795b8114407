"""Pictures as the pages of a PDF, however many: they wait in a temporary file, and the library reads each when it writes it."""

import io
import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pypdfium2
from PIL import Image

DOTS_PER_INCH = 152.4
"""6 px/mm."""


def write_pdf(jpegs: Iterable[bytes], path: Path, *, dots_per_inch: float = DOTS_PER_INCH) -> Path:
    """One page per JPEG, as large as the picture is at `dots_per_inch`; the pictures themselves go in unchanged."""
    with TemporaryFile() as spool, pypdfium2.PdfDocument.new() as document:
        for content in jpegs:
            start = spool.seek(0, os.SEEK_END)
            spool.write(content)
            with Image.open(io.BytesIO(content)) as picture:
                width, height = (each * 72 / dots_per_inch for each in picture.size)
            _add_page(document, _Slice(spool, start, len(content)), width, height)
        document.save(path)
    return path


def _add_page(document: pypdfium2.PdfDocument, jpeg: "_Slice", width: float, height: float) -> None:
    image = pypdfium2.PdfImage.new(document)
    image.load_jpeg(jpeg)
    image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
    page = document.new_page(width, height)
    page.insert_obj(image)
    page.gen_content()
    page.close()


class _Slice(io.RawIOBase):
    """A stretch of a file as a file of its own."""

    def __init__(self, file: IO[bytes], start: int, length: int) -> None:
        self._file, self._start, self._length, self._at = file, start, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # narrower than the stub: only byte buffers come
        self._file.seek(self._start + self._at)
        content = self._file.read(min(len(buffer), self._length - self._at))
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)
