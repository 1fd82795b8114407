"""Pages that must not be read as they are: other papers, old editions, empty backs, halves; and right ones put in upside down."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from forms.cases import MadePage, filled_in, truth_of
from forms.editions import older
from forms.hand import Hand, Paper, Writer
from forms.scanning import MAIN, Scan, scanned
from forms.sheets import strangers
from forms.words import Vocabulary
from forms.writing import write_page
from ocr.definition.form import Form

EXPECTED = {
    "other-form": "unknown",
    "old-edition": "changed",
    "blank-back": "blank",
    "upside-down": "fits",
    "half-page": "cut-off",
}
NOTHING: dict[str, Any] = {
    "form": None,
    "revision": None,
    "form_page": None,
    "fields": {},
    "values": {},
    "troubles": {},
}


class Desk:
    """Where one wrong page is made."""

    def __init__(self, form: Form, vocabulary: str, seed: str, number: int) -> None:
        self.form, self.number = form, number
        self.rng = random.Random(seed)
        self.words = Vocabulary(vocabulary, self.rng)
        self.hand = Hand.of(self.rng)

    def right_page(self, form: Form, page: int = 1) -> tuple[Paper, dict[str, Any]]:
        """A page of a form filled in, and its truth."""
        filled = filled_in(self.form, self.words)
        return write_page(form, page, filled, self.hand, self.rng), truth_of(form, page, filled)

    def other_form(self) -> tuple[Paper, dict[str, Any]]:
        """A paper that no definition knows."""
        sheet, boxes = strangers.printed(self.number)
        paper = cv2.cvtColor(np.asarray(sheet.image), cv2.COLOR_GRAY2BGR).astype(np.uint8)
        writer = Writer(paper, self.hand, self.rng)
        for box in boxes:
            writer.line(box, self.words.one(self.rng.choice(("reasons", "purposes", "destinations"))))
        return paper, dict(NOTHING)

    def old_edition(self) -> tuple[Paper, dict[str, Any]]:
        """The form as it was before, its block 6 to 10 mm from where it is today."""
        form = older(self.form, round(self.rng.uniform(6, 10), 1))
        paper, truth = self.right_page(form)
        return paper, {**truth, "fields": {}, "values": {}}

    def blank_back(self) -> tuple[Paper, dict[str, Any]]:
        """The back of a form, with a shade of its front shining through."""
        front, _ = self.right_page(self.form)
        through = cv2.GaussianBlur(cv2.flip(front, 1), (0, 0), 6).astype(np.float32)
        return (255 - (255 - through) * self.rng.uniform(0, 0.06)).astype(np.uint8), dict(NOTHING)

    def whole(self) -> tuple[Paper, dict[str, Any]]:
        """A right page, to be turned or cut once it is scanned."""
        return self.right_page(self.form, self.rng.randint(1, len(self.form.pages)))


def _cut(scan: Scan, rng: random.Random) -> Scan:
    """Half of the page: the rest was never scanned, or lay under a white sheet."""
    picture = scan.picture.copy()
    along = rng.choice((0, 0, 1))
    length = picture.shape[along]
    kept, first = int(length * rng.uniform(0.45, 0.6)), rng.random() < 0.5
    part = slice(0, kept) if first else slice(length - kept, length)
    index = (part, slice(None)) if along == 0 else (slice(None), part)
    if rng.random() < 0.5:
        return replace(scan, picture=np.ascontiguousarray(picture[index]))
    white = np.full_like(picture, 250 if picture.ndim == 3 else 255)
    white[index] = picture[index]
    return replace(scan, picture=white)


MAKERS: dict[str, Callable[[Desk], tuple[Paper, dict[str, Any]]]] = {
    "other-form": Desk.other_form,
    "old-edition": Desk.old_edition,
    "blank-back": Desk.blank_back,
    "upside-down": Desk.whole,
    "half-page": Desk.whole,
}


def make_wrong(forms: Sequence[Form], vocabulary: str, seed: int, pages: int) -> Iterator[MadePage]:
    """`pages` pages, the five sorts in turn, in all kinds of scan but upside down (which is a sort here)."""
    kinds = [kind for kind in MAIN if kind != "upside-down"]
    turns = zip(range(pages), itertools.cycle(MAKERS), strict=False)
    for number, sort in turns:
        around = number // len(MAKERS)
        kind = kinds[(around + 3 * (number % len(MAKERS))) % len(kinds)]
        place = f"{vocabulary}/{seed}/wrong/{number}"
        desk = Desk(forms[around % len(forms)], vocabulary, place, around)
        paper, truth = MAKERS[sort](desk)
        scan = scanned(paper, kind, place)
        if sort == "upside-down":
            scan = replace(scan, picture=cv2.rotate(scan.picture, cv2.ROTATE_180))
        elif sort == "half-page":
            scan, truth = _cut(scan, desk.rng), {**truth, "fields": {}, "values": {}}
        truth |= {
            "case": number + 1,
            "kind": kind,
            "hand": desk.hand.kind,
            "font": desk.hand.family,
            "ink": desk.hand.ink,
        }
        yield MadePage(scan, {**truth, "expected": EXPECTED[sort], "wrong": sort})
