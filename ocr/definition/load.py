"""A definition's folder → `LoadedForm`. Everything that can be wrong with it is told at once, by file, line and field."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ocr.definition import banks, blank, source, types
from ocr.definition.banks import BankMaster
from ocr.definition.blank import Picture
from ocr.definition.checking import check
from ocr.definition.faults import DefinitionFaultsError, FaultError, FileMissingError, FileNameError, TooBigError
from ocr.definition.form import Form
from ocr.definition.source import Source

NAME = "form.yaml"


@dataclass(frozen=True)
class LoadedForm:
    """A form ready for reading."""

    form: Form
    blanks: tuple[Picture, ...]
    """One picture per page, BGR at 12 px/mm."""
    banks: BankMaster | None
    digest: str
    """SHA-256 (hex) over form.yaml and the files that it names, with their names: equal digests, equal readings."""


def load(folder: Path) -> LoadedForm:
    """The definition in `folder`; raises `DefinitionFaultsError` with every fault found."""
    form_file = folder / NAME
    hashed = hashlib.sha256()
    try:
        content = _bytes(form_file, source.MOST_BYTES, 0)
        text = source.read(content, NAME)
    except FaultError as fault:
        raise DefinitionFaultsError(folder.name, [fault]) from fault
    _add(hashed, NAME, content)
    try:
        form = Form.model_validate(text.data)
    except ValidationError as error:
        raise DefinitionFaultsError(folder.name, types.faults(error, text)) from error
    faults = list(check(form, text))
    blanks: list[Picture] = []
    master: BankMaster | None = None
    for number, page in enumerate(form.pages):
        try:
            blanks.append(_blank(folder, text, number, page.blank, page.size, hashed))
        except FaultError as fault:
            faults.append(fault)
    if form.banks:
        try:
            master = _master(folder, text, form.banks, hashed)
        except FaultError as fault:
            faults.append(fault)
    if faults:
        raise DefinitionFaultsError(folder.name, faults)
    return LoadedForm(form, tuple(blanks), master, hashed.hexdigest())


def load_all(folder: Path) -> tuple[LoadedForm, ...]:
    """Every definition in the folders of `folder`, by name; raises `DefinitionFaultsError` for the first that has any."""
    return tuple(load(each.parent) for each in sorted(folder.glob(f"*/{NAME}")))


def _blank(
    folder: Path, text: Source, number: int, name: str, size: tuple[float, float], hashed: "hashlib._Hash"
) -> Picture:
    line = text.line(("pages", number, "blank"))
    content = _bytes(_beside(folder, name, line), blank.MOST_BYTES, line)
    _add(hashed, name, content)

    def complain(fault: type[FaultError], **evidence: str | int) -> FaultError:
        return fault(**{"file": NAME, "line": line, "field": "", "found": name, **evidence})

    return blank.decode(content, size, complain)


def _master(folder: Path, text: Source, name: str, hashed: "hashlib._Hash") -> BankMaster:
    line = text.line(("banks",))
    content = _bytes(_beside(folder, name, line), banks.MOST_BYTES, line)
    _add(hashed, name, content)
    return banks.parse(content, lambda fault, **evidence: fault(**{"file": name, "field": "", **evidence}))


def _beside(folder: Path, name: str, line: int) -> Path:
    """The file of this plain name in the folder; a path, a link or a dot name would lead to somebody else's file."""
    if name != Path(name).name or "\\" in name or name.startswith(".") or (folder / name).is_symlink():
        raise FileNameError(file=NAME, line=line, field="", found=name)
    return folder / name


def _bytes(file: Path, most: int, line: int) -> bytes:
    """The whole file, never more than `most` bytes of it."""
    if not file.is_file():
        raise FileMissingError(file=NAME, line=line, field="", found=file.name)
    with file.open("rb") as opened:
        content = opened.read(most + 1)
    if len(content) > most:
        limit = f"{most // 1_000_000} MB" if most >= 1_000_000 else f"{most // 1024} KB"
        raise TooBigError(file=NAME, line=line, field="", found=file.name, limit=limit)
    return content


def _add(hashed: "hashlib._Hash", name: str, content: bytes) -> None:
    hashed.update(f"{name}\0{len(content)}\0".encode())
    hashed.update(content)
