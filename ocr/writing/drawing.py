"""Pages with what was read drawn in: a box per field on the sheet, coloured by what is to be done, and the values beside it."""

import io
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr.engine.contract import Picture
from ocr.errors import Evidence, sentence
from ocr.pages import Page
from ocr.records import Case, Decision, Place, Value
from ocr.register.warp import PX_PER_MM, warp
from ocr.writing.fonts import FOLDERS, font, japanese_file
from ocr.writing.grid import is_whole, readable, shown
from ocr.writing.pdf import write_pdf

_PX_PER_MM = PX_PER_MM // 2
"""152 dpi."""
_JPEG_QUALITY = 80
_SPILL = _PX_PER_MM
"""Writing strays over the edge of its box: so much around a personal number goes black too."""

_PANEL, _ROW, _HEAD, _LEGEND, _EDGE = 480, 56, 64, 46, 14
_CHIP = (38, 24)
_INK, _GREY, _PAPER = "#1A1A1A", "#6B6B6B", "#FFFFFF"
_COLOURS = {Decision.ACCEPT: "#1B7F3B", Decision.LOOK: "#C76A00", Decision.TWO_KEYS: "#C81E1E"}
_EMPTY = "#9A9A9A"
# A second sign beside colour, for eyes and printers that see none.
_LINES = {Decision.ACCEPT: 2, Decision.LOOK: 4, Decision.TWO_KEYS: 6}


def overlay(pages: Iterable[Page], cases: Sequence[Case], path: Path, *, language: str = "ja") -> Path:
    """A PDF of every page that belongs to a case, in the order of `pages`, taken one at a time; pages that were held are left out."""
    by_page = {
        (page.file, page.page): (case, page.place) for case in cases for page in case.pages if page.place is not None
    }
    drawn = (
        _drawn(page, *by_page[page.file, page.number], language)
        for page in pages
        if (page.file, page.number) in by_page
    )
    return write_pdf(drawn, path)


def overlay_picture(
    aligned: Picture,
    values: Sequence[Value],
    *,
    title: str = "",
    language: str = "ja",
    px_per_mm: int = PX_PER_MM,
    fonts: tuple[str, ...] = FOLDERS,
) -> Picture:
    """The page aligned to its form, at 6 px/mm, with `values` of this page drawn in and listed on its right.

    Personal numbers are blacked out. Without a Japanese font in the folders `fonts`, fields are named by their paths, in English,
    and only values of Latin letters and digits are shown.
    """
    file = japanese_file(fonts)
    size = (aligned.shape[1] * _PX_PER_MM // px_per_mm, aligned.shape[0] * _PX_PER_MM // px_per_mm)
    sheet = cv2.resize(aligned, size, interpolation=cv2.INTER_AREA)
    for value in values:
        if value.type == "personal-number":
            left, top, right, bottom = (round(each * _PX_PER_MM) for each in _corners(value))
            sheet[max(0, top - _SPILL) : bottom + _SPILL, max(0, left - _SPILL) : right + _SPILL] = 0
    listed = list(enumerate(filter(_says_something, map(shown, values)), start=1))
    panel = _Panel(size[1], listed, file, language)
    whole = Image.new("RGB", (size[0] + panel.width, size[1]), _PAPER)
    whole.paste(Image.fromarray(cv2.cvtColor(sheet, cv2.COLOR_BGR2RGB)), (0, 0))
    draw = ImageDraw.Draw(whole)
    for value in values:
        if not _says_something(value):
            draw.rectangle([each * _PX_PER_MM for each in _corners(value)], outline=_EMPTY, width=1)
    for number, value in listed:
        _box(draw, number, value, file)
    panel.draw(draw, size[0], title)
    return cv2.cvtColor(np.asarray(whole), cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)


def jpeg(picture: Picture) -> bytes:
    """The picture as it goes into the PDF."""
    whole = io.BytesIO()
    Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).save(whole, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return whole.getvalue()


def _drawn(page: Page, case: Case, place: Place, language: str) -> bytes:
    values = [value for value in case.values if value.page == place.page]
    evidence: Evidence = {
        "number": case.number,
        "file": page.file,
        "page": page.number,
        "form": case.form,
        "revision": case.revision,
    }
    title = sentence("overlay-title", language if japanese_file() else "en", evidence)
    return jpeg(overlay_picture(warp(page.image, place), values, title=title, language=language))


def _says_something(value: Value) -> bool:
    return bool(value.value or value.raw) or value.decision is not Decision.ACCEPT


def _corners(value: Value) -> tuple[float, float, float, float]:
    left, top, width, height = value.box
    return left, top, left + width, top + height


def _box(draw: ImageDraw.ImageDraw, number: int, value: Value, file: Path | None) -> None:
    """The box, and its number on the upper left corner."""
    left, top, right, bottom = (each * _PX_PER_MM for each in _corners(value))
    colour = _COLOURS[value.decision]
    line = _LINES[value.decision]
    draw.rectangle((left - line, top - line, right + line, bottom + line), outline=colour, width=line)
    text, look = str(number), font(15, file)
    width = draw.textlength(text, look) + 6
    draw.rectangle((left - line, top - line - 16, left - line + width, top - line), fill=colour)
    draw.text((left - line + width / 2, top - line - 8), text, _PAPER, look, anchor="mm")


class _Panel:
    """The list at the sheet's right: number, label, value, and how likely it is wrong where a person should look."""

    def __init__(self, height: int, numbered: Sequence[tuple[int, Value]], file: Path | None, language: str) -> None:
        self._numbered = numbered
        self._file = file
        self._language = language if file else "en"
        self._rows = max(1, (height - _HEAD - _LEGEND) // _ROW)
        self._height = height
        self.width = _PANEL * max(1, -(-len(numbered) // self._rows))

    def draw(self, draw: ImageDraw.ImageDraw, left: int, title: str) -> None:
        """Columns from top to bottom, then the legend."""
        draw.line((left, 0, left, self._height), _GREY, 1)
        title = title if self._file else title.encode("ascii", "ignore").decode()
        self._text(draw, left + _EDGE, _HEAD / 2 - 2, title, self.width - 2 * _EDGE, _INK)
        for place, (number, value) in enumerate(self._numbered):
            column, row = divmod(place, self._rows)
            self._entry(draw, left + column * _PANEL + _EDGE, _HEAD + row * _ROW, number, value)
        self._legend(draw, left + _EDGE)

    def _entry(self, draw: ImageDraw.ImageDraw, left: int, top: int, number: int, value: Value) -> None:
        width, height = _CHIP
        colour = _COLOURS[value.decision]
        draw.rectangle((left, top, left + width, top + height), fill=colour)
        draw.text((left + width / 2, top + height / 2), str(number), _PAPER, self._font(17), "mm")
        room = _PANEL - 2 * _EDGE - width - 10
        label = self._label(value)
        if value.decision is not Decision.ACCEPT:
            words = sentence(f"output-decision-{value.decision}", self._language, {})
            label = f"{label}  {words}  {value.p_wrong:.1%}"
        draw.text((left + width + 10, top + 9), self._held(label, 15, room), _GREY, self._font(15), "lm")
        self._text(draw, left + width + 10, top + 36, self._readable(value), room, colour)

    def _text(self, draw: ImageDraw.ImageDraw, left: float, middle: float, text: str, room: float, colour: str) -> None:
        """On one line, or smaller on two."""
        text = readable(" ".join(text.split()))
        if self._font(22).getlength(text) <= room:
            draw.text((left, middle), text, colour, self._font(22), "lm")
            return
        first = self._held(text, 15, room, "")
        draw.text((left, middle - 8), first, colour, self._font(15), "lm")
        draw.text((left, middle + 10), self._held(text[len(first) :], 15, room), colour, self._font(15), "lm")

    def _legend(self, draw: ImageDraw.ImageDraw, left: float) -> None:
        top = self._height - _LEGEND / 2
        for decision, colour in _COLOURS.items():
            draw.rectangle((left, top - 8, left + 20, top + 8), outline=colour, width=_LINES[decision])
            words = sentence(f"output-decision-{decision}", self._language, {})
            draw.text((left + 26, top), words, _INK, self._font(15), "lm")
            left += 26 + draw.textlength(words, self._font(15)) + 14
        draw.rectangle((left, top - 8, left + 20, top + 8), outline=_EMPTY, width=1)
        draw.text((left + 26, top), sentence("overlay-empty", self._language, {}), _INK, self._font(15), "lm")

    def _label(self, value: Value) -> str:
        label = value.label if self._file else value.path.rpartition(".")[2]
        _, _, cell = value.path.partition(".")
        evidence: Evidence = {"row": cell.partition(".")[0], "label": label}
        return sentence("overlay-row", self._language, evidence) if cell else label

    def _readable(self, value: Value) -> str:
        text = value.value or sentence("overlay-empty", self._language, {})
        if value.type in ("tick", "seal") and value.value:
            text = sentence("overlay-marked", self._language, {})
        elif value.type == "amount" and is_whole(text):
            text = f"{int(text):,}"
        return text if self._file or text.isascii() else sentence("overlay-no-font", self._language, {})

    def _held(self, text: str, size: int, room: float, more: str = "…") -> str:
        """As much of the text as there is room for, with `more` at its end when that is not all."""
        look = self._font(size)
        if look.getlength(text) <= room:
            return text
        most = bisect_right(range(1, len(text)), room, key=lambda length: look.getlength(text[:length] + more))
        return text[:most] + more

    def _font(self, size: int) -> ImageFont.FreeTypeFont:
        return font(size, self._file)
