"""The minutes draft as a Word file that clerks correct: time, speaker, contents; on the last page what the text leaves out."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from transcribe.errors import sentence
from transcribe.transcript import Transcript
from transcribe.writing import certificate_page
from transcribe.writing.damage import damage_notes
from transcribe.writing.heading import Heading, clock, printable, written_date, written_length
from transcribe.writing.paragraphs import paragraphs
from transcribe.writing.speakers import shown
from transcribe.writing.tables import GREY, SHADE, cells, column_names, plain, table
from transcribe.writing.word import SANS, add_field, japanese_document, packed, shade

_FACT_WIDTHS = (Mm(32), Mm(138))
_WIDTHS = (Mm(19), Mm(29), Mm(122))
_COLUMNS = ("minutes-time", "minutes-speaker", "minutes-text")
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)


def write(transcript: Transcript, heading: Heading) -> bytes:
    """The same bytes for the same transcript and heading."""
    document = japanese_document()
    _title(document, heading)
    _margins(document, heading)
    _facts(document, _fact_rows(transcript, heading))
    notes = [f"● {note}" for note in damage_notes(transcript, heading.language)]
    for note in [sentence("minutes-note", heading.language, {}), *notes]:
        plain(document.add_paragraph(), note, 9, colour=GREY)
    document.add_paragraph()
    _body(document, transcript, heading.language)
    if transcript.measured:
        certificate_page.add(document, transcript, heading.language)
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
    plain(title, _named(heading), 16, font=SANS, bold=True)


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
    for (label, value), row in zip(rows, table(document, len(rows), _FACT_WIDTHS).rows, strict=True):
        name, text = cells(row, _FACT_WIDTHS)
        shade(name._tc.get_or_add_tcPr(), SHADE)
        plain(name.paragraphs[0], label, 9.5, font=SANS)
        plain(text.paragraphs[0], value, 10.5)
    document.add_paragraph().paragraph_format.line_spacing = 0.6


def _body(document: Document, transcript: Transcript, language: str) -> None:
    spoken = [(clock(one.start), shown(one.speaker, language), one.text) for one in paragraphs(transcript.segments)]
    spoken = spoken or [("", "", sentence("minutes-empty", language, {}))]
    rows = iter(table(document, len(spoken) + 1, _WIDTHS).rows)
    column_names(next(rows), [sentence(code, language, {}) for code in _COLUMNS], _WIDTHS)
    for (at, speaker, text), row in zip(spoken, rows, strict=True):
        when, who, what = cells(row, _WIDTHS)
        when.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        plain(when.paragraphs[0], at, 9, font=SANS, colour=GREY)
        plain(who.paragraphs[0], printable(speaker), 9.5)
        plain(what.paragraphs[0], printable(text), 10.5)
