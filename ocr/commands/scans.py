"""What the commands read: definitions from a folder, and scans as one pile of pages, with a bar."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from errno import EACCES, EISDIR
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from ocr.commands.say import Say
from ocr.definition.load import NAME, LoadedForm, load, load_all
from ocr.errors import PageError
from ocr.pages import Page, Scan
from ocr.records import Sorted, Verdict

_WIDTH = 30


def forms_in(folder: Path) -> tuple[LoadedForm, ...]:
    """The definition in `folder`, or all those in its folders; raises `DefinitionFaultsError`."""
    several = () if (folder / NAME).exists() else load_all(folder)
    return several or (load(folder),)


def make_ready(file: Path) -> None:
    """See that `file` can be written, its folder made where there is none. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_dir():
        raise IsADirectoryError(EISDIR, "", str(file))
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise PermissionError(EACCES, "", str(file))


def today() -> date:
    """The day in Japan, where the forms are."""
    return datetime.now(ZoneInfo("Asia/Tokyo")).date()


class Pile:
    """Scans one after the other. Files that cannot be read at all are told at once and left out: `refused` says how many."""

    def __init__(self, paths: Sequence[Path], say: Say) -> None:
        self._say = say
        self._files: list[tuple[Path, str]] = []
        self.refused = 0
        self.count = 0
        for path, name in _named(paths):
            try:
                with Scan(path, name=name) as scan:
                    self.count += scan.count
                self._files.append((path, name))
            except PageError as error:
                self._refuse(f"{error.sentence(say.language)} [{error.code}]")
            except OSError:
                self._refuse(say.word("run-not-found", name=name))

    def __iter__(self) -> Iterator[Page | Sorted]:
        """Every page in order, one in memory at a time; in place of one that cannot be read the verdict on it."""
        for path, name in self._files:
            with Scan(path, name=name) as scan:
                for number in range(1, scan.count + 1):
                    try:
                        yield scan.page(number)
                    except PageError:
                        yield Sorted(name, number, Verdict.UNREADABLE)

    def _refuse(self, sentence: str) -> None:
        self.refused += 1
        self._say.trouble(sentence)


def _named(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """A name for each file: its own, with its folders where two have the same. A file given twice is read once."""
    once = list(dict.fromkeys(paths))
    often = Counter(path.name for path in once)
    return [(path, path.name if often[path.name] == 1 else str(path)) for path in once]


class Bar:
    """3枚／12枚: redraws one line on a terminal; elsewhere a line for every further tenth."""

    def __init__(self, total: int, say: Say, out: TextIO) -> None:
        self._total, self._say, self._out = total, say, out
        self._done = 0

    def step(self) -> None:
        """One page more is done."""
        before, self._done = self._done, self._done + 1
        share = self._done / self._total
        line = self._say.word("run-progress", done=self._done, total=self._total)
        if self._out.isatty():
            full = round(share * _WIDTH)
            end = "\n" if self._done == self._total else ""
            print(f"\r{line} {'█' * full}{'░' * (_WIDTH - full)} {share:4.0%}", end=end, file=self._out, flush=True)
        elif int(share * 10) > before * 10 // self._total:
            print(line, file=self._out, flush=True)
