"""Reads pages that have been sorted: the evidence for each field, before any check."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol

import cv2
import numpy as np

from ocr.aligned import AlignedPage
from ocr.cells import spaced
from ocr.definition.form import AnyField, Column, DateField, Form, KanaField, PersonalNumberField, TextField, Written
from ocr.engine.contract import Picture, Recogniser
from ocr.engine.decode import decode
from ocr.glyphs import by_size, unread
from ocr.ink import Blank
from ocr.marks import marks
from ocr.pages.page import Page
from ocr.records import Box, Evidence, PageReading, Place, Reading, Sorted
from ocr.regions import Spot, crops, spots, writing
from ocr.register.warp import PX_PER_MM
from ocr.signs import of_scan, of_writing, strongest
from ocr.values.alphabets import alphabet, pieces
from ocr.values.personal import concealed
from ocr.variants import Evened
from ocr.version import VERSION

_CROP_MARGIN = 1.5  # millimetres of the sheet around a field that a person sees
_HIDDEN = 160
_SURE, _CLEAR = 0.8, 1.5
"""Least probability and margin from which a line is not read again: a reading below costs 15 ms."""


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
            boxes = zip(spot.boxes, pieces(field), strict=True)
            parts = [self._written(page, box, field, piece, dots=False) for box, piece in boxes]
            read = tuple(reading for reading, _, _ in parts)
            ink = float(np.mean([share for _, _, share in parts]))
            return Evidence(
                spot.path, spot.box, pieces=read, ink=ink, signs=strongest([signs for _, signs, _ in parts])
            )
        if isinstance(field, Written | DateField):
            dots = isinstance(field, TextField | KanaField | DateField)
            reading, signs, share = self._written(page, spot.box, field, dots=dots)
            return Evidence(spot.path, spot.box, reading, ink=share, signs=signs)
        found = marks(page, spot)
        return Evidence(spot.path, spot.box, marks=found, ink=max(mark.density for mark in found))

    def _written(
        self, page: AlignedPage, box: Box, field: AnyField | Column, piece: str = "", *, dots: bool
    ) -> tuple[Reading, dict[str, float], float]:
        """What was written in a box, the signs of doubt about it, and the share of the box that is ink."""
        found = writing(page, box, dots)
        cells = getattr(field, "cells", 0)
        name = isinstance(field, TextField) and field.nature == "name"
        allowed = alphabet(field, piece) or (_NAMES if name else _WORDS)
        used = found.filled(cells) if cells and not found.empty else []
        filled = sum(used)
        lines = crops(found, field.lines if isinstance(field, TextField) else 1)
        read = [self._line(crop, allowed, name, filled) for crop in lines]
        reading = _joined([line for line, _ in read])
        if isinstance(field, KanaField):
            reading = spaced(reading, used)
        return reading, strongest([of_writing(found, reading, filled), *(doubts for _, doubts in read)]), found.share

    def _line(
        self, crop: Picture, allowed: frozenset[str], name: bool, filled: int
    ) -> tuple[Reading, dict[str, float]]:
        """One line, with `unread_ink` and `second_pass_differs`: a doubtful one is read again from a crop cut otherwise.

        Measured on doubtful lines: a second reading differs for two of five wrong ones and for one right one in sixty. It is believed
        when a third agrees with it, or when it alone has as many characters as cells are `filled`.
        """
        first, passed_over = self._recognised(crop, allowed, name)
        signs = {"unread_ink": passed_over}
        if first.least >= _SURE and first.margin >= _CLEAR and passed_over < 1:
            return first, signs
        second, _ = self._recognised(_cropped(crop), allowed, name)
        if _bare(second) == _bare(first):
            return first, signs
        signs["second_pass_differs"] = 1.0
        if filled and (len(_bare(first)) == filled) != (len(_bare(second)) == filled):
            return (first if len(_bare(first)) == filled else second), signs
        third, _ = self._recognised(_narrowed(crop), allowed, name)
        return (second if _bare(third) == _bare(second) else first), signs

    def _recognised(self, crop: Picture, allowed: frozenset[str], name: bool) -> tuple[Reading, float]:
        probabilities, characters = self._recogniser.probabilities(crop), self._recogniser.characters
        weighed = self._evened(probabilities) if name else probabilities
        reading = by_size(decode(weighed, characters, allowed), crop, probabilities, characters, allowed)
        return reading, unread(crop, probabilities, characters)


def _bare(reading: Reading) -> str:
    return "".join(reading.text.split())


def _cropped(crop: Picture) -> Picture:
    """Without half of the margin above and below."""
    rim = round(0.05 * crop.shape[0])
    return crop[rim : crop.shape[0] - rim]


def _narrowed(crop: Picture) -> Picture:
    """Characters an eighth narrower."""
    size = max(8, round(0.88 * crop.shape[1])), crop.shape[0]
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)


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
