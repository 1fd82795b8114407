"""What a file really is, judged by its first bytes. Pure: standard library only.

This is the door's quick look, which catches what is plainly something else (a PDF named .mp3, an SVG named .jpg). Whether a recording
or a scan can really be read is decided by the engine, in the jail.
"""

import codecs

HEAD = 8192
"""As many bytes are needed."""

_SIGNATURES: tuple[tuple[bytes, int, str], ...] = (
    (b"PK\x03\x04", 0, "zip"),
    (b"PK\x05\x06", 0, "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "office"),
    (b"\x89PNG\r\n\x1a\n", 0, "image"),
    (b"\xff\xd8\xff", 0, "image"),
    (b"II*\x00", 0, "image"),
    (b"MM\x00*", 0, "image"),
    (b"II+\x00", 0, "image"),
    (b"MM\x00+", 0, "image"),
    (b"\xc5\xd0\xd3\xc6", 0, "postscript"),
    (b"GIF8", 0, "image"),
    (b"MZ", 0, "program"),
    (b"\x7fELF", 0, "program"),
    (b"Rar!\x1a\x07", 0, "archive"),
    (b"7z\xbc\xaf\x27\x1c", 0, "archive"),
    (b"\x1f\x8b", 0, "archive"),
    (b"RIFF", 0, "sound"),
    (b"RF64", 0, "sound"),
    (b"OggS", 0, "sound"),
    (b"fLaC", 0, "sound"),
    (b"ID3", 0, "sound"),
    (b"FORM", 0, "sound"),
    (b"#!AMR", 0, "sound"),
    (b"ftyp", 4, "sound"),
    (b"moov", 4, "sound"),
    (b"mdat", 4, "sound"),
    (b"wide", 4, "sound"),
    (b"free", 4, "sound"),
    (b"skip", 4, "sound"),
    (b"riff\x2e\x91\xcf\x11", 0, "sound"),
    (b"\x00\x00\x01\xba", 0, "sound"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", 0, "sound"),
    (b"\x1a\x45\xdf\xa3", 0, "sound"),
)


ARCHIVES = frozenset({"7z", "gz", "lzh", "rar", "tar", "tgz", "zip"})
"""Endings of files that hold other files."""

_PICTURES = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis"})
"""Brands of pictures that use the container of films."""
_TRANSPORT_PACKET = 188


SIGNED = {
    "pdf": "pdf",
    **dict.fromkeys(("heic", "heif", "jpeg", "jpg", "png", "tif", "tiff"), "image"),
}
"""Endings whose files cannot but begin with a signature: content that is not known is not theirs either."""

_PDF_WITHIN = 1024
_BEFORE_PDF = b"\x00\t\n\x0c\r \xef\xbb\xbf"
"""What may stand before a PDF's signature; anything else would make the file two kinds at once (P17)."""


def agrees(ending: str, found: str, families: frozenset[str]) -> bool:
    """Whether content of this family may bear this ending, where these families are taken."""
    if ending in SIGNED:
        return found == SIGNED[ending] and found in families
    return found in families or found == "unknown"


def family(head: bytes) -> str:
    """`sound` (recordings and films), `pdf`, `zip`, `office`, `image`, `postscript`, `program`, `archive`, `text`, or `unknown`."""
    if head[:_PDF_WITHIN].lstrip(_BEFORE_PDF).startswith(b"%PDF-"):
        return "pdf"
    # Before the signatures: a text may begin with the letters of one (MZ, FORM, ID3), no file of these kinds reads as text.
    if _is_text(head):
        return "text"
    if _is_picture(head):
        return "image"
    for magic, offset, name in _SIGNATURES:
        if head.startswith(magic, offset):
            return name
    return "sound" if _is_mpeg(head) else "unknown"


def _is_picture(head: bytes) -> bool:
    """Pictures whose first bytes alone do not tell: WebP within RIFF, HEIC and AVIF within MP4, BMP with two letters."""
    if head.startswith(b"RIFF"):
        return head[8:12] == b"WEBP"
    if head.startswith(b"ftyp", 4):
        return head[8:12] in _PICTURES
    return head.startswith(b"BM") and head[6:10] == bytes(4)


def _is_mpeg(head: bytes) -> bool:
    """An MPEG audio frame, also AAC in ADTS; or an MPEG transport stream."""
    if len(head) >= 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return True
    return len(head) > _TRANSPORT_PACKET and head[0] == head[_TRANSPORT_PACKET] == 0x47


def _is_text(head: bytes) -> bool:
    """Whether it reads as UTF-8, UTF-16 or cp932 without control signs."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return True
    if any(byte < 32 and byte not in b"\t\n\r\x0c\x1b" for byte in head):
        return False
    for encoding in ("utf-8", "cp932"):
        try:
            # The head of a longer file may end in the middle of a sign.
            codecs.getincrementaldecoder(encoding)().decode(head, final=len(head) < HEAD)
        except UnicodeDecodeError:
            continue
        return True
    return False
