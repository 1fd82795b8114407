"""Which windows are one voice, with vectors of known origin."""

import tracemalloc

import numpy as np
import pytest

from transcribe.speakers.clustering import Wanted, voices

SIZE = 32


def windows(shares: list[int], seed: int = 0, spread: float = 0.6) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings around one direction for each share, mixed in time, and whose they are."""
    draw = np.random.default_rng(seed)
    middles = np.linalg.qr(draw.normal(size=(SIZE, SIZE)))[0][: len(shares)]
    owners = draw.permutation(np.repeat(np.arange(len(shares)), shares))
    found = middles[owners] + draw.normal(size=(len(owners), SIZE)) * spread / np.sqrt(SIZE)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float16), owners


def wanted(least: int = 1, most: int = 8, threshold: float = 0.5, least_weight: float = 3.0) -> Wanted:
    return Wanted(least, most, threshold, least_weight)


def labels(embeddings: np.ndarray, how: Wanted) -> np.ndarray:
    found = voices(embeddings, np.ones(len(embeddings), np.float32), how)
    return (embeddings.astype(np.float32) @ found.T).argmax(axis=1)


def pure(given: np.ndarray, owners: np.ndarray) -> bool:
    """Whether each voice found is one person, and each person one voice."""
    pairs = set(zip(given.tolist(), owners.tolist(), strict=True))
    return len(pairs) == len(set(owners.tolist())) == len(set(given.tolist()))


@pytest.mark.parametrize("shares", [[40], [40, 30], [60, 20, 10], [30, 30, 30, 30, 30]])
def test_the_number_of_voices_is_found(shares: list[int]) -> None:
    embeddings, owners = windows(shares)
    assert pure(labels(embeddings, wanted()), owners)


def test_a_cough_is_no_voice_even_where_the_number_is_given() -> None:
    embeddings, owners = windows([40, 30, 1, 1])
    found = voices(embeddings, np.ones(len(embeddings), np.float32), wanted(2, 2))
    assert len(found) == 2
    speaking = owners < 2
    assert pure((embeddings.astype(np.float32) @ found.T).argmax(axis=1)[speaking], owners[speaking])


@pytest.mark.parametrize(("number", "voices_found"), [(1, 1), (2, 2), (3, 3)])
def test_a_given_number_is_kept_though_more_or_fewer_would_be_found(number: int, voices_found: int) -> None:
    embeddings, _ = windows([40, 35, 30])
    assert len(set(labels(embeddings, wanted(number, number)).tolist())) == voices_found


def test_least_and_most_bound_what_is_found() -> None:
    embeddings, _ = windows([40, 35, 30, 25])
    count = len(embeddings)
    ones = np.ones(count, np.float32)
    assert len(voices(embeddings, ones, wanted(most=3))) == 3
    one, _ = windows([60])
    assert len(voices(one, np.ones(60, np.float32), wanted(least=2))) == 2


def test_voices_are_counted_by_a_network_whose_windows_are_little_alike() -> None:
    embeddings, owners = windows([150, 100, 60], spread=1.0)  # of one voice: a mean cosine of 0.5, as is the threshold
    assert pure(labels(embeddings, wanted(least_weight=4.0)), owners)
    assert len(set(labels(embeddings, wanted(5, 5)).tolist())) == 5


def test_more_voices_than_windows_gives_what_there_is() -> None:
    embeddings, _ = windows([1, 1])
    assert len(voices(embeddings, np.ones(2, np.float32), wanted(5, 5, least_weight=0.1))) == 2


def test_a_single_window_is_one_voice() -> None:
    embeddings, _ = windows([1])
    assert len(voices(embeddings, np.ones(1, np.float32), wanted(least_weight=9.0))) == 1


def test_a_long_recording_is_condensed_first_and_still_told_apart() -> None:
    embeddings, owners = windows([1500, 1200, 90])
    tracemalloc.start()
    given = labels(embeddings, wanted())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert pure(given, owners)
    assert peak < 40 * 1024 * 1024  # a table of all cosines alone would be 31 MB, and its copies twice that
