"""The last page of the minutes: how complete the text is, what is missing, what was taken out."""

from collections.abc import Sequence

from docx.document import Document
from docx.shared import Mm, Pt

from transcribe.errors import sentence
from transcribe.transcript import Transcript
from transcribe.writing.certified import facts, gap, noted, reason
from transcribe.writing.heading import clock, printable
from transcribe.writing.tables import GREY, SHADE, cells, column_names, plain, table
from transcribe.writing.word import SANS, shade

MOST = 100  # lines of one list; a recording of twelve hours must not end in fifty pages of them
_FACTS = (Mm(52), Mm(118))
_REMOVED = (Mm(19), Mm(86), Mm(65))
_HITS = (Mm(118), Mm(52))


def add(document: Document, transcript: Transcript, language: str) -> None:
    """A page of its own after the minutes."""
    certificate = transcript.certificate
    head = document.add_paragraph()
    plain(head, sentence("certificate-title", language, {}), 14, font=SANS, bold=True)
    head.paragraph_format.page_break_before, head.paragraph_format.space_after = True, Pt(4)
    plain(document.add_paragraph(), sentence("certificate-about", language, {}), 9, colour=GREY)
    document.add_paragraph().paragraph_format.line_spacing = 0.6
    lines = [(one.label, one.value) for one in facts(transcript, language)]
    if certificate.notes:
        notes = "\n".join(noted(note, language) for note in certificate.notes)
        lines.append((sentence("certificate-notes", language, {}), notes))
    _facts(document, lines)
    _heading(document, sentence("certificate-gaps", language, {}))
    _list(document, [gap(one, language) for one in certificate.gaps], "certificate-no-gaps", language)
    _heading(document, sentence("certificate-removed", language, {}))
    if certificate.removed:
        rows = [(clock(one.start), one.text, reason(one, language)) for one in certificate.removed]
        _rows(document, ("certificate-time", "certificate-sentence", "certificate-reason"), rows, _REMOVED, language)
    else:
        plain(document.add_paragraph(), sentence("certificate-no-removed", language, {}), 10)
    if transcript.hits:
        _heading(document, sentence("certificate-hits", language, {}))
        counted = [(one.term, str(one.count)) for one in transcript.hits]
        _rows(document, ("certificate-term", "certificate-count"), counted, _HITS, language)


def _facts(document: Document, lines: Sequence[tuple[str, str]]) -> None:
    for (label, value), row in zip(lines, table(document, len(lines), _FACTS).rows, strict=True):
        name, text = cells(row, _FACTS)
        shade(name._tc.get_or_add_tcPr(), SHADE)
        plain(name.paragraphs[0], label, 9.5, font=SANS)
        plain(text.paragraphs[0], printable(value), 10.5)


def _heading(document: Document, text: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(10), Pt(3)
    paragraph.paragraph_format.keep_with_next = True
    plain(paragraph, text, 10.5, font=SANS, bold=True)


def _list(document: Document, lines: Sequence[str], none: str, language: str) -> None:
    for line in lines[:MOST]:
        plain(document.add_paragraph(), f"● {line}", 10)
    if not lines:
        plain(document.add_paragraph(), sentence(none, language, {}), 10)
    _more(document, len(lines), language)


def _rows(
    document: Document, names: Sequence[str], rows: Sequence[tuple[str, ...]], widths: Sequence[Mm], language: str
) -> None:
    shown = rows[:MOST]
    made = iter(table(document, len(shown) + 1, widths).rows)
    column_names(next(made), [sentence(name, language, {}) for name in names], widths)
    for values, row in zip(shown, made, strict=True):
        for value, cell in zip(values, cells(row, widths), strict=True):
            plain(cell.paragraphs[0], printable(value), 10)
    _more(document, len(rows), language)


def _more(document: Document, count: int, language: str) -> None:
    if count > MOST:
        plain(document.add_paragraph(), sentence("certificate-more", language, {"count": count - MOST}), 9, colour=GREY)
