"""What lies on or through the writing: a stroke of correction, a seal, red ink, a cell whose character was lost."""

from ocr.records import Evidence
from ocr.values.parsed import Parsed

_LEAST = {
    "strike_out": ("writing-struck-out", 0.2),
    "red_ink": ("red-over-writing", 0.01),
    "cells_differ": ("cells-differ", 0.5),
}
"""Sign of the picture → finding, and from when on: no made form without such a trace came near these."""


def told(parsed: Parsed, evidence: Evidence, path: str) -> Parsed:
    """With a finding for each trace: such a value is looked at, however sure its characters are."""
    for sign, (code, least) in _LEAST.items():
        if evidence.signs.get(sign, 0.0) >= least:
            parsed = parsed.told(path, code)
    return parsed
