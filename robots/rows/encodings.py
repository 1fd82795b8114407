"""Bytes of a csv → text: UTF-8, UTF-16, cp932, EUC-JP and ISO-2022-JP are told apart; nothing is replaced (X19)."""

import codecs
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "UTF-8", "utf-8"),
    (codecs.BOM_UTF16_LE, "UTF-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "UTF-16", "utf-16-be"),
)
_ESCAPE = re.compile(rb"\x1b(?:\$\([D@B]|\$[@B]|\([BJI])")
_BREAKS = re.compile(rb"\r\n|\r|\n")


class UndecodableError(ValueError):
    """Raised with the line, from 1, at which a text is none any more."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True)
class Decoded:
    """A text, and how it was encoded."""

    text: str
    encoding: str


def decoded(content: bytes, fits: Callable[[str], int]) -> Decoded:
    """The text. Where two encodings are possible the one whose text `fits` better counts: known headings decide, not statistics.

    Raises UndecodableError where none holds to the end: the line at which the one that comes furthest breaks off.
    """
    for mark, name, codec in _BOMS:
        if content.startswith(mark):
            return Decoded(_strict(content[len(mark) :], codec), name)
    if b"\0" in content and (bare := _bare_utf16(content, fits)) is not None:
        return Decoded(bare, "UTF-16")
    if _ESCAPE.search(content) and max(content) < 0x80:
        return Decoded(_iso_2022_jp(content), "ISO-2022-JP")
    try:
        return Decoded(content.decode("utf-8", "surrogatepass"), "UTF-8")
    except UnicodeDecodeError:
        pass
    possible: list[tuple[int, Decoded]] = []
    broken: list[int] = []
    for name, decode in (("cp932", _cp932), ("EUC-JP", _euc_jp)):
        try:
            text = decode(content)
        except UndecodableError as error:
            broken.append(error.line)
        else:
            possible.append((fits(text), Decoded(text, name)))
    if not possible:
        raise UndecodableError(max(*broken, _first_bad(content, "utf-8")))
    return max(possible, key=lambda each: each[0])[1]


def _strict(content: bytes, codec: str) -> str:
    """Half characters pass: they are refused cell by cell (X24)."""
    try:
        return content.decode(codec, "surrogatepass")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(codec, "replace")
        raise UndecodableError(len(re.findall("\r\n|\r|\n", before)) + 1) from error


def _bare_utf16(content: bytes, fits: Callable[[str], int]) -> str | None:
    """UTF-16 without its mark, in whichever order its headings are found."""
    texts = []
    for codec in ("utf-16-le", "utf-16-be"):
        try:
            texts.append(content.decode(codec, "surrogatepass"))
        except UnicodeDecodeError:
            continue
    best = max(texts, key=fits, default="")
    return best if fits(best) else None


def _cp932(content: bytes) -> str:
    try:
        return content.decode("cp932")
    except UnicodeDecodeError as error:
        raise UndecodableError(_line(content, error.start)) from error


def _euc_jp(content: bytes) -> str:
    """By way of cp932, which knows ① and 髙 and writes 〜 as every other Japanese file here does."""
    pieces: list[str] = []
    place = 0
    for found in re.finditer(rb"\x8e([\xa1-\xdf])|(\x8f[\xa1-\xfe]{2})|((?:[\xa1-\xfe]{2})+)|([\x80-\xff])", content):
        pieces.append(content[place : found.start()].decode("ascii"))
        place = found.end()
        try:
            pieces.append(_euc_piece(found.groups()))
        except UnicodeDecodeError as error:
            raise UndecodableError(_line(content, found.start())) from error
    pieces.append(content[place:].decode("ascii"))
    return "".join(pieces)


def _euc_piece(groups: Sequence[bytes | None]) -> str:
    half, third, pairs, stray = groups
    if half:
        return half.decode("cp932")
    if third:
        return third.decode("euc_jp")
    if pairs:
        return _from_jis(bytes(sign & 0x7F for sign in pairs))
    raise UnicodeDecodeError("euc_jp", stray or b"", 0, 1, "no pair")


def _iso_2022_jp(content: bytes) -> str:
    pieces: list[str] = []
    place, mode = 0, b"\x1b(B"
    for found in (*_ESCAPE.finditer(content), None):
        end = found.start() if found else len(content)
        try:
            pieces.append(_jis_piece(content[place:end], mode))
        except UnicodeDecodeError as error:
            raise UndecodableError(_line(content, place)) from error
        if found:
            place, mode = found.end(), found[0]
    return "".join(pieces)


def _jis_piece(piece: bytes, mode: bytes) -> str:
    if mode in (b"\x1b(B", b"\x1b(J"):
        return piece.decode("ascii")
    if mode == b"\x1b(I":
        return bytes(sign | 0x80 for sign in piece).decode("cp932")
    if mode == b"\x1b$(D":
        return b"".join(
            b"\x8f" + bytes(sign | 0x80 for sign in piece[at : at + 2]) for at in range(0, len(piece), 2)
        ).decode("euc_jp")
    return _from_jis(piece)


def _from_jis(pairs: bytes) -> str:
    """Pairs of JIS X 0208, and the makers' signs beside it, by way of cp932."""
    shifted = bytearray()
    if len(pairs) % 2:
        raise UnicodeDecodeError("iso2022_jp", pairs, len(pairs) - 1, len(pairs), "half a pair")
    for row, cell in zip(pairs[0::2], pairs[1::2], strict=True):
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            raise UnicodeDecodeError("iso2022_jp", pairs, 0, 1, "no pair")
        lead = (row - 0x21) // 2 + 0x81
        if row % 2:
            cell += 0x1F + (cell >= 0x60)
        else:
            cell += 0x7E
        shifted += bytes((lead + 0x40 if lead > 0x9F else lead, cell))
    return shifted.decode("cp932")


def _first_bad(content: bytes, codec: str) -> int:
    try:
        content.decode(codec)
    except UnicodeDecodeError as error:
        return _line(content, error.start)
    return 0


def _line(content: bytes, place: int) -> int:
    return len(_BREAKS.findall(content[:place])) + 1
