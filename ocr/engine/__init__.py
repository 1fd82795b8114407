"""Recognisers: a crop goes in, character probabilities come out. One contract, several engines.

`open_recogniser` gives a member by name; `decode` makes a `Reading` of what comes out.
"""

import os

from ocr.engine.opening import open_recogniser

__all__ = ["open_recogniser"]

# onnxruntime's official builds send usage events to their maker unless this is set before the library is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# paddleocr brings a client for model hubs along. Nothing here calls it; if something did, it would be refused before a packet leaves.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
