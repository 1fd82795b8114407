"""Files: one contract (`contract.py`), a folder of our own (`folder.py`) and any S3 bucket (`bucket.py`)."""
