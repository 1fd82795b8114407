"""Engines of a worker: one to a slot, freed when idle."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from workers import run
from workers.run import Engines


class Opened:
    """What was opened and closed, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def engine(self, name: str) -> Iterator[str]:
        self.told.append(f"+{name}")
        yield name
        self.told.append(f"-{name}")


@pytest.fixture
def hour(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock that engines look at."""
    now = [0.0]
    monkeypatch.setattr(run.time, "monotonic", lambda: now[0])
    return now


def test_a_slot_holds_one_engine_and_the_old_one_goes_before_the_new_one_comes() -> None:
    opened, engines = Opened(), Engines()
    for name in ("speech:a", "speech:a", "voices", "speech:b"):
        assert engines.get(name, lambda name=name: opened.engine(name)) == name  # type: ignore[misc]
    assert opened.told == ["+speech:a", "+voices", "-speech:a", "+speech:b"]
    engines.close()
    assert sorted(opened.told[-2:]) == ["-speech:b", "-voices"]


def test_an_engine_that_does_not_open_leaves_its_slot_empty() -> None:
    opened, engines = Opened(), Engines()

    @contextmanager
    def broken() -> Iterator[str]:
        raise RuntimeError("no memory")
        yield ""

    engines.get("speech:a", lambda: opened.engine("a"))
    with pytest.raises(RuntimeError):
        engines.get("speech:b", broken)
    assert opened.told == ["+a", "-a"]
    assert engines.get("speech:a", lambda: opened.engine("a")) == "a"


def test_an_engine_is_freed_when_it_was_idle_for_long_and_opened_again_when_it_is_used(hour: list[float]) -> None:
    opened, engines = Opened(), Engines()
    engines.get("speech", lambda: opened.engine("speech"))
    hour[0] = 500
    engines.put_down()
    hour[0] = 1000
    engines.free_idle(600)
    assert opened.told == ["+speech"], "a part is no idleness"
    hour[0] = 1100
    engines.free_idle(600)
    assert opened.told == ["+speech", "-speech"]
    engines.free_idle(600)
    engines.get("speech", lambda: opened.engine("speech"))
    assert opened.told == ["+speech", "-speech", "+speech"]
