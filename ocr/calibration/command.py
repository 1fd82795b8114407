"""What `python -m ocr calibrate` does: read labelled forms, learn, print how well it holds, save."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from ocr.calibration.example import Example
from ocr.calibration.labelled import cases_of, examples, labelled_pages
from ocr.calibration.learn import learn
from ocr.calibration.model import Calibration
from ocr.definition.load import LoadedForm
from ocr.engine.contract import Recogniser
from ocr.errors import sentence
from ocr.reading import FormReader
from ocr.register import Sorter
from ocr.version import VERSION


def calibrate(
    forms: Sequence[LoadedForm], folders: Sequence[Path], recogniser: Recogniser, output: Path, today: date
) -> Calibration:
    """Learn from every labelled folder and save. Raises LabelsBrokenError, TooFewLabelsError and what reading raises."""
    seen = [example for folder in folders for example in read_all(forms, folder, recogniser, today)]
    calibration = learn(seen, f"{VERSION}, {recogniser.name}")
    calibration.save(output)
    return calibration


def read_all(forms: Sequence[LoadedForm], folder: Path, recogniser: Recogniser, today: date) -> Iterator[Example]:
    """Every value of a labelled folder, case by case."""
    sorter, reader = Sorter(forms), FormReader(forms, recogniser)
    by_id = {loaded.form.id: loaded for loaded in forms}
    for _, members in cases_of(labelled_pages(folder)):
        if members[0].form in by_id:
            yield from examples(folder, members, by_id, sorter, reader, today)


def told(calibration: Calibration, language: str) -> str:
    """The reliability curve and what may pass without a look, for a person."""
    lines = [sentence("calibration-heading", language, {"labelled": calibration.labelled, "wrong": calibration.wrong})]
    lines += [f"{each.count:7d}  {each.said:9.3%}  {each.wrong:9.3%}" for each in calibration.curve]
    lines.append(sentence("calibration-error", language, {"error": f"{calibration.error:.4f}"}))
    lines += [
        sentence(
            "calibration-acceptance",
            language,
            {"budget": f"{each.budget:.1%}", "share": f"{each.share:.1%}", "threshold": f"{each.threshold:.2%}"},
        )
        for each in calibration.acceptances
    ]
    return "\n".join(lines)
