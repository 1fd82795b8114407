"""Rows → keyed into a finance system, each once and only once. Knows nothing of jobs; runs alone by `python -m robots`."""
