"""Which browsers robots can work with is known in three places that may not import each other: they say the same, in the same order."""

import re

from digilab.commands.doctor_robots import BROWSERS
from house.tree import ROOT
from robots.browser import PROGRAMS


def test_engine_doctor_and_set_up_know_the_same_browsers() -> None:
    found = re.search(
        r"has_chromium\(\) \{.*?for name in ([^;]+);", (ROOT / "scripts" / "setup.sh").read_text(), re.DOTALL
    )
    assert found is not None
    assert tuple(found[1].split()) == BROWSERS == PROGRAMS
