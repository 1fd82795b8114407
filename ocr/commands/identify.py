"""python -m ocr identify SCAN …: which form is each page, and does it fit?"""

import argparse
import json
import sys
from dataclasses import asdict

from ocr.commands.say import DONE, SOME_FAILED, Say
from ocr.commands.scans import Pile, forms_in
from ocr.pages import Page
from ocr.records import Sorted, Verdict
from ocr.register import Sorter
from ocr.writing.wording import held_because


def run(call: argparse.Namespace, say: Say) -> int:
    """0 when every page fits a form or is blank, 1 otherwise."""
    forms = forms_in(call.forms)
    titles = {(each.form.id, each.form.revision): each.form.title for each in forms}
    sorter = Sorter(forms)
    pile = Pile(call.scans, say)
    found: list[Sorted] = []
    for page in pile:
        found.append(sorter.sort(page) if isinstance(page, Page) else page)
        if not call.json:
            say.line(_told(found[-1], titles, say))
    if call.json:
        json.dump([asdict(each) for each in found], sys.stdout)
        print()
    held = [each for each in found if each.verdict not in (Verdict.FITS, Verdict.BLANK)]
    return SOME_FAILED if held or pile.refused else DONE


def _told(found: Sorted, titles: dict[tuple[str, str], str], say: Say) -> str:
    if found.place is None:
        return held_because(found, say.language)
    place = found.place
    notices = "".join(f" {say.word(code)}" for code in found.notices)
    return (
        say.word(
            "run-identified",
            file=found.file,
            page=found.page,
            title=titles[place.form, place.revision],
            id=place.form,
            revision=place.revision,
            form_page=place.page,
            fit=f"{place.fit:.0%}",
        )
        + notices
    )
