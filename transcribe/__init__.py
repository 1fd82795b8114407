"""Audio to transcript. Knows nothing of jobs."""

import os

# onnxruntime's official builds send usage events to their maker unless this is set before the library is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
