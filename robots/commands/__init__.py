"""Commands of `python -m robots`."""
