"""Recognisers: a crop goes in, character probabilities come out. One contract, several engines.

`open_recogniser` gives a member by name; `decode` makes a `Reading` of what comes out.
"""

from ocr.engine.opening import open_recogniser

__all__ = ["open_recogniser"]
