"""Reads pages that have been sorted: the evidence for each field, before any check."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol

import cv2
import numpy as np

from ocr.aligned import AlignedPage
from ocr.definition.form import AnyField, Column, DateField, Form, KanaField, PersonalNumberField, TextField, Written
from ocr.engine.contract import Picture, Recogniser
from ocr.engine.decode import decode
from ocr.glyphs import by_size
from ocr.ink import Blank
from ocr.marks import marks
from ocr.pages.page import Page
from ocr.records import Box, Evidence, PageReading, Place, Reading, Sorted
from ocr.regions import Spot, Writing, crops, spots, writing
from ocr.register.warp import PX_PER_MM
from ocr.signs import of_scan, of_writing, strongest
from ocr.values.alphabets import alphabet, pieces
from ocr.values.personal import concealed
from ocr.variants import Evened
from ocr.version import VERSION

_CROP_MARGIN = 1.5  # millimetres of the sheet around a field that a person sees
_HIDDEN = 160


def _encodable(codec: str) -> frozenset[str]:
    every = (chr(code) for code in range(0x20, 0x10000) if not 0xD800 <= code < 0xF900)
    return frozenset(each for each in every if each.encode(codec, "ignore"))


_SHAPES = frozenset("□■◇◆")
_NAMES = (_encodable("cp932") | _encodable("shift_jis_2004")) - _SHAPES
_WORDS = _encodable("shift_jis") - _SHAPES | frozenset("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㈱㈲㈹№℡㍾㍽㍼㍻～－￥髙﨑")
"""Free writing is Japanese: the recogniser's Chinese forms (书, 决, 綠) stand for their neighbours in JIS X 0208."""


class Loaded(Protocol):
    """A form with the pictures of its unfilled pages, 12 px/mm."""

    @property
    def form(self) -> Form: ...

    @property
    def blanks(self) -> Sequence[Picture]: ...


class FormReader:
    """Prepared once for its forms, with a recogniser that is open; a page's reading depends on that page alone."""

    def __init__(self, forms: Sequence[Loaded], recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._forms = {(loaded.form.id, loaded.form.revision): loaded for loaded in forms}
        self._blanks: dict[tuple[str, str, int], Blank] = {}

    @cached_property
    def _evened(self) -> Evened:
        return Evened(self._recogniser.name, self._recogniser.characters)

    @property
    def engine(self) -> str:
        """Engine version and recogniser, kept with every reading."""
        return f"{VERSION}, {self._recogniser.name}"

    def read(self, page: Page, found: Sorted) -> PageReading:
        """Every field of a page that fits its form; no evidence for any other page. Personal numbers are checked and masked at once."""
        if found.place is None:
            return PageReading(found, (), engine=self.engine)
        aligned = AlignedPage(page.image, found.place, self._blank(found.place))
        evidence = tuple(self._evidence(aligned, spot) for spot in self._spots(found.place))
        reading = PageReading(found, evidence, of_scan(page.image, aligned), self.engine)
        return concealed(reading, self._forms[found.place.form, found.place.revision].form)

    def crop(self, page: Page, found: Sorted, path: str) -> Picture:
        """The field on the sheet with a little around it, for a person; a personal number comes out hidden."""
        if found.place is None:
            raise ValueError(f"{page.file}, page {page.number} belongs to no form")
        spot = next((each for each in self._spots(found.place) if each.path == path), None)
        if spot is None:
            raise KeyError(path)
        x, y, width, height = spot.box
        box = (x - _CROP_MARGIN, y - _CROP_MARGIN, width + 2 * _CROP_MARGIN, height + 2 * _CROP_MARGIN)
        picture = _cut(page.image, found.place, box)
        if isinstance(spot.field, PersonalNumberField):
            picture[:] = _HIDDEN
        return picture

    def _blank(self, place: Place) -> Blank:
        key = (place.form, place.revision, place.page)
        if key not in self._blanks:
            self._blanks[key] = Blank(self._forms[key[:2]].blanks[place.page - 1])
        return self._blanks[key]

    def _spots(self, place: Place) -> tuple[Spot, ...]:
        return spots(self._forms[place.form, place.revision].form.pages[place.page - 1])

    def _evidence(self, page: AlignedPage, spot: Spot) -> Evidence:
        field = spot.field
        if isinstance(field, DateField) and field.parts is not None:
            found = [writing(page, box, dots=False) for box in spot.boxes]
            read = [self._read(each, field, 1, piece) for each, piece in zip(found, pieces(field), strict=True)]
            signs = [of_writing(each, one, 0) for each, one in zip(found, read, strict=True)]
            ink = float(np.mean([each.share for each in found]))
            return Evidence(spot.path, spot.box, pieces=tuple(read), ink=ink, signs=strongest(signs))
        if isinstance(field, Written | DateField):
            written = writing(page, spot.box, dots=isinstance(field, TextField | KanaField | DateField))
            reading = self._read(written, field, field.lines if isinstance(field, TextField) else 1)
            signs_found = of_writing(written, reading, getattr(field, "cells", 0))
            return Evidence(spot.path, spot.box, reading, ink=written.share, signs=signs_found)
        found_marks = marks(page, spot)
        return Evidence(spot.path, spot.box, marks=found_marks, ink=max(mark.density for mark in found_marks))

    def _read(self, found: Writing, field: AnyField | Column, lines: int, piece: str = "") -> Reading:
        name = isinstance(field, TextField) and field.nature == "name"
        allowed = alphabet(field, piece) or (_NAMES if name else _WORDS)
        return _joined([self._recognised(crop, allowed, name) for crop in crops(found, lines)])

    def _recognised(self, crop: Picture, allowed: frozenset[str], name: bool) -> Reading:
        probabilities, characters = self._recogniser.probabilities(crop), self._recogniser.characters
        weighed = self._evened(probabilities) if name else probabilities
        return by_size(decode(weighed, characters, allowed), crop, probabilities, characters, allowed)


def _joined(lines: Sequence[Reading]) -> Reading:
    """Lines of one field as one reading; its runner-up differs in the line that is least sure."""
    if not lines:
        return Reading("")
    if len(lines) == 1:
        return lines[0]
    doubtful = min(range(len(lines)), key=lambda number: lines[number].margin)
    texts = [line.text for line in lines]
    return replace(
        lines[doubtful],
        text="".join(texts),
        characters=tuple(character for line in lines for character in line.characters),
        free="".join(line.free for line in lines),
        runner_up="".join([*texts[:doubtful], lines[doubtful].runner_up, *texts[doubtful + 1 :]]),
    )


def _cut(image: Picture, place: Place, box: Box) -> Picture:
    x, y, width, height = (each * PX_PER_MM for each in box)
    moved = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]]) @ np.array(place.homography).reshape(3, 3)
    cut = cv2.warpPerspective(
        image, moved, (round(width), round(height)), flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255)
    )
    return np.asarray(cut, np.uint8)
