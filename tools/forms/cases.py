"""Cases of filled forms, scanned, with their truth."""

import importlib
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from forms.entries import EMPTY, Filled
from forms.hand import Hand
from forms.scanning import Scan, scanned
from forms.troubles import trouble
from forms.words import Vocabulary
from forms.writing import placed, write_page
from ocr.definition.form import Form


@dataclass(frozen=True)
class MadePage:
    """One page scanned, and what it must be read as: a page entry of truth.json without its file."""

    scan: Scan
    truth: dict[str, Any]


def filled_in(form: Form, vocabulary: Vocabulary) -> Filled:
    """A case of the form by its own rules."""
    return importlib.import_module(f"forms.filling.{form.id.replace('-', '_')}").fill(vocabulary)


def truth_of(form: Form, page: int, filled: Filled) -> dict[str, Any]:
    """The fields of a page: what stands there, and the value where that is something else."""
    paths = [path for path, _, _ in placed(form, page)]
    entries = {path: filled.entries.get(path, EMPTY) for path in paths}
    return {
        "form": form.id,
        "revision": form.revision,
        "form_page": page,
        "fields": {path: entry.raw for path, entry in entries.items()},
        "values": {path: entry.value for path, entry in entries.items() if entry.value},
        "troubles": {path: filled.troubles[path] for path in paths if path in filled.troubles},
        "expected": "fits",
    }


def make_case(
    form: Form, kinds: Sequence[str], vocabulary: str, seed: str, number: int, troubled: float = 0
) -> Iterator[MadePage]:
    """One case, page by page; `kinds` by page in turn. `troubled` is how likely something about it is difficult."""
    rng = random.Random(seed)
    filled = filled_in(form, Vocabulary(vocabulary, rng))
    hand = Hand.of(rng)
    if random.Random(f"{seed}/trouble").random() < troubled:
        trouble(form, filled, random.Random(f"{seed}/which"))
    for page, kind in zip(range(1, len(form.pages) + 1), itertools.cycle(kinds)):
        paper = write_page(form, page, filled, hand, rng)
        truth = truth_of(form, page, filled)
        truth |= {"case": number, "kind": kind, "hand": hand.kind, "font": hand.family, "ink": hand.ink}
        yield MadePage(scanned(paper, kind, f"{seed}/{page}"), truth)


def make_cases(
    forms: Sequence[Form], kinds: Sequence[str], vocabulary: str, seed: int, pages: int, troubled: float = 0
) -> Iterator[MadePage]:
    """Cases until there are `pages` pages: every form in turn, and every form in every kind before one comes again."""
    kinds, made = list(kinds), 0
    turns = {form.id: itertools.cycle(kinds[place:] + kinds[:place]) for place, form in enumerate(forms)}
    for number, form in enumerate(itertools.cycle(forms), 1):
        chosen = [next(turns[form.id]) for _ in form.pages]
        for page in make_case(form, chosen, vocabulary, f"{vocabulary}/{seed}/{form.id}/{number}", number, troubled):
            yield page
            made += 1
            if made == pages:
                return
