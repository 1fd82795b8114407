"""Paper forms, the part that opens what came from outside: pages sorted in the jail, and pictures on their way through the store."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from digilab.jobs.facts import Failure
from digilab.language import LANGUAGES
from ocr.definition.load import LoadedForm, load
from ocr.engine.contract import Picture
from ocr.errors import OcrError, PageError
from ocr.pages import Page, PageLimits, Scan
from ocr.records import Sorted, Verdict
from ocr.register import Sorter
from ocr.writing import jpeg
from workers.failures import EngineFailedError, told

GREYEST = 60
"""Between its channels so much may lie in a pixel that is no line's."""


def sorted_pages(
    files: list[dict[str, str]], forms: list[str], folder: str, limits: dict[str, int]
) -> Iterator[dict[str, Any]]:
    """Runs in the jail: sorts each page, and writes the page (PNG) or what does not fit (JPEG) into `folder`."""
    allowed = PageLimits(**limits)
    yield {"expected": float(sum(_count(file, allowed) for file in files))}
    known = loaded_forms(map(Path, forms))
    sorter, guarded = Sorter(known), any(each.form.personal_number for each in known)
    for order, file in enumerate(files):
        with _scan(file, allowed) as scan:
            for number in range(1, scan.count + 1):
                target = Path(folder) / f"{order}-{number}"
                try:
                    yield _sorted_page(sorter, scan.page(number), target, guarded=guarded)
                except PageError as error:
                    found = Sorted(file["name"], number, Verdict.UNREADABLE)
                    yield {"sorted": asdict(found), "picture": "", "code": error.code, "reason": _sentences(error)}


def _count(file: dict[str, str], limits: PageLimits) -> int:
    with _scan(file, limits) as scan:
        return scan.count


def _scan(file: dict[str, str], limits: PageLimits) -> Scan:
    try:
        return Scan(Path(file["path"]), name=file["name"], limits=limits)
    except OcrError as error:
        raise EngineFailedError(told(error, file["name"])) from error


def _sorted_page(sorter: Sorter, page: Page, target: Path, *, guarded: bool) -> dict[str, Any]:
    found = sorter.sort(page)
    if found.verdict is Verdict.BLANK:
        return {"sorted": asdict(found), "picture": ""}
    if found.verdict is Verdict.FITS:
        picture, content = target.with_suffix(".png"), png(page.image)
    else:
        difference = sorter.difference(page)
        picture, content = target.with_suffix(".jpg"), jpeg(_lines_alone(difference) if guarded else difference)
    picture.write_bytes(content)
    return {"sorted": asdict(found), "picture": str(picture), "dpi": page.dpi}


def _lines_alone(difference: Picture) -> Picture:
    """Its red and blue on white: where a page that fits no form has its personal number, nobody can say."""
    coloured = np.ptp(difference, axis=2, keepdims=True) > GREYEST
    return np.where(coloured, difference, 255).astype(np.uint8)


def loaded_forms(folders: Iterable[Path]) -> tuple[LoadedForm, ...]:
    """The forms; one that was sound when it was published may be refused by a later engine."""
    try:
        return tuple(map(load, folders))
    except OcrError as error:
        raise refused(error) from error


def refused(error: OcrError) -> EngineFailedError:
    """An engine's error that concerns no single file, ready for the record."""
    return EngineFailedError(Failure(error.code, _sentences(error), dict(error.evidence)))


def _sentences(error: OcrError) -> dict[str, str]:
    return {language: error.sentence(language) for language in LANGUAGES}


def png(picture: Picture) -> bytes:
    """Lossless; a picture without colours takes a third of the room as a grey one."""
    grey = picture[:, :, 0]
    colourless = np.array_equal(grey, picture[:, :, 1]) and np.array_equal(grey, picture[:, :, 2])
    # Level 1: twice as quick as the default, and a tenth larger.
    _, content = cv2.imencode(".png", grey if colourless else picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return content.tobytes()


def decoded(content: bytes) -> Picture:
    """A picture of our own making, BGR."""
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def smaller(picture: Picture, share: float) -> Picture:
    """The picture at this share of its width and height."""
    return np.asarray(cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)
