"""Scans of every kind, good and broken, built by code. Numbers (P1 …) are those of the corpus."""

import io
import struct
import zipfile
import zlib
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

Drawing = NDArray[np.uint8]
"""Gray, H × W."""


def drawing(width: int = 827, height: int = 1169) -> Drawing:
    """A sheet that is the same neither upside-down nor mirrored: a heading, a table, an F in its upper left corner. A4 at 100 dpi."""
    sheet = np.full((height, width), 255, np.uint8)
    cv2.putText(sheet, "F", (60, 130), cv2.FONT_HERSHEY_SIMPLEX, 3.0, 0, 8)
    cv2.putText(sheet, "Request 2026", (250, 110), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 0, 4)
    for row in range(8):
        cv2.line(sheet, (60, 300 + 70 * row), (width - 60, 300 + 70 * row), 0, 2)
        cv2.putText(sheet, f"Label {row}", (70, 345 + 70 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2)
    for column in (60, 260, width - 60):
        cv2.line(sheet, (column, 300), (column, 790), 0, 2)
    return sheet


def likeness(image: NDArray[np.uint8], sheet: Drawing) -> float:
    """Correlation of a page that was read with what was drawn, sizes made equal; 1 is the same."""
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    height, width = sheet.shape
    one = cv2.GaussianBlur(cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA), (0, 0), 1.5)
    other = cv2.GaussianBlur(sheet, (0, 0), 1.5)
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def raw(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def half(path: Path) -> Path:
    """The same file, cut in the middle."""
    data = path.read_bytes()
    return raw(path, data[: len(data) // 2])


# --- pictures


def picture(path: Path, sheet: Drawing, mode: str = "L", **options: object) -> Path:
    """By Pillow; the format follows the name."""
    image = Image.fromarray(sheet)
    image = image.convert("RGB").convert(mode) if mode == "CMYK" else image.convert(mode)
    image.save(path, **options)
    return path


def fax(path: Path, sheet: Drawing, compression: str = "group4", lines: float = 98, *, tagged: bool = True) -> Path:
    """P12: 204 dpi across, `lines` down, one bit."""
    size = (1728, round(297 / 25.4 * lines))
    image = Image.fromarray(cv2.resize(sheet, size, interpolation=cv2.INTER_AREA)).point(lambda v: 255 * (v > 160))
    options = {"dpi": (204, lines)} if tagged else {}
    image.convert("1").save(path, compression=compression, **options)
    return path


def pages_of_tiff(path: Path, sheets: list[Drawing], **options: object) -> Path:
    """P14: each page has its own size."""
    first, *rest = (Image.fromarray(each) for each in sheets)
    first.save(path, save_all=True, append_images=rest, **options)
    return path


def long_fax(path: Path, pages: int) -> Path:
    """Many A4 pages at 200 dpi, one bit."""
    sheet = Image.fromarray(drawing(1654, 2338)).convert("1")
    sheet.save(path, save_all=True, append_images=[sheet] * (pages - 1), compression="group4", dpi=(200, 200))
    return path


def sixteen_bits(path: Path, sheet: Drawing) -> Path:
    """As better scanners keep them."""
    Image.fromarray(sheet.astype(np.uint16) * 257).save(path)
    return path


def transparent(path: Path, sheet: Drawing) -> Path:
    """Black ink on nothing."""
    height, width = sheet.shape
    layers = np.zeros((height, width, 4), np.uint8)
    layers[:, :, 3] = 255 - sheet
    Image.fromarray(layers).save(path)
    return path


def damaged_fax(path: Path, sheet: Drawing) -> Path:
    """A fax with broken rows in its middle, as a bad line leaves them."""
    fax(path, sheet, "group3")
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 3, len(data) // 2, 41):
        data[at] ^= 0x5A
    return raw(path, bytes(data))


def old_jpeg_tiff(path: Path, sheet: Drawing) -> Path:
    """P14: compression 6, a whole JPEG stream inside, as scanners of the 1990s wrote."""
    buffer = io.BytesIO()
    Image.fromarray(sheet).convert("RGB").save(buffer, "JPEG", quality=90)
    jpeg = buffer.getvalue() + b"\0" * (len(buffer.getvalue()) % 2)
    height, width = sheet.shape
    at = 8 + len(jpeg)
    tags = [(256, 4, width), (257, 4, height), (258, 3, 0), (259, 3, 6), (262, 3, 6), (273, 4, 8), (277, 3, 3)]
    tags += [(278, 4, height), (279, 4, len(jpeg)), (512, 3, 1), (513, 4, 8), (514, 4, len(jpeg))]
    entries = b""
    for tag, kind, value in tags:
        three = tag == 258
        entries += struct.pack("<HHII", tag, kind, 3 if three else 1, at + 6 + 12 * len(tags) if three else value)
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0) + struct.pack("<HHH", 8, 8, 8)
    return raw(path, b"II*\0" + struct.pack("<I", at) + jpeg + directory)


def huge_tiff(path: Path, width: int = 19_866, height: int = 28_087) -> Path:
    """P6: a header that says A0 at 600 dpi; nothing behind it is ever needed."""
    tags = [(256, width), (257, height), (258, 1), (259, 4), (262, 0), (273, 8), (277, 1), (278, height), (279, 4)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return raw(path, b"II*\0" + struct.pack("<I", 12) + b"\0" * 4 + struct.pack("<H", len(tags)) + entries + b"\0" * 4)


def png_bomb(path: Path, side: int = 24_000) -> Path:
    """P7: some kilobytes that unpack to hundreds of megapixels."""
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + side // 8)
    data = b"".join(packer.compress(row * 1000) for _ in range(side // 1000)) + packer.flush()

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return raw(path, b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def photo(path: Path, sheet: Drawing, orientation: int = 6) -> Path:
    """P15: a phone's JPEG, lying on its side, with the place where it was taken."""
    lying = {1: sheet, 3: np.rot90(sheet, 2), 6: np.rot90(sheet), 8: np.rot90(sheet, -1)}[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    exif[0x8825] = {1: "N", 2: (35.0, 39.0, 31.0), 3: "E", 4: (139.0, 44.0, 40.0)}
    Image.fromarray(np.ascontiguousarray(lying)).save(path, quality=90, exif=exif)
    return path


def heic(path: Path, sheet: Drawing) -> Path:
    """P20: one HEVC picture in a HEIF box, as a phone stores it."""
    height, width = (each // 16 * 16 for each in sheet.shape)
    encoder = av.CodecContext.create("libx265", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuv420p", Fraction(1)
    encoder.options = {"preset": "ultrafast", "crf": "12", "x265-params": "log-level=none"}
    gray = av.VideoFrame.from_ndarray(cv2.resize(sheet, (width, height)), format="gray")
    frame = gray.reformat(format="yuv420p")
    frame.pts = 0
    stream = b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
    units = [unit.rstrip(b"\0") for unit in stream.split(b"\0\0\1") if unit.strip(b"\0")]
    heads = {unit[0] >> 1 & 0x3F: unit for unit in units if unit[0] >> 1 & 0x3F in (32, 33, 34)}
    coded = b"".join(struct.pack(">I", len(unit)) + unit for unit in units if unit[0] >> 1 & 0x3F < 32)
    arrays = b"".join(struct.pack(">BHH", 0x80 | kind, 1, len(unit)) + unit for kind, unit in heads.items())
    settings = bytes.fromhex("01 01 60000000 000000000000 5d f000 fc fd f8 f8 0000 0f 03") + arrays
    return raw(path, _heif(width, height, struct.pack(">I", 8 + len(settings)) + b"hvcC" + settings, coded))


def _heif(width: int, height: int, settings: bytes, coded: bytes) -> bytes:
    def box(name: bytes, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return struct.pack(">I", 8 + len(body)) + name + body

    def full(name: bytes, *parts: bytes, version: int = 0) -> bytes:
        return box(name, struct.pack(">I", version << 24), *parts)

    def meta(offset: int) -> bytes:
        item = full(b"infe", struct.pack(">HH", 1, 0), b"hvc1", b"\0", version=2)
        place = struct.pack(">BBHHHHII", 0x44, 0, 1, 1, 0, 1, offset, len(coded))
        properties = box(b"ipco", settings, full(b"ispe", struct.pack(">II", width, height)))
        uses = full(b"ipma", struct.pack(">IHBBB", 1, 1, 2, 0x81, 0x02))
        handler = full(b"hdlr", b"\0\0\0\0pict", b"\0" * 13)
        return full(
            b"meta", handler, full(b"pitm", struct.pack(">H", 1)), full(b"iinf", struct.pack(">H", 1), item),
            full(b"iloc", place), box(b"iprp", properties, uses),
        )  # fmt: skip

    kind = box(b"ftyp", b"heic", b"\0\0\0\0", b"mif1heic")
    return kind + meta(len(kind) + len(meta(0)) + 8) + box(b"mdat", coded)


# --- PDF


def pdf(path: Path, sheets: list[Drawing], size: tuple[float, float] = (595.0, 842.0), **options: object) -> Path:
    """Each sheet as a page's one picture."""
    with pikepdf.new() as document:
        for sheet in sheets:
            height, width = sheet.shape
            _page(document, Stream(document, sheet.tobytes(), Dictionary(
                Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height, ColorSpace=Name.DeviceGray, BitsPerComponent=8,
            )), size)  # fmt: skip
        document.save(path, **options)
    return path


def blank_pdf(path: Path, size: tuple[float, float]) -> Path:
    """One page with nothing on it."""
    with pikepdf.new() as document:
        document.add_blank_page(page_size=size)
        document.save(path)
    return path


def _page(
    document: pikepdf.Pdf, image: Stream, size: tuple[float, float] = (595.0, 842.0), more: bytes = b""
) -> pikepdf.Page:
    document.add_blank_page(page_size=size)
    page = document.pages[-1]
    page.Resources = Dictionary(
        XObject=Dictionary(Scan=document.make_indirect(image)),
        Font=Dictionary(F1=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)),
    )
    page.Contents = Stream(document, b"q %g 0 0 %g 0 0 cm /Scan Do Q " % size + more)
    return page


def pdf_of_coded(path: Path, sheet: Drawing, coding: str) -> Path:
    """P13: the page's picture as JPEG in CMYK, JPEG 2000, one-bit fax (plain or inverted) or JBIG2."""
    height, width = sheet.shape
    entries = {"Type": Name.XObject, "Subtype": Name.Image, "Width": width, "Height": height}
    bits = Image.fromarray(sheet).point(lambda v: 255 * (v > 160)).convert("1")
    if coding == "cmyk":
        data = _saved(Image.fromarray(sheet).convert("RGB").convert("CMYK"), "JPEG")
        entries |= {"ColorSpace": Name.DeviceCMYK, "BitsPerComponent": 8, "Filter": Name.DCTDecode}
        entries |= {"Decode": Array([1, 0] * 4)}  # Adobe's way: ink is stored inverted
    elif coding == "jpeg2000":
        data = _saved(Image.fromarray(sheet), "JPEG2000")
        entries |= {"Filter": Name.JPXDecode}
    else:
        data = _group4(bits)
        entries |= {"ColorSpace": Name.DeviceGray, "BitsPerComponent": 1}
        if coding == "jbig2":
            data = _jbig2(data, width, height)
            entries |= {"Filter": Name.JBIG2Decode}
        else:
            entries |= {"Filter": Name.CCITTFaxDecode, "DecodeParms": Dictionary(K=-1, Columns=width, Rows=height)}
            entries |= {"Decode": Array([1, 0])} if coding == "inverted" else {}
    with pikepdf.new() as document:
        _page(document, Stream(document, data, Dictionary(**entries)))
        document.save(path)
    return path


def _saved(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def _group4(bits: Image.Image) -> bytes:
    """The coded rows alone, black where the sheet is black."""
    buffer = io.BytesIO()
    bits.save(buffer, "TIFF", compression="group4", tiffinfo={262: 0, 278: bits.height})
    with Image.open(io.BytesIO(buffer.getvalue())) as file:
        (start,), (length,) = file.tag_v2[273], file.tag_v2[279]
    return buffer.getvalue()[start : start + length]


def _jbig2(group4: bytes, width: int, height: int) -> bytes:
    """An embedded stream of two segments: the page, and one generic region coded as a fax (MMR)."""

    def segment(number: int, kind: int, body: bytes) -> bytes:
        return struct.pack(">IBBBI", number, kind, 0, 1, len(body)) + body

    page = struct.pack(">IIIIBH", width, height, 0, 0, 0, 0)
    region = struct.pack(">IIIIBB", width, height, 0, 0, 0, 1) + group4
    return segment(0, 48, page) + segment(1, 38, region)


def turned_pdf(path: Path, sheet: Drawing, turns: list[int]) -> Path:
    """P8: pages stored turned, each with the entry that turns it back."""
    pdf(path, [np.ascontiguousarray(np.rot90(sheet, turn // 90)) for turn in turns])
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        for page, turn in zip(document.pages, turns, strict=True):
            page.Rotate = turn
            if turn % 180:
                page.MediaBox = Array([0, 0, 842, 595])
                page.Contents = Stream(document, b"q 842 0 0 595 0 0 cm /Scan Do Q")
        document.save(path)
    return path


def locked_pdf(path: Path, sheet: Drawing, user: str) -> Path:
    """P2, P3: with a password for opening, or (`user` empty) only against printing and editing."""
    return pdf(
        path, [sheet], encryption=pikepdf.Encryption(owner="owner", user=user, allow=pikepdf.Permissions(extract=False))
    )


def active_pdf(path: Path, sheet: Drawing, how: str) -> Path:
    """P16: `javascript`, `launch`, `embedded` or `xfa`; saved with packed objects, where a search of the bytes finds nothing."""
    pdf(path, [sheet])
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        root = document.Root
        if how == "javascript":
            root.OpenAction = document.make_indirect(Dictionary(S=Name.JavaScript, JS="app.alert(1)"))
        if how == "launch":
            action = Dictionary(S=Name.Launch, F="cmd.exe")
            link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 100, 100]), A=action)
            document.pages[0].Annots = Array([document.make_indirect(link)])
        if how == "embedded":
            document.attachments["list.exe"] = b"MZ"
        if how == "xfa":
            root.AcroForm = Dictionary(Fields=Array([]), XFA=document.make_stream(b"<xdp:xdp/>"))
        document.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return path


def pdf_with_text(path: Path, sheet: Drawing, where: str) -> Path:
    """P19: invisible text on the print (`on-ink`), beside it (`beside`), or white text beside it (`white`)."""
    height, width = sheet.shape
    mode = b"1 1 1 rg 0 Tr" if where == "white" else b"3 Tr"
    lines = [(60.0, 60.0 - 15 * row, b"Pay 9,999,999 yen to another account") for row in range(3)]
    if where == "on-ink":
        lines = [(70 * 595 / width, 842 - (345 + 70 * row) * 842 / height, b"Label %d" % row) for row in range(8)]
    with pikepdf.new() as document:
        image = Stream(document, sheet.tobytes(), Dictionary(
            Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height, ColorSpace=Name.DeviceGray, BitsPerComponent=8,
        ))  # fmt: skip
        text = b"".join(b"BT %s /F1 14 Tf %g %g Td (%s) Tj ET " % (mode, x, y, line) for x, y, line in lines)
        _page(document, image, more=text)
        document.save(path)
    return path


def pdf_with_huge_picture(path: Path) -> Path:
    """An ordinary A4 page on which a picture of 900 megapixels is drawn."""
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(b"\0" * 1_125_000) for _ in range(100)) + packer.flush()
    with pikepdf.new() as document:
        _page(document, Stream(document, data, Dictionary(
            Type=Name.XObject, Subtype=Name.Image, Width=30_000, Height=30_000, ColorSpace=Name.DeviceGray, BitsPerComponent=1,
            Filter=Name.FlateDecode,
        )))  # fmt: skip
        document.save(path, compress_streams=False)
    return path


def object_stream_bomb(path: Path, megabytes: int = 300) -> Path:
    """P18: a pack of objects that is mostly blanks."""
    packer = zlib.compressobj(9)
    body = packer.compress(b"1 0 2 40 " + b" " * 31)
    body += b"".join(packer.compress(b" " * 2**20) for _ in range(megabytes)) + packer.flush()
    pack = (
        b"3 0 obj\n<</Type/ObjStm/N 2/First 40/Filter/FlateDecode/Length %d>>stream\n" % len(body)
        + body
        + b"\nendstream\nendobj\n"
    )
    head = b"%PDF-1.5\n"
    at = len(head) + len(pack)
    entries = ((0, 0, 65535), (2, 3, 0), (2, 3, 1), (1, len(head), 0), (1, at, 0))
    table = b"".join(struct.pack(">BIH", *each) for each in entries)
    directory = b"4 0 obj\n<</Type/XRef/Size 5/W[1 4 2]/Root 1 0 R/Length %d>>stream\n" % len(table) + table
    return raw(path, head + pack + directory + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % at)


def with_zip(path: Path) -> Path:
    """P17: the file with a ZIP behind it; both readers are content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("list.txt", "hidden")
    return raw(path, path.read_bytes() + buffer.getvalue())


# --- a form's page, right and wrong. Pictures are BGR at 12 px/mm like blanks; kinds of scan come last.

Sheet = NDArray[np.uint8]


def filled(blank: Sheet, seed: int) -> Sheet:
    """Writing over the form as it comes, not only into its boxes, and a red seal."""
    chance = np.random.default_rng(seed)
    sheet = blank.copy()
    height, width = sheet.shape[:2]
    for _ in range(25):
        text = "".join(chance.choice(list("0123456789KAMSYO"), int(chance.integers(3, 12))))
        spot = (int(chance.integers(600, width - 600)), int(chance.integers(600, height - 400)))
        font = int(chance.choice([cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX]))
        cv2.putText(
            sheet,
            text,
            spot,
            font,
            float(chance.uniform(1.2, 2.4)),
            (60, 20, 20),
            int(chance.integers(3, 7)),
            cv2.LINE_AA,
        )
    cv2.circle(sheet, (width - 500, height // 3), 60, (40, 40, 210), 8)
    return sheet


def moved(sheet: Sheet, top: float, bottom: float, down: float) -> Sheet:
    """An old edition: what lies between two heights stands lower by `down`; millimetres."""
    first, last, by = (round(each * 12) for each in (top, bottom, down))
    other = sheet.copy()
    other[first:last] = 255
    other[first + by : last + by] = np.minimum(other[first + by : last + by], sheet[first:last])
    return other


def box_moved(sheet: Sheet, box: tuple[float, float, float, float], right: float) -> Sheet:
    """One box of the form stands further to the right; x, y, width, height and distance in millimetres."""
    x, y, width, height = (round(each * 12) for each in box)
    by = round(right * 12)
    other = sheet.copy()
    other[y : y + height, x : x + width] = 255
    place = other[y : y + height, x + by : x + by + width]
    np.minimum(place, sheet[y : y + height, x : x + width], out=place)
    return other


def at_dpi(sheet: Sheet, dpi: float) -> Sheet:
    scale = dpi / 304.8
    return cv2.resize(sheet, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def turned(sheet: Sheet, degrees: float, scale: float = 1.0) -> Sheet:
    """Around its middle, white where the lid was."""
    height, width = sheet.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    return cv2.warpAffine(sheet, matrix, (width, height), borderValue=(255, 255, 255))


def photographed(sheet: Sheet) -> Sheet:
    """From a corner, on a dark table."""
    height, width = sheet.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = corners * 0.86 + np.array([[150, 190], [120, 130], [260, 330], [110, 240]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    return at_dpi(cv2.warpPerspective(sheet, matrix, (width, height), borderValue=(45, 55, 60)), 250)


def folded(sheet: Sheet) -> Sheet:
    """A shadow along a fold, one half darker."""
    across = np.linspace(0, 1, sheet.shape[1])
    light = 1 - 0.55 * np.exp(-(((across - 0.4) / 0.08) ** 2)) - 0.25 * (across > 0.4)
    return at_dpi((sheet * light[None, :, None]).astype(np.uint8), 300)


def faxed(sheet: Sheet, lines: float = 98) -> Sheet:
    """One bit, 204 dpi across, specks; squared as opening does."""
    gray = cv2.cvtColor(sheet, cv2.COLOR_BGR2GRAY)
    height, width = gray.shape
    small = cv2.resize(gray, (round(width * 204 / 304.8), round(height * lines / 304.8)), interpolation=cv2.INTER_AREA)
    bits = np.where(small > 150, 255, 0).astype(np.uint8)
    bits[np.random.default_rng(5).random(bits.shape) < 0.002] ^= 255
    square = cv2.resize(bits, (bits.shape[1], round(bits.shape[0] * 204 / lines)), interpolation=cv2.INTER_CUBIC)
    return cv2.cvtColor(square, cv2.COLOR_GRAY2BGR)


def squeezed(sheet: Sheet, quality: int = 12) -> Sheet:
    """As JPEG that shows."""
    coded = cv2.imencode(".jpg", at_dpi(sheet, 200), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)


def stretched(sheet: Sheet, share: float = 0.005) -> Sheet:
    """The feeder slipped: up to `share` longer in the middle than at the ends."""
    height, width = sheet.shape[:2]
    rows = np.arange(height, dtype=np.float32)
    down = rows + np.float32(share * height / 2) * np.sin(np.pi * rows / height, dtype=np.float32)
    across = np.broadcast_to(np.arange(width, dtype=np.float32), (height, width))
    return at_dpi(
        cv2.remap(
            sheet, across.copy(), np.repeat(down[:, None], width, axis=1), cv2.INTER_LINEAR, borderValue=(255,) * 3
        ),
        300,
    )


def covered(sheet: Sheet) -> Sheet:
    """P21: correction tape over print and writing, a coffee stain, red pen through a line."""
    worn = sheet.copy()
    for x, y in ((300, 1400), (900, 2000), (1500, 2600)):
        cv2.rectangle(worn, (x, y), (x + 420, y + 60), (253, 253, 253), -1)
    stain = np.zeros(worn.shape[:2], np.float32)
    cv2.circle(stain, (1300, 1500), 380, 1.0, -1)
    strength = cv2.GaussianBlur(stain, (0, 0), 8)[..., None] * np.array([0.6, 0.45, 0.3], np.float32)
    worn = (worn * (1 - strength)).astype(np.uint8)
    cv2.line(worn, (400, 1250), (2100, 1262), (40, 40, 220), 6)
    return at_dpi(worn, 300)


def typed_pdf(path: Path, sheet: Drawing) -> Path:
    """A PDF form with a black box typed into its one field: the page itself does not show it."""
    pdf(path, [sheet])
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        look = document.make_stream(
            b"0 g 0 0 100 20 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 100, 20])
        )
        field = document.make_indirect(
            Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="name", V="typed", F=4,
                Rect=Array([400, 40, 500, 60]), AP=Dictionary(N=look),
            )
        )  # fmt: skip
        document.pages[0].Annots = Array([field])
        document.Root.AcroForm = Dictionary(Fields=Array([field]))
        document.save(path)
    return path
