"""What a file is by its first bytes, so that a clerk is told 'this is a PDF' and no playlist is ever opened."""

from codecs import getincrementaldecoder

HEAD_BYTES = 4096

_REFUSED = ((b"#EXTM3U", "playlist"), (b"\x03ds2", "ds2"), (b"\x03enc", "ds2"), (b"\x07ds2", "ds2"))
_OTHER = (
    (b"%PDF-", "pdf"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
    (b"{\\rtf", "office"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"\x1f\x8b\x08", "archive"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"MThd", "midi"),
)
_PLAYLIST_LINES = ("ffconcat version", "[playlist]", "[reference]", "<asx", "<smil", "<mpd", "v=0")
_OFFICE_PARTS = (b"[Content_Types].xml", b"word/", b"xl/", b"ppt/", b"mimetypeapplication/vnd.oasis")
_STILL_BRANDS = (b"heic", b"heix", b"mif1", b"avif")


def refused(head: bytes) -> str | None:
    """The name of a type that is never opened (playlists of any kind, encrypted dictations), or None."""
    for magic, name in _REFUSED:
        if head.startswith(magic):
            return name
    text = _text(head)
    if text is None:
        return None
    first = text.lstrip("\ufeff \t\r\n").lower()
    if first.startswith(_PLAYLIST_LINES) or "#extm3u" in first or "<mpd " in first:
        return "playlist"
    lines = [line.strip() for line in first.splitlines() if line.strip()]
    if lines and all(line.startswith(("#", "http://", "https://", "file ", "file:")) for line in lines):
        return "playlist"
    return None


def other(head: bytes) -> str | None:
    """The name of a type that is surely not audio, or None."""
    if head.startswith(b"PK\x03\x04"):
        return "office" if any(part in head for part in _OFFICE_PARTS) else "zip"
    if head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS:
        return "image"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image"
    for magic, name in _OTHER:
        if head.startswith(magic):
            return name
    text = _text(head)
    if text is None:
        return None
    return "html" if text.lstrip("\ufeff \r\n\t").lower().startswith(("<!doctype html", "<html")) else "text"


def _text(head: bytes) -> str | None:
    """The head as text when it is text in one of the encodings that offices use."""
    encodings = ("utf-16",) if head.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8", "cp932", "euc_jp")
    for encoding in encodings:
        try:
            text = getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        odd = sum(1 for sign in text if sign < " " and sign not in "\t\r\n\f\x1b")
        if text and not odd:
            return text
    return None
