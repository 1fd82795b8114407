"""Word's plumbing: an A4 page with Japanese fonts, page number fields, and files that repeat byte for byte."""

import io
import zipfile
from datetime import datetime

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

SERIF, SANS = "游明朝", "游ゴシック"
# What stands in, in this order, on machines without Microsoft's fonts.
_ELSEWHERE = {SERIF: "Yu Mincho,Noto Serif CJK JP", SANS: "Yu Gothic,Noto Sans CJK JP"}
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def japanese_document() -> Document:
    """An empty A4 document whose every script is set in a Japanese font."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin, section.bottom_margin = Mm(25), Mm(22)
    section.header_distance = section.footer_distance = Mm(12)
    _defaults(document)
    for name, font, size in (("Normal", SERIF, 10.5), ("Header", SANS, 8.5), ("Footer", SANS, 8.5)):
        style = document.styles[name]
        if isinstance(style, ParagraphStyle):
            style.font.size = Pt(size)
            style.paragraph_format.space_after, style.paragraph_format.line_spacing = Pt(0), 1.2
            set_font(style.element.get_or_add_rPr(), font)
    document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)._blob = _font_table()
    return document


def set_font(properties: BaseOxmlElement, font: str) -> None:
    """One font for every script; eastAsia is the one that Japanese text is set in."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), font)


def add_field(paragraph: Paragraph, code: str) -> None:
    """A field that Word computes: PAGE, NUMPAGES."""
    for kind in ("begin", code, "separate", "1", "end"):
        run = paragraph.add_run()
        if kind == code:
            text = OxmlElement("w:instrText")
            text.set(qn("xml:space"), "preserve")
            text.text = f" {code} "
            run._r.append(text)
        elif kind == "1":
            run.text = kind
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def shade(cell_properties: BaseOxmlElement, colour: str) -> None:
    """A cell's background, as RRGGBB."""
    shading = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shading.set(qn(f"w:{name}"), value)
    cell_properties.append(shading)


def packed(document: Document, made: datetime) -> bytes:
    """The file's bytes; python-docx stamps the clock of now into the archive, which is undone here."""
    properties = document.core_properties
    properties.created = properties.modified = made
    properties.revision, properties.last_modified_by = 1, ""
    stamped = io.BytesIO()
    document.save(stamped)
    whole = io.BytesIO()
    with zipfile.ZipFile(stamped) as source, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return whole.getvalue()


def _defaults(document: Document) -> None:
    run = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    set_font(run, SERIF)
    language = run.find(qn("w:lang"))
    language.set(qn("w:eastAsia"), "ja-JP")


def _font_table() -> bytes:
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="80"/></w:font>'
        for name, other in _ELSEWHERE.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'.encode()
