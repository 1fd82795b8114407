"""Who speaks when: an engine of its own that runs after the text and never touches its words."""

from transcribe.speakers.assigning import assigned
from transcribe.speakers.separation import open_separator
from transcribe.speakers.turns import Separator, Turn

__all__ = ["Separator", "Turn", "assigned", "open_separator"]
