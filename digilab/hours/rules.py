"""The formula of net hours. Pure: standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Net:
    """Minutes of one booking."""

    volume: float
    manual_minutes: float
    human_minutes: float

    @property
    def net_minutes(self) -> float:
        """May be negative."""
        return self.manual_minutes - self.human_minutes


def net(volume: float, minutes_per_unit: float, human_minutes: float) -> Net:
    """Agreed manual minutes × verified volume − minutes that people really spent. Machine time is not subtracted."""
    return Net(volume, volume * minutes_per_unit, human_minutes)
