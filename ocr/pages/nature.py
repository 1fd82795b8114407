"""What a file is by its bytes, whatever its name says; and whether the same bytes are something else besides."""

import struct
from pathlib import Path

HEAD_BYTES = 4096
TAIL_BYTES = 66_000  # a ZIP's directory ends within 65,557 bytes of the end

ENDINGS = {
    "pdf": (".pdf",),
    "tiff": (".tif", ".tiff"),
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "png": (".png",),
    "jpeg2000": (".jp2", ".j2k", ".jpf", ".jpx", ".j2c"),
    "heif": (".heic", ".heif", ".hif"),
    "bmp": (".bmp", ".dib"),
}
"""The kinds that are read, and how their names end."""

_MAGIC = (
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
    (b"GIF8", "picture"),
    (b"8BPS", "picture"),
    (b"%!PS", "postscript"),
    (b"\xc5\xd0\xd3\xc6", "postscript"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
    (b"{\\rtf", "office"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"\x1f\x8b\x08", "archive"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"ID3", "sound"),
    (b"OggS", "sound"),
    (b"fLaC", "sound"),
    (b"\x1a\x45\xdf\xa3", "sound"),
)
_OFFICE_PARTS = (b"[Content_Types].xml", b"word/", b"xl/", b"ppt/", b"mimetypeapplication/vnd.oasis")
_PHOTOS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc")
_WEB = (b"<!doctype html", b"<html", b"<script", b"<svg")


def read_ends(path: Path) -> tuple[bytes, bytes]:
    """The first and last bytes, as much as `kind` and `second_kind` look at."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        return head, file.read()


def kind(head: bytes) -> str:
    """One of ENDINGS' kinds, or the name of what it is instead (`scan-type-…` in the language files)."""
    # Mail gateways and old scanners put a byte-order mark or blank lines before the header.
    if head.lstrip(b"\xef\xbb\xbf\r\n\t \x00").startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "office" if any(part in head for part in _OFFICE_PARTS) else "zip"
    if head[4:8] == b"ftyp":
        return "heif" if head[8:12] in _PHOTOS else "picture" if head[8:12] == b"avif" else "sound"
    if head.startswith(b"RIFF"):
        return "picture" if head[8:12] == b"WEBP" else "sound"
    # Two letters alone are no proof: a letter may begin with BM.
    if head.startswith(b"BM") and head[6:10] == b"\x00\x00\x00\x00":
        return "bmp"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    return _written(head)


def _written(head: bytes) -> str:
    """`html`, `svg` or `text` when the bytes are writing in an encoding that offices use, else `data`."""
    start = head.lstrip(b"\xef\xbb\xbf\r\n\t ").lower()
    if b"<svg" in start and start.startswith(b"<"):
        return "svg"
    if start.startswith(_WEB):
        return "html"
    encodings = ("utf-16",) if head.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8", "cp932", "euc_jp")
    for encoding in encodings:
        # A character cut in two at the end of the head is no sign against the encoding.
        text = head.decode(encoding, "ignore")
        lost = abs(len(text.encode(encoding, "ignore")) - len(head))
        if text and lost <= 4 and not any(sign < " " and sign not in "\t\r\n\f\x1b" for sign in text):
            return "text"
    return "data"


def second_kind(head: bytes, tail: bytes, first: str) -> str | None:
    """What else the file opens as: a ZIP by its directory at the end, a PDF or a web page by a header inside the picture's."""
    if _zip_directory(tail):
        return "zip"
    start = head[:1024].lower()
    if first != "pdf" and b"%pdf-" in start:
        return "pdf"
    after = tail[tail.rfind(b"%%EOF") + 5 :].lower() if first == "pdf" and b"%%EOF" in tail else b""
    if any(sign in start or sign in after for sign in _WEB):
        return "html"
    return None


def _zip_directory(tail: bytes) -> bool:
    """Whether a ZIP reader would find its directory: the end record's comment must reach the end of the file."""
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return False
    (comment,) = struct.unpack_from("<H", tail, at + 20)
    return len(tail) - (at + 22 + comment) in range(3)
