"""How many speakers a job's option or a person asks for. Pure: standard library only but for the house's own error."""

import unicodedata
from collections.abc import Mapping
from typing import Any, Literal

from digilab.errors import SpeakersMalformedError

AUTO: Literal["auto"] = "auto"
OFF = "off"
LEAST, MOST = 2, 10
COST = 0.1
"""Of what the text of a second costs: what fair share and progress count for telling its speakers apart."""

Wanted = int | Literal["auto"]


def wanted(options: Mapping[str, Any]) -> Wanted | None:
    """The option `speakers`: `off` (or none) is None, `auto`, or a number from 2 to 10. Raises SpeakersMalformedError."""
    written = unicodedata.normalize("NFKC", str(options.get("speakers", OFF))).strip().removesuffix("人").strip()
    if written in ("", OFF):
        return None
    if written == AUTO:
        return AUTO
    if written.isascii() and written.isdigit() and len(written) <= 2 and LEAST <= int(written) <= MOST:
        return int(written)
    raise SpeakersMalformedError(speakers=written[:20], least=LEAST, most=MOST)
