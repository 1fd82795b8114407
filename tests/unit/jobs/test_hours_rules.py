"""The formula of net hours."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digilab.hours.rules import net
from digilab.services.rules import Unit

settings.register_profile("same every time", derandomize=True, deadline=None, database=None)
settings.load_profile("same every time")

figures = st.floats(0, 1e6)


@pytest.mark.parametrize(
    ("volume", "rate", "human", "booked"), [(60.0, 4.0, 30.0, 210.0), (10.0, 4.0, 40.0, 0.0), (5.0, 4.0, 90.0, -70.0)]
)
def test_net_is_agreed_manual_minutes_less_what_people_really_spent(
    volume: float, rate: float, human: float, booked: float
) -> None:
    assert net(volume, rate, human).net_minutes == booked


@given(figures, figures, figures)
def test_a_loss_is_shown_as_one_and_never_cut_off_at_zero(volume: float, rate: float, human: float) -> None:
    figure = net(volume, rate, human)
    assert figure.net_minutes == volume * rate - human
    assert (figure.net_minutes < 0) == (human > volume * rate)


def test_a_recording_is_kept_in_seconds_and_booked_in_minutes() -> None:
    assert {unit: unit.divisor for unit in Unit} == {Unit.AUDIO_MINUTE: 60.0, Unit.SHEET: 1.0, Unit.ROW: 1.0}
