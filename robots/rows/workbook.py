"""An xlsx file → its sheets. What the archive would unpack to is looked at before anything of it is read (X2, S13)."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import partial
from pathlib import Path

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import is_date_format
from openpyxl.styles.stylesheet import apply_stylesheet

from robots.errors import RowsBrokenError, RowsEntitiesError, RowsOtherTypeError, RowsUnpackTooFarError
from robots.rows.limits import Limits
from robots.rows.sheet import Sheet, Styles, TooManyCellsError, shared_strings

_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_EAST_ASIAN_DATES = frozenset({*range(27, 32), 36, *range(50, 55), 57, 58})
"""Formats that Excel builds in for Japan only (和暦 and 年月日), and openpyxl does not know: 2026-04-01 would come out as 46113."""
_ZEROS = re.compile(r"(0{2,20})(?:;.*)?")
_READ_WHOLE = re.compile(r"(?:xl/)?(?:_rels/)?(?!sharedStrings)[^/]+\.(?:xml|rels)", re.IGNORECASE)
"""Parts that openpyxl parses."""
_WIDEST_XML = 64 * 1024 * 1024
"""Bytes of a part that is read in one piece (styles, the list of sheets)."""
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,  # what parsers of XML raise
    EOFError,
    LookupError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)
"""What zipfile, the parsers and our reader raise about a file that is damaged or made by hand."""
_OPENPYXL = (*_DAMAGED, TypeError, AttributeError, OSError)
"""What openpyxl raises besides."""


class Workbook:
    """An open workbook."""

    def __init__(self, sheets: list[Sheet], macros: bool) -> None:
        self.sheets, self.macros = sheets, macros


@contextmanager
def opened(path: Path, name: str, limits: Limits) -> Iterator[Workbook]:
    """The workbook; its sheets are read while it is open. Raises RowsError's kinds, as do the sheets' rows."""
    with ExitStack() as stack:
        with _told(name, _OPENPYXL):
            archive = stack.enter_context(zipfile.ZipFile(path))
            _sized(archive, name, limits)
            book = _workbook(path, archive, name, limits)
        yield book


@contextmanager
def _told(name: str, kinds: tuple[type[Exception], ...] = _DAMAGED) -> Iterator[None]:
    """What goes wrong in a file's inside becomes a sentence."""
    try:
        yield
    except DefusedXmlException as error:
        raise RowsEntitiesError(file=name) from error
    except TooManyCellsError as error:
        raise RowsUnpackTooFarError(file=name) from error
    except kinds as error:
        raise RowsBrokenError(file=name) from error


def _sized(archive: zipfile.ZipFile, name: str, limits: Limits) -> None:
    """By the archive's own list; zipfile reads no entry further than it claims there."""
    entries = archive.infolist()
    if len(entries) > limits.entries or sum(entry.file_size for entry in entries) > limits.unpacked:
        raise RowsUnpackTooFarError(file=name)
    whole = [entry for entry in entries if entry.filename.endswith((".xml", ".rels")) and "sheet" not in entry.filename]
    strings = "xl/sharedStrings.xml"
    if any(entry.file_size > _WIDEST_XML for entry in whole if entry.filename.lower() != strings.lower()):
        raise RowsUnpackTooFarError(file=name)


def _workbook(path: Path, archive: zipfile.ZipFile, name: str, limits: Limits) -> Workbook:
    # An open file: of a path openpyxl would look at the ending, which a stored file has none of.
    with path.open("rb") as source, warnings.catch_warnings():
        # It warns of what it leaves out (styles, extensions); nothing of that is wanted here.
        warnings.simplefilter("ignore")
        reader = ExcelReader(source, read_only=True, data_only=True, keep_links=False)
        for part in filter(_READ_WHOLE.fullmatch, reader.valid_files):
            content = archive.read(part)
            if part == "xl/workbook.xml" and _STRICT in content:
                raise RowsOtherTypeError(file=name, found="strict")
            # openpyxl uses another parser where one is installed: what it reads has no entities, whoever parses it.
            fromstring(content, forbid_dtd=True)
        reader.read_manifest()
        reader.read_workbook()
        apply_stylesheet(archive, reader.wb)
        styles = _styles(reader)
        listed = [
            (sheet.name, sheet.state, target.target)
            for sheet, target in reader.parser.find_sheets()
            if "worksheet" in target.Type
        ]
    strings = _strings(archive, reader)
    sheets = [
        Sheet(
            title,
            state != "visible",
            partial(archive.open, target),
            strings,
            styles,
            limits.cells,
            partial(_told, name),
        )
        for title, state, target in listed
        if target in reader.valid_files
    ]
    return Workbook(sheets, macros=any(entry.endswith("vbaProject.bin") for entry in reader.valid_files))


def _strings(archive: zipfile.ZipFile, reader: ExcelReader) -> list[str]:
    part = reader.package.find("application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml")
    if part is None:
        return []
    with archive.open(part.PartName.lstrip("/")) as source:
        return shared_strings(source)


def _styles(reader: ExcelReader) -> Styles:
    book = reader.wb
    dates, zeros = set(book._date_formats), {}
    for number, style in enumerate(book._cell_styles):
        if style.numFmtId in _EAST_ASIAN_DATES:
            dates.add(number)
        elif style.numFmtId >= 164 and style.numFmtId - 164 < len(book._number_formats):
            code = book._number_formats[style.numFmtId - 164]
            if found := _ZEROS.fullmatch(code):
                zeros[number] = len(found[1])
            elif is_date_format(code):
                dates.add(number)
    epoch = date(1904, 1, 1) if book.epoch.year == 1904 else date(1899, 12, 30)
    return Styles(frozenset(dates - set(book._timedelta_formats)), zeros, epoch)
