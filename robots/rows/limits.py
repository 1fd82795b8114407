"""How much a file of rows may be. Checked before and while it is read, never after."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Defaults fit a year's rows of a department, and a worker's jail."""

    rows: int = 10_000
    """Over all files together, refused rows included."""
    bytes: int = 64 * 1024 * 1024
    """Of one file as it was handed in."""
    unpacked: int = 512 * 1024 * 1024
    """Of all entries of a workbook's archive together; 100,000 rows of 20 columns need about 120 MB."""
    entries: int = 2_000
    """Files in a workbook's archive; an honest one has some dozen."""
    cells: int = 20_000_000
    """Cells of one sheet that are looked at, empty ones with a format included."""
    cell_characters: int = 32_767
    """What Excel itself takes."""
