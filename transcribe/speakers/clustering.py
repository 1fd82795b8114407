"""Which windows are one voice: average linkage over cosines, in a memory that does not grow with the square of the hours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Numbers = NDArray[np.int64]

_AT_ONCE = 1000  # a table of cosines has at most so many rows and columns: 4 MB
_CONDENSED = 10  # above that, neighbours in time are first joined to a tenth of their number
_ONE_VOICE = 0.8  # of the likeness within two voices: if they are that much alike, they are one
_TURNS = 4  # of the last step, in which every window goes to the voice it resembles most


@dataclass(frozen=True)
class Wanted:
    """How many voices: at least, at most; and what tells them apart where that leaves a choice."""

    least: int
    most: int
    threshold: float
    least_weight: float
    """Of a voice, in the unit of the windows' weights."""


def voices(embeddings: NDArray[np.float16], weights: Vectors, wanted: Wanted) -> Vectors:
    """One direction of length 1 for each voice found. `embeddings` have length 1 and are in the order of time."""
    sums = _condensed(embeddings, weights)
    groups = _chosen(sums.vectors, sums.weights, wanted)
    found = np.stack([sums.vectors[groups == one].sum(axis=0) for one in np.unique(groups[groups >= 0])])
    found = _refined(embeddings, weights, _unit(found))
    while len(found) > wanted.least and (pair := _halves(embeddings, weights, found)):
        one, other = pair
        joined = _unit(found[[one]] + found[[other]])
        found = _refined(embeddings, weights, np.concatenate([np.delete(found, pair, axis=0), joined]))
    return found


@dataclass(frozen=True, eq=False)
class _Sums:
    """Groups of windows: the weighted sum of their embeddings, and their weight."""

    vectors: Vectors
    weights: Vectors


def _condensed(embeddings: NDArray[np.float16], weights: Vectors) -> _Sums:
    sums = _Sums(embeddings.astype(np.float32) * weights[:, None], weights)
    while len(sums.weights) > _AT_ONCE:
        parts = [
            _joined(sums.vectors[begin : begin + _AT_ONCE], sums.weights[begin : begin + _AT_ONCE])
            for begin in range(0, len(sums.weights), _AT_ONCE)
        ]
        sums = _Sums(np.concatenate([one.vectors for one in parts]), np.concatenate([one.weights for one in parts]))
    return sums


def _joined(vectors: Vectors, weights: Vectors) -> _Sums:
    """The most alike joined until a tenth is left."""
    count = len(weights)
    kept = max(1, count // _CONDENSED)
    groups = np.arange(count)
    for into, gone, _ in _merges(vectors, weights)[: count - kept]:
        groups[groups == gone] = into
    left = np.unique(groups)
    return _Sums(
        np.stack([vectors[groups == one].sum(axis=0) for one in left]),
        np.array([weights[groups == one].sum() for one in left], np.float32),
    )


def _merges(vectors: Vectors, weights: Vectors) -> list[tuple[int, int, float]]:
    """All merges in order, each (the group that stays, the group that goes, their mean cosine)."""
    count = len(weights)
    vectors, weights = vectors.copy(), weights.copy()
    alike = vectors @ vectors.T / np.outer(weights, weights)
    np.fill_diagonal(alike, -np.inf)
    merges = []
    for _ in range(count - 1):
        into, gone = divmod(int(alike.argmax()), count)
        into, gone = min(into, gone), max(into, gone)
        merges.append((into, gone, float(alike[into, gone])))
        vectors[into] += vectors[gone]
        weights[into] += weights[gone]
        row = vectors @ vectors[into] / (weights * weights[into])
        row[np.isneginf(alike[into])] = -np.inf
        row[gone] = -np.inf
        alike[into], alike[:, into] = row, row
        alike[gone], alike[:, gone] = -np.inf, -np.inf
    return merges


def _chosen(vectors: Vectors, weights: Vectors, wanted: Wanted) -> Numbers:
    """The group of each at the level of merging that fits; -1 for those in groups too light for a voice.

    A group too light to be a voice does not count: else a cough would use up one of the voices that are wanted.
    """
    merges = _merges(vectors, weights)
    mass = weights.astype(np.float64)
    counts = [int((mass >= wanted.least_weight).sum())]
    for into, gone, _ in merges:
        mass[into] += mass[gone]
        mass[gone] = 0.0
        counts.append(int((mass >= wanted.least_weight).sum()))
    level = _level(counts, sum(alike >= wanted.threshold for _, _, alike in merges), wanted)
    groups = np.arange(len(weights))
    for into, gone, _ in merges[:level]:
        groups[groups == gone] = into
    heavy = np.bincount(groups, weights) >= wanted.least_weight
    return np.where(heavy[groups], groups, -1) if heavy.any() else groups


def _level(counts: list[int], alike: int, wanted: Wanted) -> int:
    """How many merges: all of what is alike, more while there are too many voices, fewer while there are too few."""
    if counts[alike] > wanted.most:
        return next((one for one in range(alike, len(counts)) if counts[one] <= wanted.most), len(counts) - 1)
    if counts[alike] < wanted.least:
        before = range(alike, -1, -1)
        return next((one for one in before if counts[one] >= wanted.least), max(before, key=counts.__getitem__))
    return alike


def _halves(embeddings: NDArray[np.float16], weights: Vectors, found: Vectors) -> tuple[int, int] | None:
    """The two voices that are most like halves of one, if any: as alike between them as within, or nearly.

    Where windows are little alike even of one voice, no threshold of likeness sees that; this ratio does.
    """
    count = len(found)
    sums, total, squares = np.zeros_like(found), np.zeros(count), np.zeros(count)
    for begin in range(0, len(weights), _AT_ONCE):
        some = embeddings[begin : begin + _AT_ONCE].astype(np.float32)
        weight = weights[begin : begin + _AT_ONCE]
        nearest = (some @ found.T).argmax(axis=1)
        np.add.at(sums, nearest, some * weight[:, None])
        np.add.at(total, nearest, weight)
        np.add.at(squares, nearest, weight**2)
    pairs = sums @ sums.T
    # A window's likeness to itself says nothing of its voice.
    within = np.maximum((pairs.diagonal() - squares) / np.maximum(total**2 - squares, 1e-6), 1e-3)
    ratio = pairs / np.maximum(np.outer(total, total), 1e-6) / np.sqrt(np.outer(within, within))
    ratio[np.tril_indices(count)] = -np.inf
    one, other = divmod(int(ratio.argmax()), count)
    return (one, other) if ratio[one, other] > _ONE_VOICE else None


def _refined(embeddings: NDArray[np.float16], weights: Vectors, found: Vectors) -> Vectors:
    """Every window to its nearest voice, and the voices to their windows' middle, a few times."""
    for _ in range(_TURNS):
        sums = np.zeros_like(found)
        for begin in range(0, len(weights), _AT_ONCE):
            some = embeddings[begin : begin + _AT_ONCE].astype(np.float32)
            nearest = (some @ found.T).argmax(axis=1)
            np.add.at(sums, nearest, some * weights[begin : begin + _AT_ONCE, None])
        empty = np.linalg.norm(sums, axis=1) == 0
        found = np.where(empty[:, None], found, _unit(sums))
    return found


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-6), np.float32)
