"""What a clock remembers: a time that was missed is told from a clock that was set, and the newest file from an older one."""

from datetime import datetime, timedelta

import pytest

from digilab.timetable.due import FRESH, PATIENCE, Watch
from digilab.timetable.folders import order
from digilab.timetable.rules import JST

NINE = datetime(2026, 12, 1, 9, 0, tzinfo=JST)


class Machine:
    """A machine's own time."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.mark.parametrize("hours", [-1, 1, 24 * 365])
def test_after_a_jump_a_clock_is_patient_for_a_while(machine: Machine, hours: int) -> None:
    watch = Watch(machine)
    assert not watch.patient(NINE)
    machine.seconds += 1
    assert watch.patient(NINE + timedelta(hours=hours, seconds=1))
    machine.seconds += PATIENCE.total_seconds() - 1
    assert watch.patient(NINE + timedelta(hours=hours) + PATIENCE)
    machine.seconds += 1
    assert not watch.patient(NINE + timedelta(hours=hours, seconds=1) + PATIENCE)


def test_small_steps_of_the_network_time_are_no_jump(machine: Machine) -> None:
    watch, moment = Watch(machine), NINE
    for step in (0.5, -0.5, 30, -30, 59):
        machine.seconds += 1
        moment += timedelta(seconds=1 + step)
        assert not watch.patient(moment)


def test_a_clock_that_slept_with_its_machine_has_not_jumped(machine: Machine) -> None:
    watch = Watch(machine)
    watch.patient(NINE)
    machine.seconds += 8 * 3600
    assert not watch.patient(NINE + timedelta(hours=8))


def test_only_what_passed_while_nobody_looked_was_missed(machine: Machine) -> None:
    watch = Watch(machine)
    assert watch.since() is None
    watch.looked(NINE)
    machine.seconds += FRESH.total_seconds()
    assert watch.since() == NINE
    machine.seconds += 1
    assert watch.since() is None


def test_names_come_in_the_order_of_their_numbers() -> None:
    names = ["支払_10.xlsx", "支払_9.xlsx", "支払_２０.xlsx", "支払_20261201.xlsx", "支払_20261130.xlsx", "支払.xlsx"]
    assert sorted(names, key=order) == [
        "支払.xlsx",
        "支払_9.xlsx",
        "支払_10.xlsx",
        "支払_２０.xlsx",
        "支払_20261130.xlsx",
        "支払_20261201.xlsx",
    ]
