"""Character probabilities → `Reading`: CTC prefix beam search over what the field may hold.

A. Graves, "Supervised Sequence Labelling with Recurrent Neural Networks", 7.5.3 (prefix search); A. Hannun et al., arXiv:1408.2873.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr.engine.lookalikes import taken_for
from ocr.records import Character, Reading

_BEAM = 8
_NEGLIGIBLE = 1e-4
_MOST_MARGIN = 50.0
_MOST_TABLES = 256
_MANY = 1000

Probabilities = NDArray[np.floating[Any]]


def decode(
    probabilities: Probabilities, characters: Sequence[str], alphabet: frozenset[str] | None, *, beam: int = _BEAM
) -> Reading:
    """The most probable text within `alphabet` (None: anything), summed over all alignments.

    `probabilities` is T × C with the blank at 0. Characters outside the alphabet give their probability to the allowed one that
    they look like (`lookalikes`), the rest is left out and each step is scaled to 1 for the search. The probabilities in the
    result are not scaled: where the recogniser saw something else altogether, they are small.
    """
    kept = _table(characters, alphabet).keep(probabilities)
    scaled = _scaled(kept.probabilities)
    found = _search(scaled, beam)
    best, score = found[0]
    steps = _steps(scaled, best)
    return Reading(
        text=kept.text(best),
        characters=tuple(_character(kept, step, label) for step, label in zip(steps, best, strict=True)),
        free=_free(probabilities, characters),
        runner_up=kept.text(found[1][0]) if len(found) > 1 else "",
        margin=min(score - found[1][1], _MOST_MARGIN) if len(found) > 1 else _MOST_MARGIN,
    )


@dataclass(frozen=True)
class _Kept:
    """What may be read: probabilities T × labels, and what each label is. Label 0 is the blank."""

    probabilities: NDArray[np.float64]
    labels: Sequence[str]

    def text(self, labels: Sequence[int]) -> str:
        """What the labels spell."""
        return "".join(self.labels[label] for label in labels)


@dataclass(frozen=True)
class _Table:
    """How columns of the recogniser become labels of the alphabet."""

    characters: Sequence[str]
    """The recogniser's."""
    labels: Sequence[str]
    columns: NDArray[np.intp]
    """Columns to take, those of one label side by side; the blank's first."""
    targets: NDArray[np.intp]
    """The label of each."""

    def keep(self, probabilities: Probabilities) -> _Kept:
        """Look-alikes added up; of a large alphabet only what some step gives a chance, of 18,710 some hundreds."""
        columns, targets = self.columns, self.targets
        if len(columns) > _MANY:
            likely = probabilities.max(axis=0, initial=0.0)[columns] > _NEGLIGIBLE / 100
            likely[0] = True
            columns, targets = columns[likely], targets[likely]
        starts = np.flatnonzero(np.diff(targets, prepend=-1))
        kept: NDArray[np.float64] = np.add.reduceat(probabilities[:, columns].astype(np.float64), starts, axis=1)
        return _Kept(kept, [self.labels[label] for label in targets[starts].tolist()])


_tables: dict[tuple[int, frozenset[str] | None], _Table] = {}


def _table(characters: Sequence[str], alphabet: frozenset[str] | None) -> _Table:
    # By identity: hashing 18,710 strings for every crop would cost more than decoding it.
    key = (id(characters), alphabet)
    known = _tables.get(key)
    if known is not None and known.characters is characters:
        return known
    if len(_tables) >= _MOST_TABLES:
        _tables.clear()
    _tables[key] = made = _make_table(characters, alphabet)
    return made


def _make_table(characters: Sequence[str], alphabet: frozenset[str] | None) -> _Table:
    if alphabet is None:
        every = np.arange(len(characters))
        return _Table(characters, characters, every, every)
    columns: dict[str, list[int]] = {"": [0]}
    for column, character in enumerate(characters):
        if column and (target := taken_for(character, alphabet)):
            columns.setdefault(target, []).append(column)
    taken = np.array([column for each in columns.values() for column in each])
    targets = np.repeat(np.arange(len(columns)), [len(each) for each in columns.values()])
    return _Table(characters, tuple(columns), taken, targets)


def _free(probabilities: Probabilities, characters: Sequence[str]) -> str:
    best = probabilities.argmax(axis=1)
    return "".join(characters[each] for each in best[np.flatnonzero(np.diff(best, prepend=0))])


def _scaled(kept: NDArray[np.float64]) -> NDArray[np.float64]:
    total = kept.sum(axis=1, keepdims=True)
    scaled: NDArray[np.float64] = np.divide(kept, total, out=np.zeros_like(kept), where=total > 0)
    scaled[total[:, 0] <= 0, 0] = 1.0
    return scaled


def _search(scaled: NDArray[np.float64], beam: int) -> list[tuple[list[int], float]]:
    """Labellings with ln P, best first."""
    tree = _Tree()
    # node → (P of its text so far, ending in a blank; the same, ending in its last label)
    alive: dict[int, tuple[float, float]] = {_ROOT: (1.0, 0.0)}
    log_scale = 0.0
    for chances in _chances(scaled):
        grown: dict[int, tuple[float, float]] = {}
        for node, (blank, label) in alive.items():
            both = blank + label
            for column, value in chances:
                old_blank, old_label = grown.get(node, (0.0, 0.0))
                if column == 0:
                    grown[node] = (old_blank + value * both, old_label)
                    continue
                gain = value * both
                if column == tree.last[node]:
                    # The same label again: without a blank between it is the same character.
                    grown[node] = (old_blank, old_label + value * label)
                    gain = value * blank
                longer = tree.child(node, column)
                old_blank, old_label = grown.get(longer, (0.0, 0.0))
                grown[longer] = (old_blank, old_label + gain)
        ranked = sorted(grown.items(), key=lambda item: -item[1][0] - item[1][1])[:beam]
        top = sum(ranked[0][1])
        # Divided as it goes, or the product of many steps underflows.
        alive = {node: (blank / top, label / top) for node, (blank, label) in ranked if blank + label > 0}
        log_scale += math.log(top)
    return [(tree.labels(node), log_scale + math.log(blank + label)) for node, (blank, label) in alive.items()]


_ROOT = 0


class _Tree:
    """Texts as nodes, so that growing one costs the same however long it is."""

    def __init__(self) -> None:
        self.last = [-1]
        self._parents = [-1]
        self._children: dict[tuple[int, int], int] = {}

    def child(self, node: int, column: int) -> int:
        key = (node, column)
        if key not in self._children:
            self._children[key] = len(self.last)
            self.last.append(column)
            self._parents.append(node)
        return self._children[key]

    def labels(self, node: int) -> list[int]:
        found = []
        while node != _ROOT:
            found.append(self.last[node])
            node = self._parents[node]
        return found[::-1]


def _chances(scaled: NDArray[np.float64]) -> Iterator[list[tuple[int, float]]]:
    """Per step the columns worth following, with their probabilities: two at least, or there would be no runner-up."""
    worth = scaled > _NEGLIGIBLE
    if scaled.shape[1] > 1:
        np.put_along_axis(worth, scaled.argpartition(-2, axis=1)[:, -2:], True, axis=1)
    for row, mask in zip(scaled, worth, strict=True):
        columns = np.flatnonzero(mask)
        yield list(zip(columns.tolist(), row[columns].tolist(), strict=True))


def _steps(scaled: NDArray[np.float64], labels: Sequence[int]) -> list[int]:
    """For each label the step where it stands out most, along the best alignment."""
    if not labels:
        return []
    # CTC's trellis: blank, first label, blank, second label, …, blank.
    states = np.zeros(2 * len(labels) + 1, dtype=np.intp)
    states[1::2] = labels
    with np.errstate(divide="ignore"):
        logs = np.log(scaled[:, states])
    skip = np.zeros(len(states), dtype=bool)
    skip[3::2] = states[3::2] != states[1:-2:2]
    best = np.full(len(states), -np.inf)
    best[:2] = logs[0, :2]
    came = np.zeros(logs.shape, dtype=np.intp)
    for step in range(1, len(logs)):
        ways = np.stack([best, np.r_[-np.inf, best[:-1]], np.where(skip, np.r_[-np.inf, -np.inf, best[:-2]], -np.inf)])
        came[step] = ways.argmax(axis=0)
        best = ways.max(axis=0) + logs[step]
    state = len(states) - 1 if best[-1] >= best[-2] else len(states) - 2
    peaks = [(-1.0, 0)] * len(labels)
    for step in range(len(logs) - 1, -1, -1):
        if state % 2:
            peaks[state // 2] = max(peaks[state // 2], (float(scaled[step, states[state]]), step))
        state -= int(came[step, state])
    return [step for _, step in peaks]


def _character(kept: _Kept, step: int, label: int) -> Character:
    row = kept.probabilities[step]
    others = row.copy()
    others[[0, label]] = 0.0
    second = int(others.argmax())
    probability = min(float(row[label]), 1.0)
    if others[second] == 0:
        return Character(kept.labels[label], probability)
    return Character(kept.labels[label], probability, kept.labels[second], min(float(others[second]), 1.0))
