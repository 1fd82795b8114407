"""Whose turn it is on a card."""

import fcntl
import os
from pathlib import Path

import pytest

from servers.card import card
from transcribe.cards import Turn


def test_a_turn_that_cannot_be_noted_is_not_held(tmp_path: Path) -> None:
    lock = tmp_path / "GPU-0.lock"
    lock.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        Turn.take(tmp_path, card())
    mine = os.open(lock, os.O_RDWR)
    fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(mine)


def test_a_turn_is_one_holders_at_a_time(tmp_path: Path) -> None:
    turn = Turn.take(tmp_path, card())
    assert turn is not None
    assert Turn.take(tmp_path, card()) is None
    turn.give_back()
    again = Turn.take(tmp_path, card())
    assert again is not None
    again.give_back()
