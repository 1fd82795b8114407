"""What a file is by its bytes: a name alone decides nothing (S12, X4–X6)."""

import re
import zipfile
import zlib
from pathlib import Path

from robots.errors import RowsKindsDisagreeError, RowsLockedError, RowsOtherTypeError

_HEAD = 8192
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"GIF8")
_PACKED = (b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ")
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|meta)\b", re.IGNORECASE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
CSV_ENDINGS = (".csv", ".txt", ".tsv")
WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xltx", ".xltm")


def is_workbook(path: Path, name: str) -> bool:
    """Whether it is an xlsx workbook (else text). Raises RowsLockedError, RowsOtherTypeError, RowsKindsDisagreeError."""
    with path.open("rb") as source:
        head = source.read(_HEAD)
    ending = Path(name).suffix.lower()
    if head.startswith(_OLE):
        content = path.read_bytes()
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise RowsLockedError(file=name)
        raise RowsOtherTypeError(file=name, found="xls" if _is_book(content) else "word")
    if head.startswith(b"PK\x03\x04"):
        if found := _other_archive(path):
            raise RowsOtherTypeError(file=name, found=found)
        if ending in CSV_ENDINGS:
            raise RowsKindsDisagreeError(file=name, ending=ending, found="workbook")
        return True
    if found := _other(head):
        raise RowsOtherTypeError(file=name, found=found)
    if ending in (*WORKBOOK_ENDINGS, ".xls", ".xlsb", ".ods"):
        raise RowsKindsDisagreeError(file=name, ending=ending, found="text")
    return False


def _is_book(content: bytes) -> bool:
    return any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book"))


def _other(head: bytes) -> str:
    """What else it is; empty for text."""
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(_PICTURES):
        return "picture"
    if head.startswith(_PACKED):
        return "zip"
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if bare.startswith(b"<") and _MARKUP.search(head):
        return "html"
    if bare.startswith(b"<?xml"):
        return "xml"
    # In a csv of UTF-16 every other byte of digits and commas is NUL; one NUL in a cell is the cell's matter (X19).
    odd = sum(1 for sign in head if sign < 9 or 13 < sign < 27 or 27 < sign < 32)
    text = head.startswith(_UTF16) or odd * 50 <= len(head) or _is_bare_utf16(head)
    return "" if text else "binary"


def _is_bare_utf16(head: bytes) -> bool:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    return 20 * (even + odd) > len(head) and max(even, odd) > 9 * min(even, odd)


def _other_archive(path: Path) -> str:
    """What a zip archive is, when it is no workbook; empty for one. A damaged one is told where it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                kind = archive.read("mimetype")
                return "ods" if b"spreadsheet" in kind else "word"
    except (zipfile.BadZipFile, zlib.error, ValueError, LookupError, OSError, RuntimeError, EOFError):
        return ""
    if any(each.lstrip("/").lower() == "xl/workbook.bin" for each in names):
        return "xlsb"
    if "[Content_Types].xml" not in names:
        return "zip"
    return "" if any(each.startswith(("xl/", "/xl/")) for each in names) else "word"
