"""Formula injection: text that a spreadsheet would run is made text again (S18, X18)."""

import re

# The full-width twins too: Japanese spreadsheets take them for their narrow ones. U+2212 becomes － in cp932.
_RUNS = re.compile("'*[=+\\-@\\t\\r\\n\\0＝＋－＠−]")


def guard(text: str) -> str:
    """An apostrophe ahead of text that begins like a formula.

    Reversible: text that already has apostrophes there gets one more, so taking one off gives the original back.
    """
    return f"'{text}" if _RUNS.match(text) else text
