"""A definition's folder → `LoadedForm`. Everything that can be wrong with it is told at once, by file, line and field."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ocr.definition import banks, source, types
from ocr.definition.banks import BankMaster
from ocr.definition.blank import MOST_BYTES, Blanks, decode
from ocr.definition.checking import check
from ocr.definition.faults import (
    DefinitionFaultsError,
    FaultError,
    FileMissingError,
    FileNameError,
    FormTwiceError,
    TooBigError,
)
from ocr.definition.form import Form, FormPage
from ocr.definition.source import Source

NAME = "form.yaml"
LONGEST_NAME = 255
"""Bytes that a file system's name may have."""


@dataclass(frozen=True)
class LoadedForm:
    """A form ready for reading."""

    form: Form
    blanks: Blanks
    """One picture per page, BGR at 12 px/mm; decoded when it is asked for, for it takes 27 MB."""
    banks: BankMaster | None
    digest: str
    """SHA-256 (hex) over form.yaml and the files that it names, with their names: equal digests, equal readings."""
    files: tuple[str, ...] = ()
    """Names of those files, form.yaml first."""


def load(folder: Path) -> LoadedForm:
    """The definition in `folder`; raises `DefinitionFaultsError` with every fault found."""
    files = _Folder(folder)
    try:
        text = source.read(files.read(NAME, source.MOST_BYTES, 0), NAME)
        form = Form.model_validate(text.data)
    except FaultError as fault:
        raise DefinitionFaultsError(folder.name, [fault]) from fault
    except ValidationError as error:
        raise DefinitionFaultsError(folder.name, types.faults(error, text)) from error
    faults = list(check(form, text))
    blanks: list[tuple[bytes, tuple[float, float]]] = []
    master: BankMaster | None = None
    for number, page in enumerate(form.pages):
        try:
            blanks.append((_blank(files, page, text.line(("pages", number, "blank"))), page.size))
        except FaultError as fault:
            faults.append(fault)
    try:
        master = _master(files, form.banks, text) if form.banks else None
    except FaultError as fault:
        faults.append(fault)
    if faults:
        raise DefinitionFaultsError(folder.name, faults)
    return LoadedForm(form, Blanks(blanks), master, files.digest, tuple(files.names))


def load_all(folder: Path) -> tuple[LoadedForm, ...]:
    """Every definition in the folders of `folder`, by name; raises `DefinitionFaultsError` for the first that has any.

    One form in one revision lies in one folder: a page could not be told from itself.
    """
    forms: dict[tuple[str, str], tuple[str, LoadedForm]] = {}
    for each in sorted(path.parent for path in folder.glob(f"*/{NAME}")):
        loaded = load(each)
        key = (loaded.form.id, loaded.form.revision)
        if key in forms:
            fault = FormTwiceError(file=NAME, line=0, field="", found=" ".join(key), first=forms[key][0])
            raise DefinitionFaultsError(each.name, [fault])
        forms[key] = each.name, loaded
    return tuple(loaded for _, loaded in forms.values())


class _Folder:
    """The definition's files: read within limits and hashed on the way."""

    def __init__(self, folder: Path) -> None:
        self.names: list[str] = []
        self._folder = folder
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def read(self, name: str, most: int, line: int) -> bytes:
        """The whole file, never more than `most` bytes of it. A path, a link or a dot name would be somebody else's file."""
        place: dict[str, str | int] = {"file": NAME, "line": line, "field": "", "found": name}
        file = self._folder / name
        too_long = len(os.fsencode(name)) > LONGEST_NAME
        if (
            too_long
            or name != Path(name).name
            or "\\" in name
            or "\0" in name
            or name.startswith(".")
            or file.is_symlink()
        ):
            raise FileNameError(**place)
        if not file.is_file():
            raise FileMissingError(**place)
        with file.open("rb") as opened:
            content = opened.read(most + 1)
        if len(content) > most:
            raise TooBigError(**place, limit=f"{most / 1_000_000:g} MB")
        self._hash.update(f"{name}\0{len(content)}\0".encode())
        self._hash.update(content)
        self.names.append(name)
        return content


def _blank(files: _Folder, page: FormPage, line: int) -> bytes:
    """The blank's file, found to be a picture of the page."""
    content = files.read(page.blank, MOST_BYTES, line)
    place = {"file": NAME, "line": line, "field": "", "found": page.blank}
    decode(content, page.size, lambda fault, **evidence: fault(**place, **evidence))
    return content


def _master(files: _Folder, name: str, text: Source) -> BankMaster:
    content = files.read(name, banks.MOST_BYTES, text.line(("banks",)))
    return banks.parse(content, lambda fault, **evidence: fault(file=name, field="", **evidence))
