"""How long the sorting of scans may take."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from digilab.office import Office
from integration.test_form_kind import (  # noqa: F401 - pytest finds fixtures by name
    bench,
    forms,
    handed_in,
    office,
    pdf,
    warm,
    worked_through,
)
from workers.jail import Limits, opened
from workers.kinds import form
from workers.run import Bench


def test_the_more_files_the_longer_their_pages_may_be_sorted(
    office: Office,  # noqa: F811 - a fixture
    bench: Bench,  # noqa: F811 - a fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One child opens them all; with the time of one of them a bundle of many would never come to an end."""
    allowed: dict[str, float] = {}

    def noted(target: str, arguments: dict[str, Any], limits: Limits) -> AbstractContextManager[Any]:
        allowed[target.partition(":")[2]] = limits.seconds
        return opened(target, arguments, limits)

    monkeypatch.setattr(form, "opened", noted)
    scans = [pdf(tmp_path / f"{number}.pdf", None) for number in range(3)]
    worked_through(office, bench, handed_in(office, *scans))
    assert allowed["sorted_pages"] == 3 * office.settings.work.jail_seconds
