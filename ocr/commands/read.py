"""python -m ocr read FORM_DIR SCAN … -o OUT: scans to checked values in a file."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ocr.calibration import Calibration
from ocr.cases import group
from ocr.commands.say import DONE, SOME_FAILED, WRONG_CALL, Say
from ocr.commands.scans import Bar, Pile, forms_in, make_ready, today
from ocr.definition.load import LoadedForm
from ocr.engine import open_recogniser
from ocr.judging import judge
from ocr.pages import Page
from ocr.reading import FormReader
from ocr.records import Case, Decision, PageReading, Sorted, Verdict
from ocr.register import Sorter
from ocr.writing import FORMATS, jpeg, overlay, write_all, write_pdf
from ocr.writing.wording import held_because


def run(call: argparse.Namespace, say: Say) -> int:
    """0 when every page was read or is blank, 1 when a page was held or a file refused, 2 for an unknown kind of output."""
    kind = call.out.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        say.trouble(say.word("run-unknown-output", name=call.out.name, known=", ".join(f".{each}" for each in FORMATS)))
        return WRONG_CALL
    # Before anything is read: a pile takes hours.
    make_ready(call.out)
    if call.overlay:
        call.overlay.mkdir(parents=True, exist_ok=True)
    forms = forms_in(call.form)
    estimator = Calibration.load(call.calibration) if call.calibration else Calibration.shipped()
    pile = Pile(call.scans, say)
    if not pile.count:
        return SOME_FAILED
    with open_recogniser(call.engine, call.model, call.threads) as recogniser:
        if estimator.engine.partition(", ")[2] != recogniser.name:
            say.trouble(say.word("run-calibration-of-another", learnt=estimator.engine, engine=recogniser.name))
        pictures: list[bytes] | None = [] if call.overlay else None
        bar = Bar(pile.count, say, sys.stderr)
        readings = list(_readings(pile, Sorter(forms), FormReader(forms, recogniser), bar, pictures))
    by_key = {(each.form.id, each.form.revision): each for each in forms}
    cases = [
        judge(_of(by_key, pages), pages, number, estimator, call.date or today())
        for number, pages in enumerate(group(forms, readings), 1)
    ]
    held = [each.sorted for each in readings if each.sorted.verdict is not Verdict.FITS]
    written = write_all(cases, forms, call.out.parent, call.out.stem, held=held, language=say.language, formats=(kind,))
    if pictures is not None:
        written += _drawn(call, pile, cases, pictures, say)
    _summary(cases, held, written, say)
    stopped = [each for each in held if each.verdict is not Verdict.BLANK]
    return SOME_FAILED if stopped or pile.refused else DONE


def _readings(
    pile: Pile, sorter: Sorter, reader: FormReader, bar: Bar, pictures: list[bytes] | None
) -> Iterator[PageReading]:
    """Every page's reading; `pictures` takes those of what does not fit."""
    for page in pile:
        if isinstance(page, Sorted):
            yield PageReading(page, (), engine=reader.engine)
        else:
            found = sorter.sort(page)
            if pictures is not None and found.verdict not in (Verdict.FITS, Verdict.BLANK):
                pictures.append(jpeg(sorter.difference(page)))
            yield reader.read(page, found)
        bar.step()


def _of(by_key: dict[tuple[str, str], LoadedForm], pages: Sequence[PageReading]) -> LoadedForm:
    place = pages[0].sorted.place
    if place is None:
        raise ValueError("a case is made of pages that fit")
    return by_key[place.form, place.revision]


def _drawn(
    call: argparse.Namespace, pile: Pile, cases: Sequence[Case], pictures: Sequence[bytes], say: Say
) -> list[Path]:
    """The pages with the fields drawn in, and those that do not fit, as PDF."""

    def target(code: str) -> Path:
        return Path(call.overlay / f"{call.out.stem}_{say.word(code)}.pdf")

    drawn = []
    if cases:
        pages = (page for page in pile if isinstance(page, Page))
        drawn.append(overlay(pages, cases, target("output-overlay"), language=say.language))
    if pictures:
        drawn.append(write_pdf(pictures, target("output-difference")))
    return drawn


def _summary(cases: Sequence[Case], held: Sequence[Sorted], written: Sequence[Path], say: Say) -> None:
    values = [value for case in cases for value in case.values]
    doubts = sum(1 for value in values if value.decision is not Decision.ACCEPT)
    say("run-read", cases=len(cases), values=len(values), doubts=doubts, held=len(held))
    for each in held:
        say.line(held_because(each, say.language))
    for path in written:
        say("run-written", path=str(path))
