"""Audio to transcript. Knows nothing of jobs."""

import os

# onnxruntime's official builds send usage events to their maker unless this is set before the library is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# faster-whisper brings a client for a model hub along. Nothing here calls it; if something did, it would be refused before a packet leaves.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
