"""Workbooks and csv files, good and broken, built by code. Numbers (X1 …) are those of the corpus."""

import csv
import io
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from bad.payments import PAYMENTS

HEADINGS = [column.heading for column in PAYMENTS.columns]
GOOD: dict[str, object] = {
    "所属コード": "010100",
    "金額": 1200,
    "支払日": date(2026, 11, 30),
    "債権者名": "塚本商店",
    "預金種目": "普通",
    "口座番号": "0012345",
    "口座名義": "ﾂｶﾓﾄ ｼﾖｳﾃﾝ",
    "摘要": "消耗品",
    "起案番号": "",
}
SHEET = "xl/worksheets/sheet1.xml"


@dataclass(frozen=True)
class Formula:
    """A formula and the result that was saved with it."""

    text: str
    saved: object = ""


@dataclass(frozen=True)
class Formatted:
    """A number under a format."""

    number: float
    format: str


def good(**changed: object) -> dict[str, object]:
    """A row that may be keyed, but for these cells."""
    return {**GOOD, **changed}


def raw(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


# --- workbooks


def workbook(
    path: Path,
    rows: Sequence[Mapping[str, object]] = (GOOD,),
    *,
    headings: Sequence[str] = HEADINGS,
    above: Sequence[Sequence[object]] = (),
    name: str = "一覧",
    more: Callable[[Any, Any], None] | None = None,
    options: Mapping[str, object] | None = None,
) -> Path:
    """Headings and rows by heading; `more` may do whatever XlsxWriter can, with the workbook and its sheet."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False, **(options or {})}) as book:
        sheet = book.add_worksheet(name)
        table = [*above, headings, *([row.get(heading, "") for heading in headings] for row in rows)]
        for line, cells in enumerate(table):
            for place, content in enumerate(cells):
                put(book, sheet, line, place, content)
        if more is not None:
            more(book, sheet)
    return path


def put(book: Any, sheet: Any, line: int, place: int, content: object) -> None:
    """A cell as a clerk's Excel would store it."""
    if isinstance(content, Formula):
        sheet.write_formula(line, place, content.text, None, content.saved)
    elif isinstance(content, Formatted):
        sheet.write_number(line, place, content.number, book.add_format({"num_format": content.format}))
    elif isinstance(content, bool):
        sheet.write_boolean(line, place, content)
    elif isinstance(content, int | float):
        sheet.write_number(line, place, content)
    elif isinstance(content, datetime):
        sheet.write_datetime(line, place, content, book.add_format({"num_format": "yyyy/m/d h:mm"}))
    elif isinstance(content, date):
        sheet.write_datetime(line, place, content, book.add_format({"num_format": "yyyy/m/d"}))
    elif content:
        sheet.write_string(line, place, str(content))


def edited(path: Path, part: str, edit: Callable[[bytes], bytes]) -> Path:
    """The same workbook with one part of its archive changed, or added."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = edit(parts.get(part, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def with_entities(path: Path, part: str, declared: str) -> Path:
    """X1: a document type with entities ahead of a part's root, and the entity used."""

    def edit(content: bytes) -> bytes:
        head, _, rest = content.partition(b"?>")
        return head + b"?>" + declared.encode() + rest.replace(b"<sheetData>", b"<sheetData><!-- -->")

    return edited(workbook(path), part, edit)


LAUGHS = "".join(
    ['<!DOCTYPE x [<!ENTITY a0 "ha">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)), "]>"]
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def bomb(path: Path, megabytes: int) -> Path:
    """X2: a small file that unpacks to so much."""
    workbook(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/image1.bin", "w") as entry:
        for _ in range(megabytes):
            entry.write(b"\0" * 1024 * 1024)
    return path


def rows_xml(path: Path, count: int, row: Callable[[int], str]) -> Path:
    """A sheet of `count` rows of cells written by hand, below the headings: fast, and of any size."""
    workbook(path, [])

    def edit(content: bytes) -> bytes:
        head, _, tail = content.partition(b"</sheetData>")
        body = "".join(f'<row r="{number}">{row(number)}</row>' for number in range(2, count + 2))
        return head + body.encode() + b"</sheetData>" + tail

    return edited(path, SHEET, edit)


def good_xml(number: int) -> str:
    """Cells of a good row, as text within the sheet; no two rows are one case."""
    cells = ("010100", None, "2026/11/30", "塚本商店", "普通", f"{number:07d}", "ﾂｶﾓﾄ", f"消耗品{number}")
    texts = (
        f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
        if text is not None
        else f'<c r="B{number}"><v>{number}</v></c>'
        for place, text in enumerate(cells)
    )
    return "".join(texts)


def corners(path: Path) -> Path:
    """X3: nothing but A1 and XFD1048576, and a dimension that says so."""
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    body = f'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>{far}</sheetData>'.encode()

    def edit(content: bytes) -> bytes:
        head, _, rest = content.partition(b"<sheetData>")
        tail = rest.partition(b"</sheetData>")[2]
        return head.replace(b'ref="A1:I2"', b'ref="A1:XFD1048576"') + body + tail

    return edited(workbook(path), SHEET, edit)


def far_cell(path: Path) -> Path:
    """X3: good rows, and one cell in the last corner."""
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return edited(workbook(path), SHEET, lambda content: content.replace(b"</sheetData>", far))


OLE = bytes.fromhex("D0CF11E0A1B11AE1")


def compound(path: Path, stream: str) -> Path:
    """A compound document with a stream of this name: an old workbook, or an encrypted new one (X4)."""
    return raw(path, OLE + b"\0" * 1016 + stream.encode("utf-16-le") + b"\0" * 2048)


def binary_workbook(path: Path) -> Path:
    """X6: .xlsb."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", b"\x83\x01\0")
    return path


def open_document(path: Path) -> Path:
    """X6: .ods."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office/>")
    return path


def document(path: Path) -> Path:
    """A .docx, whatever its name."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w/>")
    return path


def strict(path: Path) -> Path:
    """X6: Excel's 'Strict Open XML workbook'."""
    plain, other = (
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    return edited(workbook(path), "xl/workbook.xml", lambda content: content.replace(plain, other))


def with_macros(path: Path) -> Path:
    """X7: a workbook with macros."""
    edited(workbook(path), "xl/vbaProject.bin", lambda _: OLE)
    ordinary = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    enabled = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    return edited(path, "[Content_Types].xml", lambda content: content.replace(ordinary, enabled))


def scratched(content: bytes, draw: random.Random) -> bytes:
    """A few bytes changed, lost or doubled."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(changed))
        match draw.randrange(3):
            case 0:
                changed[place] = draw.randrange(256)
            case 1:
                del changed[place : place + draw.randint(1, 20)]
            case _:
                changed[place:place] = changed[:place][-draw.randint(1, 20) :]
    return bytes(changed)


# --- csv


def table(
    rows: Sequence[Mapping[str, object]] = (GOOD,), *, headings: Sequence[str] = HEADINGS, separator: str = ","
) -> str:
    """Headings and rows as csv, dates as they are typed."""
    whole = io.StringIO(newline="")
    writer = csv.writer(whole, delimiter=separator, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_typed(row.get(heading, "")) for heading in headings] for row in rows)
    return whole.getvalue()


def _typed(content: object) -> str:
    return f"{content.year}/{content.month}/{content.day}" if isinstance(content, date) else str(content)


def euc_jp(text: str) -> bytes:
    """EUC as Windows and printers write it, with ① and 髙: cp932's characters by their place in JIS."""
    whole = bytearray()
    for sign in text:
        code = sign.encode("cp932")
        if len(code) == 2:
            whole += bytes(each | 0x80 for each in _jis(code))
        else:
            whole += b"\x8e" + code if code[0] >= 0x80 else code
    return bytes(whole)


def iso_2022_jp(text: str) -> bytes:
    """The same in seven bits, as mail carries it."""
    whole = bytearray()
    mode = b"\x1b(B"
    for sign in text:
        code = sign.encode("cp932")
        wanted = b"\x1b$B" if len(code) == 2 else b"\x1b(I" if code[0] >= 0x80 else b"\x1b(B"
        if wanted != mode:
            whole += wanted
            mode = wanted
        whole += _jis(code) if len(code) == 2 else bytes([code[0] & 0x7F])
    return bytes(whole) + (b"" if mode == b"\x1b(B" else b"\x1b(B")


def _jis(code: bytes) -> bytes:
    lead, trail = code
    row = 2 * (lead - (0x81 if lead < 0xA0 else 0xC1)) + 0x21
    if trail >= 0x9F:
        return bytes([row + 1, trail - 0x7E])
    return bytes([row, trail - 0x1F - (trail > 0x7F)])
