"""Pages of a PDF, rendered as they would be printed. Scripts, actions and attachments stay shut: only pictures come out."""

import contextlib
import mmap
import re
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from ocr.engine.contract import Picture
from ocr.errors import (
    PageTooLargeError,
    PageUnreadableError,
    ScanEndsEarlyError,
    ScanProtectedError,
    ScanUnpacksTooFarError,
    ScanUnreadableError,
)
from ocr.pages.page import Page, PageLimits
from ocr.pages.textlayer import text_notice

DPI = 300
POINTS = 72
_SHORTEST, _LONGEST = 255, 1276
"""Points: the longer side of sheets, 90 to 450 mm."""

# Names are searched for that are long enough never to turn up in compressed bytes by chance.
_ACTIVE = re.compile(rb"/(?:JavaScript|Launch|RichMedia|ImportData|SubmitForm|GoToE)\b")
_ATTACHED = re.compile(rb"/EmbeddedFiles?\b")
_PACKED = re.compile(rb"/(?:ObjStm|XRef)\b.{0,400}?stream\r?\n", re.DOTALL)
_PACKED_MOST = 4 * 1024 * 1024
_UNPACKED_MOST = 32 * 1024 * 1024
"""Bytes of one pack of objects; honest ones hold some hundred thousand. The library would unpack any amount, and abort."""
_PACKS_MOST = 200


class PdfSource:
    """An opened PDF; pages come at 300 dpi, those of a size that no sheet has as fine as their one picture."""

    def __init__(self, path: Path, name: str, limits: PageLimits) -> None:
        self._name = name
        self._limits = limits
        if not _has_end(path):
            raise ScanEndsEarlyError(file=name)
        try:
            names = _names(path)
        except ValueError as error:
            raise ScanUnpacksTooFarError(file=name) from error
        try:
            self._document = pypdfium2.PdfDocument(path)
            self.count = len(self._document)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
                raise ScanProtectedError(file=name) from error
            raise ScanUnreadableError(file=name) from error
        if self.count == 0:
            self._document.close()
            raise ScanUnreadableError(file=name)
        self._notices = tuple(self._of_document(names))
        with contextlib.suppress(pypdfium2.PdfiumError):
            # Without this, what was typed into a form's fields would be missing from the pictures.
            self._document.init_forms()

    def close(self) -> None:
        self._document.close()

    def page(self, number: int) -> Page:
        try:
            page = self._document[number - 1]
        except pypdfium2.PdfiumError as error:
            raise PageUnreadableError(file=self._name, page=number) from error
        try:
            dpi, true = self._resolution(page, number)
            bitmap = page.render(scale=dpi / POINTS)
            image = _three_channels(bitmap.to_numpy())
            bitmap.close()
            notice = text_notice(page, image, dpi / POINTS)
        except (pypdfium2.PdfiumError, MemoryError) as error:
            raise PageUnreadableError(file=self._name, page=number) from error
        finally:
            page.close()
        return Page(self._name, number, image, dpi if true else None, self._notices + ((notice,) if notice else ()))

    def _resolution(self, page: pypdfium2.PdfPage, number: int) -> tuple[float, bool]:
        """Dots per inch to render at, and whether they are true. Raises PageTooLargeError for the page as rendered or a picture in it."""
        width, height = page.get_size()
        dpi, true = float(DPI), True
        pictures = list(page.get_objects((pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=4))
        whole = [each.get_px_size()[0] * POINTS / width for each in pictures if _covers(each, width, height)]
        if whole and not _SHORTEST <= max(width, height) <= _LONGEST:
            # Telephones make pages of a point per pixel. Such a page is as large as its photograph, and tells nothing of the sheet.
            dpi, true = max(whole), False
        sizes = [(width * dpi / POINTS, height * dpi / POINTS), *(each.get_px_size() for each in pictures)]
        worst = max(int(wide) * int(high) for wide, high in sizes)
        if worst > self._limits.pixels:
            raise PageTooLargeError(
                file=self._name, page=number, megapixels=worst // 10**6, most=self._limits.pixels // 10**6
            )
        return dpi, true

    def _of_document(self, names: set[str]) -> Iterator[str]:
        """What a person should know of the file: said on each of its pages."""
        raw = self._document.raw
        if pdfium.FPDF_GetSecurityHandlerRevision(raw) >= 0:
            yield "owner-password"
        xfa = pdfium.FPDF_GetFormType(raw) in (pdfium.FORMTYPE_XFA_FULL, pdfium.FORMTYPE_XFA_FOREGROUND)
        if xfa or pdfium.FPDFDoc_GetJavaScriptActionCount(raw) > 0 or "active" in names:
            yield "active-content"
        if pdfium.FPDFDoc_GetAttachmentCount(raw) > 0 or "attached" in names:
            yield "embedded-files"


def _covers(picture: pypdfium2.PdfImage, width: float, height: float) -> bool:
    """Whether a picture is all that a page of this size (points) shows."""
    left, bottom, right, top = picture.get_bounds()
    return bool((right - left) * (top - bottom) >= 0.9 * width * height)


def _has_end(path: Path) -> bool:
    """Whether the trailer is there. Without it the library rebuilds what it finds, and pages would be missing unsaid."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 65_536))
        return b"%%EOF" in file.read()


def _names(path: Path) -> set[str]:
    """Which of the telling names stand in the file's objects, packed ones included."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = _telling(data)
        for pack in islice(_PACKED.finditer(data), _PACKS_MOST):
            found |= _telling(_unpacked(data, pack.end()))
    return found


def _telling(data: mmap.mmap | bytes) -> set[str]:
    return {name for name, sign in (("active", _ACTIVE), ("attached", _ATTACHED)) if sign.search(data)}


def _unpacked(data: mmap.mmap, start: int) -> bytes:
    """A packed stream; what is packed otherwise gives nothing. Raises ValueError for one that unpacks beyond all measure."""
    unpacked = b""
    with contextlib.suppress(zlib.error):
        unpacked = zlib.decompressobj().decompress(data[start : start + _PACKED_MOST], _UNPACKED_MOST)
    if len(unpacked) == _UNPACKED_MOST:
        raise ValueError
    return unpacked


def _three_channels(image: Picture) -> Picture:
    """BGR that does not point into the library's memory."""
    if image.ndim == 2 or image.shape[2] == 1:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
    return np.ascontiguousarray(image[:, :, :3]).copy()
