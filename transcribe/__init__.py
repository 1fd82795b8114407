"""Audio to transcript. Knows nothing of jobs."""
