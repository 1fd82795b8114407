"""Robots' tests: one practice finance system for all of them, and a browser that is handed on from test to test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from digilab.database.session import Database
from doors.robot_house import RobotHouse, robot_house
from servers.practice import PracticeServer, practice
from workers.kinds.robot_browser import WarmBrowser
from workers.run import Bench, Engines


@pytest.fixture(scope="session")
def practice_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    """One system for the whole run: to start it takes longer than to key into it."""
    with practice(tmp_path_factory.mktemp("practice")) as server:
        yield server


@pytest.fixture
def system(practice_system: PracticeServer) -> PracticeServer:
    """The practice finance system, as new."""
    practice_system.forget()
    return practice_system


@pytest.fixture
def house(data: Path, sqlite: Database, system: PracticeServer) -> RobotHouse:
    """A house whose robots key into it."""
    return robot_house(data, sqlite, system.url)


@pytest.fixture(scope="module")
def warm() -> Iterator[Engines]:
    """What the workers of a module's tests hand on."""
    engines = Engines()
    yield engines
    engines.close()


@pytest.fixture
def bench(house: RobotHouse, warm: Engines) -> Iterator[Bench]:
    """A worker. Its browser may be an earlier test's, whose jobs had the same numbers."""
    program = house.office.settings.robots.browser
    browser: WarmBrowser = warm.get(f"robot:{program}", lambda: WarmBrowser(program))
    browser.rehearsed.clear()
    with house.worker(engines=warm) as bench:
        yield bench


@pytest.fixture
def bench_alone(house: RobotHouse) -> Iterator[Bench]:
    """A worker with a browser of its own: for tests that stop it or end it."""
    with house.worker() as bench:
        yield bench
