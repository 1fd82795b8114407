"""Tables and runs of the minutes, as Word lays them out."""

from collections.abc import Sequence

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.shared import Length, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from transcribe.writing.word import SANS, set_font, shade

SHADE = "E8EEF7"
GREY = RGBColor(0x55, 0x55, 0x55)


def table(document: Document, rows: int, widths: Sequence[Length]) -> Table:
    """An empty table with a thin grid."""
    made: Table = document.add_table(rows, len(widths), "Table Grid")
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    made.autofit = False
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    return made


def cells(row: _Row, widths: Sequence[Length]) -> tuple[_Cell, ...]:
    """The cells of a row that is not torn between pages."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    cells: tuple[_Cell, ...] = row.cells
    for cell, width in zip(cells, widths, strict=True):
        cell.width = width
        spacing = cell.paragraphs[0].paragraph_format
        spacing.space_before = spacing.space_after = Pt(2)
    return cells


def plain(
    paragraph: Paragraph,
    text: str,
    size: float,
    *,
    font: str = "",
    bold: bool = False,
    colour: RGBColor | None = None,
) -> None:
    """Text of one look at the end of a paragraph."""
    run = paragraph.add_run(text)
    run.font.size, run.font.bold = Pt(size), bold or None
    if colour is not None:
        run.font.color.rgb = colour
    if font:
        set_font(run._r.get_or_add_rPr(), font)


def column_names(row: _Row, names: Sequence[str], widths: Sequence[Length]) -> None:
    """The first row, which Word repeats on every page."""
    for cell, name in zip(cells(row, widths), names, strict=True):
        shade(cell._tc.get_or_add_tcPr(), SHADE)
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        plain(cell.paragraphs[0], name, 9.5, font=SANS, bold=True)
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
