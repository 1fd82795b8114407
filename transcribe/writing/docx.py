"""The minutes draft as a Word file that clerks correct: time, speaker (left open), contents."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
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
    table = _table(document, len(rows), _FACT_WIDTHS)
    for (label, value), row in zip(rows, table.rows, strict=True):
        name, text = _cells(row, _FACT_WIDTHS)
        shade(name._tc.get_or_add_tcPr(), _SHADE)
        _plain(name.paragraphs[0], label, 9.5, font=SANS)
        _plain(text.paragraphs[0], value, 10.5)
    document.add_paragraph().paragraph_format.line_spacing = 0.6


def _body(document: Document, transcript: Transcript, language: str) -> None:
    spoken = [(clock(one.start), one.text) for one in paragraphs(transcript.segments)]
    spoken = spoken or [("", sentence("minutes-empty", language, {}))]
    table = _table(document, len(spoken) + 1, _WIDTHS)
    rows = iter(table.rows)
    _column_names(next(rows), language)
    for (at, text), row in zip(spoken, rows, strict=True):
        when, _, what = _cells(row, _WIDTHS)
        when.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        _plain(when.paragraphs[0], at, 9, font=SANS, colour=_GREY)
        _plain(what.paragraphs[0], printable(text), 10.5)


def _column_names(row: _Row, language: str) -> None:
    """The first row, which Word repeats on every page."""
    codes = ("minutes-time", "minutes-speaker", "minutes-text")
    for cell, code in zip(_cells(row, _WIDTHS), codes, strict=True):
        shade(cell._tc.get_or_add_tcPr(), _SHADE)
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        _plain(cell.paragraphs[0], sentence(code, language, {}), 9.5, font=SANS, bold=True)
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _table(document: Document, rows: int, widths: Sequence[Length]) -> Table:
    table: Table = document.add_table(rows, len(widths), "Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    return table


def _cells(row: _Row, widths: Sequence[Length]) -> tuple[_Cell, ...]:
    """The cells of a row that is not torn between pages."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    cells: tuple[_Cell, ...] = row.cells
    for cell, width in zip(cells, widths, strict=True):
        cell.width = width
        spacing = cell.paragraphs[0].paragraph_format
        spacing.space_before = spacing.space_after = Pt(2)
    return cells


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
