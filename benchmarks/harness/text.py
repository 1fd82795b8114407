"""How far a text is from the truth."""

import numpy as np


def edit_distance(truth: str, heard: str) -> int:
    """Levenshtein's distance, a row at a time."""
    codes = np.frombuffer(heard.encode("utf-32-le"), np.uint32)
    steps = np.arange(len(heard) + 1)
    row = steps.copy()
    for sign in truth:
        changed = np.minimum(row[1:] + 1, row[:-1] + (codes != ord(sign)))
        best = np.concatenate([[row[0] + 1], changed]) - steps
        row = np.minimum.accumulate(best) + steps
    return int(row[-1])


def character_error_rate(truth: str, heard: str) -> float:
    """Insertions, deletions and changes per character of the truth."""
    return edit_distance(truth, heard) / len(truth)
