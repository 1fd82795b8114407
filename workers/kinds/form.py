"""Paper forms: the only bridge between jobs and the engine `ocr`."""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from digilab.errors import FormBlankError, FormMismatchError, FormModelError
from digilab.forms.rules import ACCEPT
from digilab.forms.values import Read
from digilab.jobs.facts import Failure, NewPart, Output
from digilab.jobs.names import unique_names
from digilab.language import LANGUAGES, text
from ocr.calibration import Calibration
from ocr.definition.form import PersonalNumberField
from ocr.definition.load import LoadedForm
from ocr.engine import open_recogniser
from ocr.errors import EngineMissingError, EngineUnknownError, ModelError, OcrError
from ocr.pages import Page
from ocr.reading import FormReader
from ocr.records import (
    PageReading,
    Place,
    Sorted,
    Verdict,
    page_to_json,
    sorted_from_json,
)
from ocr.register import warp
from ocr.register.warp import PX_PER_MM
from ocr.writing import jpeg
from workers.context import Context, Done, Joined, PinnedForm
from workers.failures import EngineFailedError
from workers.jail import Limits, opened
from workers.kinds.form_pages import decoded, loaded_forms, png, smaller
from workers.kinds.form_results import SHRINK, STEM, Key

JST = ZoneInfo("Asia/Tokyo")
LONGEST_TITLE = 60
CROP_SHARE = 2 / 3
"""Of the template's pixels: crops at 8 px/mm."""
WARM = 3
"""So many forms stay prepared."""
CONTENT_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


# --- split ------------------------------------------------------------------------------------------------


def split(context: Context) -> Done:
    """Open the scans, sort every page to the pinned forms; what fits becomes work by the handful, what does not is kept for a person."""
    # What an earlier run handed over stays as that run sorted it, whatever setting or version of the engine has changed since.
    known = {page["sheet"] for payload in context.known_work.values() for page in payload["pages"]}
    ordinal = max(context.known_work, default=-1) + 1
    held: list[dict[str, Any]] = []
    handful: list[dict[str, Any]] = []
    sheets = 0
    for record in _sorted(context):
        context.progress(0.0)
        if "expected" in record:
            context.expect(record["expected"])
            continue
        sheets += 1
        if sheets in known:
            if record["picture"]:
                Path(record["picture"]).unlink()
            continue
        if record["sorted"]["verdict"] != Verdict.FITS:
            held.append(_held(context, sheets, record))
            continue
        handful.append({"sheet": sheets, **record})
        if len(handful) == context.settings.forms.pages_per_part:
            _hand_over(context, ordinal, handful)
            handful, ordinal = [], ordinal + 1
    if handful:
        _hand_over(context, ordinal, handful)
    if len(held) == sheets:
        raise _mismatch(context, held)
    context.expect(float(sheets - len(held)))
    return Done({"held": held})


def _sorted(context: Context) -> Iterator[dict[str, Any]]:
    """What the jail tells of all files: first how many pages there are, then each page."""
    forms = context.settings.forms
    with ExitStack() as originals:
        files = [
            {"path": str(originals.enter_context(context.original(file))), "name": file.name}
            for file in context.job.inputs
        ]
        arguments = {
            "files": files,
            "forms": [str(folder) for folder in _folders(context)],
            "folder": str(context.scratch),
            "limits": {"pages": forms.max_pages, "pixels": forms.max_pixels},
        }
        # The jail's time is one file's; here one child opens them all.
        usual = _limits(context)
        allowed = replace(usual, seconds=usual.seconds * len(files))
        with opened("workers.kinds.form_pages:sorted_pages", arguments, allowed) as records:
            yield from records


def _hand_over(context: Context, ordinal: int, handful: Sequence[dict[str, Any]]) -> None:
    """Keep the pages in the store and make them a part."""
    pages = [{**page, "picture": _stored(context, context.key, page)} for page in handful]
    context.add_work([NewPart(ordinal, float(len(pages)), {"pages": pages})])
    for page in handful:
        Path(page["picture"]).unlink()


def _held(context: Context, sheet: int, record: dict[str, Any]) -> dict[str, Any]:
    """A page that is not read; the picture of what does not fit stays."""
    page = {"sheet": sheet, **record}
    return {**page, "picture": _stored(context, context.lasting_key, page) if record["picture"] else None}


def _stored(context: Context, key_of: Callable[[str], str], page: dict[str, Any]) -> str:
    picture = Path(page["picture"])
    return context.put(key_of(f"{page['sheet']}{picture.suffix}"), picture.read_bytes())


def _mismatch(context: Context, held: Sequence[dict[str, Any]]) -> EngineFailedError:
    """Why not one page could be read, with the pictures that show it."""
    shown = [page for page in held if page["sorted"]["verdict"] not in (Verdict.BLANK, Verdict.UNREADABLE)]
    if not shown:
        return EngineFailedError(_unseen(held))
    first = sorted_from_json(shown[0]["sorted"])
    titles = {form.name: form.title for form in context.job.forms}
    told_in: dict[str, str] = {
        language: FormMismatchError(
            name=first.file,
            page=first.page,
            form=titles.get(first.nearest) or text(language, "forms.no-form"),
        ).sentence(language)
        for language in LANGUAGES
    }
    evidence = {"name": first.file, "page": first.page, "form": first.nearest, "verdict": first.verdict.value}
    arguments = {"held": _differences(context, held), "folder": str(context.scratch)}
    with opened("workers.kinds.form_results:difference_file", arguments, _limits(context)) as records:
        outputs = [_result(context, record) for record in records]
    return EngineFailedError(Failure(FormMismatchError.code, told_in, evidence), outputs)


def _unseen(held: Sequence[dict[str, Any]]) -> Failure:
    """Why no page was even compared: the first one that could not be opened, or all are blank."""
    unreadable = next((page for page in held if page["sorted"]["verdict"] == Verdict.UNREADABLE), None)
    if unreadable is None:
        return Failure.of(FormBlankError(count=len(held)))
    page = sorted_from_json(unreadable["sorted"])
    return Failure(unreadable["code"], unreadable["reason"], {"name": page.file, "page": page.page})


# --- work -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prepared:
    """A form, and what reads it."""

    form: LoadedForm
    reader: FormReader


class Readers:
    """A warm recogniser, with the forms that were read last: a blank takes 27 MB, and a job may be pinned to dozens."""

    def __init__(self, name: str, model: Path | None, threads: int) -> None:
        self._recogniser = open_recogniser(name, model, threads)
        self._ready: OrderedDict[str, Prepared] = OrderedDict()

    def __enter__(self) -> Self:
        self._recogniser.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ready.clear()
        self._recogniser.__exit__(kind, error, trace)

    def of(self, context: Context, found: Sorted) -> Prepared:
        """What reads a page that was sorted to one of the forms that the job is pinned to."""
        [form] = [each for each in context.job.forms if found.place and (each.name, each.revision) == _key(found.place)]
        if form.digest not in self._ready:
            while len(self._ready) >= WARM:
                self._ready.popitem(last=False)
            [loaded] = loaded_forms([_folder(context, form)])
            self._ready[form.digest] = Prepared(loaded, FormReader([loaded], self._recogniser))
        self._ready.move_to_end(form.digest)
        return self._ready[form.digest]


def work(context: Context) -> Done:
    """Read a handful of pages. The readings go to the join, pictures of pages and fields stay for those who check."""
    readers = _readers(context)
    read = []
    for number, page in enumerate(context.part.payload["pages"], 1):
        found = sorted_from_json(page["sorted"])
        scan = Page(found.file, found.page, decoded(context.get(page["picture"])), page["dpi"], found.notices)
        prepared = readers.of(context, found)
        reading = prepared.reader.read(scan, found)
        crops, spans = _crops(prepared.reader, scan, reading)
        sheet = page["sheet"]
        read.append(
            {
                "sheet": sheet,
                "reading": page_to_json(reading),
                "crops": context.put(context.lasting_key(f"{sheet}.crops"), crops),
                "spans": spans,
                "picture": context.put(context.lasting_key(f"{sheet}.jpg"), _sheet(scan, found, prepared.form)),
            }
        )
        context.progress(float(number))
    # Kept for good: a value that turns out to be wrong is put right, and the results written anew, without reading again.
    key = context.put(context.lasting_key("readings.json"), json.dumps(read).encode())
    pictures = [page["picture"] for page in read]
    return Done({"readings": key, "pictures": pictures}, steps=context.part.weight)


def _readers(context: Context) -> Readers:
    chosen = context.settings.forms
    try:
        readers: Readers = context.engines.get(
            f"form:{chosen.recogniser}:{chosen.model}",
            lambda: Readers(chosen.recogniser, chosen.model, context.threads),
        )
    except (ModelError, EngineMissingError, EngineUnknownError) as error:
        raise FormModelError(reason=error.sentence(context.settings.language)) from error
    return readers


def _crops(reader: FormReader, scan: Page, reading: PageReading) -> tuple[bytes, dict[str, list[int]]]:
    """The crops of all fields as PNG one after the other, and where each begins and how long it is: one file a page, not thirty."""
    content, spans = bytearray(), {}
    for evidence in reading.evidence:
        crop = png(smaller(reader.crop(scan, reading.sorted, evidence.path), CROP_SHARE))
        spans[evidence.path] = [len(content), len(crop)]
        content += crop
    return bytes(content), spans


def _sheet(scan: Page, found: Sorted, loaded: LoadedForm) -> bytes:
    """The page as its form lies, for people: JPEG, personal numbers blacked out."""
    if found.place is None:
        raise ValueError(f"{found.file}, page {found.page} belongs to no form")
    picture = smaller(warp(scan.image, found.place), 1 / SHRINK)
    scale = PX_PER_MM / SHRINK
    for field in loaded.form.pages[found.place.page - 1].fields:
        if isinstance(field, PersonalNumberField):
            left, top, width, height = (round(each * scale) for each in field.box)
            picture[max(0, top) : top + height, max(0, left) : left + width] = 0
    return jpeg(picture)


# --- join -------------------------------------------------------------------------------------------------


def join(context: Context) -> Joined:
    """Put pages together to cases, judge them, write the results. In a child process, so that a worker's memory never depends on how many
    pages a job had.

    A further join has people's word in its payload, `{"corrections": {case: {path: text}}}`: the results are written with it, and what
    was read stays in the record as it was. What their word makes doubtful, such as the parts of a sum, goes back to them.
    """
    _calibration(context)
    corrections: dict[str, dict[str, Any]] | None = context.part.payload.get("corrections")
    results = list(context.results())
    held = context.split_result()["held"]
    arguments = {
        "readings": [str(context.fetched(result["readings"])) for result in results],
        "pictures": {key: str(context.fetched(key)) for result in results for key in result["pictures"]},
        "held": held,
        "differences": _differences(context, held),
        "forms": [str(folder) for folder in _folders(context)],
        "revisions": [[form.name, form.revision, form.revision_id] for form in context.job.forms],
        "calibration": str(context.settings.forms.calibration or ""),
        "folder": str(context.scratch / "results"),
        "receipt": context.job.receipt,
        "today": context.job.created_at.astimezone(JST).date().isoformat(),
        "corrections": corrections or {},
    }
    rows: dict[str, list[dict[str, Any]]] = {"sheets": [], "cases": [], "values": []}
    outputs: list[Output] = []
    with opened("workers.kinds.form_results:judged", arguments, _limits(context)) as records:
        for record in records:
            context.progress(0.0)
            if "file" in record:
                outputs.append(_result(context, record))
            else:
                rows[record["table"]] += record["rows"]
    names = unique_names([output.name for output in outputs])
    read = sum(1 for sheet in rows["sheets"] if sheet["verdict"] == Verdict.FITS)
    doubted = [] if corrections is None else _doubted(rows["values"], corrections)
    return Joined(
        [replace(output, name=name) for output, name in zip(outputs, names, strict=True)],
        verified=float(read),
        review=_needs_a_person(rows) if corrections is None else bool(doubted),
        read=Read(rows["sheets"], rows["cases"], rows["values"]) if corrections is None else None,
        doubted=doubted,
    )


def _doubted(values: Sequence[dict[str, Any]], corrections: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """In doubt though nobody has said anything of them: each round of people's word leaves fewer."""
    return [
        value
        for value in values
        if value["decision"] != ACCEPT and value["path"] not in corrections.get(str(value["case_number"]), {})
    ]


def _needs_a_person(rows: dict[str, list[dict[str, Any]]]) -> bool:
    """Blank backs need nobody; every other page that was held back, value in doubt or finding about a case does."""
    return (
        any(value["decision"] != ACCEPT for value in rows["values"])
        or any(case["findings"] for case in rows["cases"])
        or any(sheet["verdict"] not in (Verdict.FITS, Verdict.BLANK) for sheet in rows["sheets"])
    )


# --- of all stages ----------------------------------------------------------------------------------------


def _key(place: Place) -> Key:
    return place.form, place.revision


def _folders(context: Context) -> list[Path]:
    """The definitions that the job is pinned to, as folders in the scratch folder. Raises StoredFileDamagedError."""
    return [_folder(context, form) for form in context.job.forms]


def _folder(context: Context, form: PinnedForm) -> Path:
    folder = context.scratch / f"form-{form.revision_id}"
    folder.mkdir(exist_ok=True)
    for file in form.files:
        with context.original(file) as path:
            (folder / file.name).write_bytes(path.read_bytes())
    return folder


def _differences(context: Context, held: Sequence[dict[str, Any]]) -> list[str]:
    return [str(context.fetched(page["picture"])) for page in held if page["picture"]]


def _result(context: Context, record: dict[str, Any]) -> Output:
    """A written file as a result under the job's title."""
    path = Path(record["file"])
    title = context.job.title[:LONGEST_TITLE]
    return context.output(path, f"{title}{path.name.removeprefix(STEM)}", CONTENT_TYPES[path.suffix])


def _calibration(context: Context) -> None:
    """A calibration of one's own that cannot be read makes the job wait. Raises FormModelError."""
    if chosen := context.settings.forms.calibration:
        try:
            Calibration.load(chosen)
        except OcrError as error:
            raise FormModelError(reason=error.sentence(context.settings.language)) from error


def _limits(context: Context) -> Limits:
    return Limits(context.settings.work.jail_memory_mib, context.settings.work.jail_seconds)
