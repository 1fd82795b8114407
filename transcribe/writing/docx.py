"""The minutes draft as a Word file that clerks correct: time, speaker (left open), contents."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from transcribe.errors import sentence
from transcribe.transcript import Transcript
from transcribe.writing.damage import damage_notes
from transcribe.writing.heading import Heading, clock, printable, written_date, written_length
from transcribe.writing.paragraphs import paragraphs
from transcribe.writing.word import SANS, add_field, japanese_document, packed, set_font, shade

_FACT_WIDTHS = (Mm(32), Mm(138))
_WIDTHS = (Mm(19), Mm(29), Mm(122))
_SHADE = "E8EEF7"
_GREY = RGBColor(0x55, 0x55, 0x55)
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)


def write(transcript: Transcript, heading: Heading) -> bytes:
    """The same bytes for the same transcript and heading."""
    document = japanese_document()
    _title(document, heading)
    _margins(document, heading)
    _facts(document, _fact_rows(transcript, heading))
    notes = [f"● {note}" for note in damage_notes(transcript, heading.language)]
    for note in [sentence("minutes-note", heading.language, {}), *notes]:
        _plain(document.add_paragraph(), note, 9, colour=_GREY)
    document.add_paragraph()
    _body(document, transcript, heading.language)
    made = datetime.combine(heading.date, time(), UTC) if heading.date else _NO_DATE
    return packed(document, made)


def _named(heading: Heading) -> str:
    return printable(heading.title).strip() or sentence("minutes-title", heading.language, {})


def _title(document: Document, heading: Heading) -> None:
    properties = document.core_properties
    properties.title, properties.author = _named(heading)[:250], ""
    properties.language = heading.language
    properties.comments = ""
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_after = Pt(10)
    _plain(title, _named(heading), 16, font=SANS, bold=True)


def _margins(document: Document, heading: Heading) -> None:
    """Title and receipt number on top of every page, page numbers at the foot."""
    section = document.sections[0]
    head = section.header.paragraphs[0]
    head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    head.add_run("　".join(part for part in (_named(heading), printable(heading.receipt)) if part))
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    text = sentence("minutes-page", heading.language, {"page": "\0", "pages": "\1"})
    before, _, rest = text.partition("\0")
    between, _, after = rest.partition("\1")
    foot.add_run(before)
    add_field(foot, "PAGE")
    foot.add_run(between)
    add_field(foot, "NUMPAGES")
    foot.add_run(after)


def _fact_rows(transcript: Transcript, heading: Heading) -> list[tuple[str, str]]:
    language = heading.language
    rows = (
        ("minutes-date", written_date(heading.date, language) if heading.date else ""),
        ("minutes-length", written_length(transcript.duration, language)),
        ("minutes-department", heading.department),
        ("minutes-source", heading.source),
        ("minutes-receipt", heading.receipt),
        ("minutes-model", sentence("minutes-made-by", language, {"model": transcript.model})),
    )
    return [(sentence(code, language, {}), printable(value)) for code, value in rows if value]


def _facts(document: Document, rows: Sequence[tuple[str, str]]) -> None:
    table = _table(document, _FACT_WIDTHS)
    for label, value in rows:
        cells = _add_row(table, _FACT_WIDTHS)
        shade(cells[0]._tc.get_or_add_tcPr(), _SHADE)
        _plain(cells[0].paragraphs[0], label, 9.5, font=SANS)
        _plain(cells[1].paragraphs[0], value, 10.5)
    document.add_paragraph().paragraph_format.line_spacing = 0.6


def _body(document: Document, transcript: Transcript, language: str) -> None:
    table = _table(document, _WIDTHS)
    head = _add_row(table, _WIDTHS)
    for cell, code in zip(head, ("minutes-time", "minutes-speaker", "minutes-text"), strict=True):
        shade(cell._tc.get_or_add_tcPr(), _SHADE)
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        _plain(cell.paragraphs[0], sentence(code, language, {}), 9.5, font=SANS, bold=True)
    _repeated(table.rows[0])
    spoken = paragraphs(transcript.segments)
    for one in spoken:
        at, _, text = _add_row(table, _WIDTHS)
        at.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        _plain(at.paragraphs[0], clock(one.start), 9, font=SANS, colour=_GREY)
        _plain(text.paragraphs[0], printable(one.text), 10.5)
    if not spoken:
        _plain(_add_row(table, _WIDTHS)[2].paragraphs[0], sentence("minutes-empty", language, {}), 10.5)


def _table(document: Document, widths: Sequence[Length]) -> Table:
    table = document.add_table(0, len(widths), "Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    return table


def _add_row(table: Table, widths: Sequence[Length]) -> tuple[_Cell, ...]:
    """A row that is not torn between pages."""
    row = table.add_row()
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    cells = row.cells
    for cell, width in zip(cells, widths, strict=True):
        cell.width = width
        spacing = cell.paragraphs[0].paragraph_format
        spacing.space_before = spacing.space_after = Pt(2)
    return cells


def _repeated(row: _Row) -> None:
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _plain(
    paragraph: Paragraph,
    text: str,
    size: float,
    *,
    font: str = "",
    bold: bool = False,
    colour: RGBColor | None = None,
) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold = Pt(size), bold or None
    if colour is not None:
        run.font.color.rgb = colour
    if font:
        set_font(run._r.get_or_add_rPr(), font)
