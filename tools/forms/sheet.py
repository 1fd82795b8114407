"""A sheet that is being printed: lines, frames and words in millimetres, on 12 pixels to the millimetre.

Places come from the form's definition wherever a field is concerned, so that a box moved in form.yaml moves on the paper too.
"""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from forms.fonts import font
from ocr.definition.form import ChoiceField, DateField, DateParts, Form, TableField

PX = 12
"""Pixels to the millimetre, as the definitions' blanks have them."""

GOTHIC = "BIZ UDGothic"
MINCHO = "IPAexMincho"
TINT = 232
SHADES = 16

Box = tuple[float, float, float, float]
Gray = NDArray[np.uint8]


class Sheet:
    """One page on the press."""

    def __init__(self, form: Form, number: int) -> None:
        self.form = form
        self.page = form.pages[number - 1]
        self.fields = {field.name: field for field in self.page.fields}
        width, height = self.page.size
        self.image = Image.new("L", (round(width * PX), round(height * PX)), 255)
        self.pen = ImageDraw.Draw(self.image)

    @property
    def edition(self) -> str:
        """The revision as the foot of the page has it: `2026.4`."""
        year, month = self.form.revision.split("-")
        return f"{year}.{int(month)}"

    def box(self, name: str) -> Box:
        """The box of a field in pieces or not: all of it."""
        field = self.fields[name]
        if isinstance(field, DateField) and field.parts:
            parts = [getattr(field.parts, part) for part in ("era", "year", "month", "day")]
            return around([part for part in parts if part])
        if isinstance(field, ChoiceField):
            return around([option.box for option in field.options])
        assert not isinstance(field, TableField)
        box: Box | None = field.box
        assert box
        return box

    def table(self, name: str) -> TableField:
        """A table's definition."""
        field = self.fields[name]
        assert isinstance(field, TableField)
        return field

    def line(self, x: float, y: float, to_x: float, to_y: float, width: float = 0.2, dashes: float = 0) -> None:
        """A ruled line; `dashes` is the length of each stroke and gap."""
        pieces = [(x, y, to_x, to_y)]
        if dashes:
            length = max(abs(to_x - x), abs(to_y - y))
            steps = [step * 2 * dashes / length for step in range(int(length / dashes / 2) + 1)]
            pieces = [
                (x + (to_x - x) * a, y + (to_y - y) * a, x + (to_x - x) * b, y + (to_y - y) * b)
                for a, b in ((step, min(1.0, step + dashes / length)) for step in steps)
            ]
        for piece in pieces:
            self.pen.line([round(value * PX) for value in piece], fill=0, width=max(1, round(width * PX)))

    def frame(self, box: Box, width: float = 0.25, tint: int | None = None) -> None:
        """A ruled frame, with a tint of gray inside for headings."""
        x, y, w, h = box
        if tint is not None:
            self.pen.rectangle([round(x * PX), round(y * PX), round((x + w) * PX), round((y + h) * PX)], fill=tint)
        for sides in ((x, y, x + w, y), (x, y + h, x + w, y + h), (x, y, x, y + h), (x + w, y, x + w, y + h)):
            self.line(*sides, width=width)

    def text(self, x: float, y: float, words: str, size: float = 3.2, family: str = MINCHO, anchor: str = "lm") -> None:
        """Words of `size` mm at a point; the anchor is Pillow's (`lm` left, middle)."""
        self.pen.text((x * PX, y * PX), words, font=font(family, round(size * PX)), fill=0, anchor=anchor)

    def spread(self, box: Box, words: str, size: float = 3.2, family: str = MINCHO) -> None:
        """Words spread evenly over a box's width, as labels in forms are (均等割付)."""
        x, y, w, h = box
        margin = min(3.0, w * 0.12)
        if len(words) == 1 or len(words) * size >= w - 2 * margin:
            fitting = min(size, (w - 1.2) / len(words))
            self.text(x + w / 2, y + h / 2, words, fitting, family, "mm")
            return
        step = (w - 2 * margin - size) / (len(words) - 1)
        for place, character in enumerate(words):
            self.text(x + margin + size / 2 + step * place, y + h / 2, character, size, family, "mm")

    def label(self, box: Box, words: str, size: float = 3.2, tint: int | None = TINT) -> None:
        """A tinted heading cell; `/` in the words begins a new line."""
        self.frame(box, tint=tint)
        x, y, w, h = box
        lines = words.split("/")
        for number, line in enumerate(lines):
            step = min(h / len(lines), size * 1.45)
            top = y + h / 2 + (number - (len(lines) - 1) / 2) * step - step / 2
            self.spread((x, top, w, step), line, size)

    def cells(self, box: Box, count: int, thick_after: Sequence[int] = (), legends: str = "") -> None:
        """Equal boxes side by side with dashed separators; legends stand small at the top of each cell, from the right."""
        x, y, w, h = box
        self.frame(box, 0.35)
        for number in range(1, count):
            at = x + w * number / count
            if number in thick_after:
                self.line(at, y, at, y + h, 0.3)
            else:
                self.line(at, y, at, y + h, 0.15, dashes=0.5)
        for number, word in enumerate(reversed(legends)):
            self.text(x + w * (count - number) / count - 0.5, y + 1.4, word, 1.9, GOTHIC, "rm")

    def tick(self, name: str, words: str, size: float = 3.2) -> None:
        """A tick box with its words."""
        x, y, w, h = self.box(name)
        self.frame((x, y, w, h), 0.25)
        self.text(x + w + 1.5, y + h / 2, words, size)

    def options(self, field: ChoiceField, size: float = 3.4, down: float = 0, dots: bool = True) -> None:
        """The words of a choice in their boxes, with ・ between them; or tick boxes with the word behind."""
        centres = []
        for option in field.options:
            x, y, w, h = option.box
            if field.by == "tick":
                self.frame((x, y + down, w, h), 0.25)
                self.text(x + w + 1.2, y + down + h / 2, option.value, size)
                continue
            fitting = min(size, (w - 1.0) / len(option.value))
            self.text(x + w / 2, y + down + h / 2, option.value, fitting, anchor="mm")
            centres.append((x, x + w, y + down + h / 2))
        for (_, right, middle), (left, _, _) in itertools.pairwise(centres) if dots else ():
            self.text((right + left) / 2, middle, "・", 2.6, anchor="mm")

    def choice(self, name: str, size: float = 3.4) -> None:
        """A choice field's printed words."""
        field = self.fields[name]
        assert isinstance(field, ChoiceField)
        self.options(field, size)

    def date(self, name: str, before: str = "令和", size: float = 3.4) -> None:
        """年 月 日 behind the boxes of their numbers, and the era or 西暦 before the first one."""
        field = self.fields[name]
        assert isinstance(field, DateField)
        assert field.parts
        self.date_words(field.parts, before, size)

    def date_words(self, parts: DateParts, before: str, size: float) -> None:
        """The words of a date in parts."""
        x, y, _, h = parts.year
        self.text(x - 0.8, y + h / 2, before, size, anchor="rm")
        for box, word in ((parts.year, "年"), (parts.month, "月"), (parts.day, "日")):
            if box:
                self.text(box[0] + box[2] + 0.4, box[1] + box[3] / 2, word, size)

    def ruled(self, name: str, edges: Sequence[float], heads: Sequence[str], head: float, size: float = 3) -> float:
        """A table's lines from its definition: heading cells between the edges, rows below. Its lower edge."""
        table = self.table(name)
        top = self.row_top(name)
        for left, right, words in zip(edges, edges[1:], heads, strict=False):
            self.label((left, top - head, right - left, head), words, size)
        bottom = top + table.rows * table.row_height
        for edge in edges:
            self.line(edge, top, edge, bottom, 0.2)
        for row in range(1, table.rows + 1):
            self.line(edges[0], top + row * table.row_height, edges[-1], top + row * table.row_height, 0.2)
        self.frame((edges[0], top - head, edges[-1] - edges[0], bottom - top + head), 0.35)
        return bottom

    def row_top(self, name: str) -> float:
        """Where a table's first row begins: its boxes stay half a millimetre inside the lines."""
        tops = [column.box[1] for column in self.table(name).columns if getattr(column, "box", None)]
        return min(tops) - 0.5

    def save(self, path: Path) -> None:
        """The blank as a PNG of sixteen grays, which keeps it small."""
        quantised(self.image).save(path, bits=4, optimize=True, dpi=(PX * 25.4, PX * 25.4))


def quantised(image: Image.Image) -> Image.Image:
    """Sixteen grays, as a palette."""
    levels = np.round(np.asarray(image, np.float32) / 255 * (SHADES - 1)).astype(np.uint8)
    shades = Image.fromarray(levels, "P")
    shades.putpalette([round(level * 255 / (SHADES - 1)) for level in range(SHADES) for _ in range(3)])
    return shades


def around(boxes: Sequence[Box]) -> Box:
    """The box around boxes."""
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


def grown(box: Box, by: float) -> Box:
    """The box with a margin on each side."""
    x, y, w, h = box
    return x - by, y - by, w + 2 * by, h + 2 * by
